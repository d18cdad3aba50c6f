import fc from 'fast-check';
import { expect, it } from 'vitest';
import { nextAlarm } from '../../src/tasks/alarm.ts';

it.each([
  ['nothing is due', null, null, null],
  ['nothing is due, though it is set', 500, null, null],
  ['it is not set', null, 200, 200],
  ['it is set for later', 500, 200, 200],
  ['it is set for then', 200, 200, null],
  ['it is set for sooner', 150, 200, null],
  ['work is overdue', null, 50, 101],
  ['work is overdue, and it rings next', 101, 50, null],
  ['it was set for a time that is past', 90, 200, 200],
  ['it was set for now', 100, 200, 200],
])('when %s', (_what, set, due, expected) => {
  expect(nextAlarm(set, due, 100)).toBe(expected);
});

it('always rings after now, and not after the work is due', () => {
  const time = fc.integer({ min: 0, max: 1_000 });
  fc.assert(
    fc.property(fc.option(time), time, time, (set, due, now) => {
      const rings = nextAlarm(set, due, now) ?? set!;
      expect(rings).toBeGreaterThan(now);
      expect(rings).toBeLessThanOrEqual(Math.max(due, now + 1));
    }),
  );
});
