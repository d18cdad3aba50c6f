import fc from 'fast-check';
import { expect, it } from 'vitest';
import { LocalTime } from '../../src/importers/local-time.ts';

/** What a clock of the zone shows, as if it were UTC: the oracle, by way of a format that the code does not use. */
function wallOf(instant: number, timeZone: string): number {
  const text = new Date(instant).toLocaleString('sv-SE', { timeZone });
  return Date.parse(`${text.replace(' ', 'T')}Z`);
}

it('gives an instant at which the clocks of the zone show that time', () => {
  const zone = fc.constantFrom(
    'UTC',
    'Europe/Lisbon',
    'America/New_York',
    'Australia/Lord_Howe',
    'Asia/Kathmandu',
    'America/Sao_Paulo',
  );
  const second = fc.integer({ min: Date.UTC(2009, 0) / 1000, max: Date.UTC(2030, 0) / 1000 });
  fc.assert(
    fc.property(zone, second, (timeZone, at) => {
      const wall = wallOf(at * 1000, timeZone); // a time that the clocks do show
      const instant = new LocalTime(timeZone).instantOf(wall);
      expect(wallOf(instant, timeZone)).toBe(wall);
      expect(instant).toBeLessThanOrEqual(at * 1000);
    }),
    { numRuns: 500 },
  );
});

it('takes the first of two hours, and jumps over an hour that does not exist', () => {
  const lisbon = new LocalTime('Europe/Lisbon');
  expect(lisbon.instantOf(Date.UTC(2024, 9, 27, 1, 30))).toBe(Date.UTC(2024, 9, 27, 0, 30));
  expect(lisbon.instantOf(Date.UTC(2024, 2, 31, 1, 30))).toBe(Date.UTC(2024, 2, 31, 1, 30));
  expect(lisbon.instantOf(Date.UTC(2024, 2, 31, 2, 30))).toBe(Date.UTC(2024, 2, 31, 1, 30));
});

it('refuses a zone that does not exist', () => {
  expect(() => new LocalTime('Europe/Atlantis')).toThrow(RangeError);
});
