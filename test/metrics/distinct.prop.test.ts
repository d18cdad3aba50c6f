import fc from 'fast-check';
import { expect, it } from 'vitest';
import { addMarks, addRegisters, estimate, mark, REGISTERS } from '../../src/metrics/distinct.ts';
import { People } from '../../src/metrics/people.ts';

const registersOf = (people: readonly string[]) => {
  const registers = new Uint8Array(REGISTERS);
  addMarks(registers, people.map(mark));
  return registers;
};

it.each([0, 1, 10, 300, 3_000, 100_000])('tells %i different people within four standard errors', (n) => {
  const told = estimate(registersOf(Array.from({ length: n }, (_, i) => `tenant\0user-${i}`)));
  expect(Math.abs(told - n)).toBeLessThanOrEqual(n * 0.023 * 4);
});

it('does not count anybody twice, in whatever order and in however many isolates', () => {
  fc.assert(
    fc.property(fc.array(fc.string(), { maxLength: 60 }), fc.array(fc.string(), { maxLength: 60 }), (some, others) => {
      const union = registersOf(some);
      addRegisters(union, registersOf(others));
      expect(union).toEqual(registersOf([...others, ...some, ...others]));
    }),
    { numRuns: 100 },
  );
});

it('counts people of the window alone', () => {
  const MINUTE = 60_000;
  const now = Date.UTC(2026, 0, 5, 12, 3);
  const people = new People();
  people.add([mark('early')], now - 3 * 60 * MINUTE);
  people.add([mark('lately')], now - 30 * MINUTE);
  people.add([mark('now'), mark('and here')], now);
  expect((['5m', '1h', '1d'] as const).map((window) => people.within(window, now))).toEqual([2, 3, 4]);
});

it('keeps no more slots than it can be asked for', () => {
  const hour = 3_600_000;
  const people = new People();
  for (let i = 0; i < 100; i++) people.add([mark('ana')], i * hour);
  people.forget(99 * hour);
  expect(people.slots.size).toBeLessThanOrEqual(13 + 25);
});
