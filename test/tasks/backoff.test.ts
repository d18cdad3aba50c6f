import fc from 'fast-check';
import { expect, it } from 'vitest';
import { backoffMs, MAX_ATTEMPTS } from '../../src/tasks/backoff.ts';

it('doubles from one second to five minutes', () => {
  expect([1, 2, 3, 8, 9, 10, 1_000].map((attempts) => backoffMs(attempts, 0))).toEqual([
    1_000, 2_000, 4_000, 128_000, 256_000, 300_000, 300_000,
  ]);
});

it('takes off up to a quarter, and never more', () => {
  const random = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 10_000 }), random, (attempts, r) => {
      const full = backoffMs(attempts, 0);
      expect(backoffMs(attempts, r)).toBeGreaterThanOrEqual(full * 0.75);
      expect(backoffMs(attempts, r)).toBeLessThanOrEqual(full);
    }),
  );
});

it('goes on for most of a day before it gives up', () => {
  let total = 0;
  for (let attempts = 1; attempts < MAX_ATTEMPTS; attempts++) total += backoffMs(attempts, 0.5);
  expect(total / 3_600_000).toBeGreaterThan(20);
});
