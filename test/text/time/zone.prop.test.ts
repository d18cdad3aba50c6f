import fc from 'fast-check';
import { expect, it } from 'vitest';
import { calendarDay, dayStart, hourStart, isTimeZone, weekdayAt } from '../../../src/text/time/zone.ts';

const HOUR = 3_600_000;
const zone = fc.constantFrom(
  'UTC',
  'Europe/Lisbon',
  'America/New_York',
  'Asia/Kolkata',
  'Australia/Lord_Howe', // half an hour of summer time
  'Pacific/Kiritimati', // 14 h ahead
  'America/Sao_Paulo', // summer time began at midnight until 2018: some days began at 1:00
  'America/Havana', // ends at 1:00: midnight comes twice
  'Africa/Casablanca',
);
const time = fc.integer({ min: Date.UTC(1995, 0, 1), max: Date.UTC(2040, 0, 1) });

/** The calendar day as the runtime prints it: an independent reading. */
const printed = (at: number, timeZone: string) => new Intl.DateTimeFormat('en-CA', { timeZone }).format(at);
const written = ({ year, month, day }: { year: number; month: number; day: number }) =>
  `${year}-${String(month + 1).padStart(2, '0')}-${String(day).padStart(2, '0')}`;

it('reads the day and the weekday from the wall clock of the zone', () => {
  fc.assert(
    fc.property(time, zone, (at, timeZone) => {
      expect(written(calendarDay(at, timeZone))).toBe(printed(at, timeZone));
      const name = new Intl.DateTimeFormat('en-US', { timeZone, weekday: 'short' }).format(at);
      expect(['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'][weekdayAt(at, timeZone)]).toBe(name);
    }),
    { numRuns: 1_000 },
  );
});

it('starts a day at its first moment, whatever the clocks do', () => {
  fc.assert(
    fc.property(time, zone, (at, timeZone) => {
      const today = calendarDay(at, timeZone);
      const start = dayStart(today.year, today.month, today.day, timeZone);
      expect(printed(start, timeZone)).toBe(written(today));
      expect(printed(start - 1, timeZone) < written(today)).toBe(true);
      expect(start).toBeLessThanOrEqual(at);
      expect(at - start).toBeLessThan(26 * HOUR);
    }),
    { numRuns: 2_000 },
  );
});

it('knows zones by their IANA names', () => {
  expect(['UTC', 'Europe/Lisbon', 'Nowhere/City', ''].map(isTimeZone)).toEqual([true, true, false, false]);
});

it('starts an hour when the clocks on the wall show it, or after the gap that skips it', () => {
  const hours = fc.integer({ min: 0, max: 23 });
  fc.assert(
    fc.property(time, hours, zone, (at, hour, timeZone) => {
      const today = calendarDay(at, timeZone);
      const start = hourStart(today, hour, timeZone);
      const clock = new Intl.DateTimeFormat('en-GB', { timeZone, hour: '2-digit', hourCycle: 'h23' });
      const shown = Number(clock.format(start));
      expect(shown === hour || Number(clock.format(start - 1)) === (hour + 23) % 24).toBe(true);
      expect(Number(clock.format(start - 1))).not.toBe(hour);
    }),
    { numRuns: 1_000 },
  );
});
