import { describe, expect, it } from 'vitest';
import { findTime } from '../../../src/text/time/find-time.ts';
import { timeFitter } from '../../../src/text/time/fit.ts';

const NOW = Date.parse('2026-11-22T12:00:00Z');
const day = (text: string) => Date.parse(`${text}T09:00:00Z`);

/** Fit of the message's day to the time in the query; null where no time is seen in it. */
function fitOf(query: string, sentOn: string): number | null {
  const found = findTime(query, { time: NOW, zone: 'UTC' });
  return found === null ? null : timeFitter(found.mention, 'UTC')(day(sentOn));
}

/** First day and the day after the last of the stretch in the query. */
function rangeIn(query: string, time = NOW): string[] {
  const mention = findTime(query, { time, zone: 'UTC' })?.mention;
  if (mention?.kind !== 'range') throw new Error(`No stretch of time: ${JSON.stringify(mention)}`);
  return [mention.from, mention.until].map((time) => new Date(time).toISOString().slice(0, 10));
}

describe('the time in a query', () => {
  it.each([
    ['What happened on 8 May 2023?', '2023-05-08'],
    ['What happened on 8 May, 2023?', '2023-05-08'],
    ['on the 8th of May', '2023-05-08'],
    ['on May 8th', '2023-05-08'],
    ['on May 8, 2023', '2023-05-08'],
    ['2023-05-08', '2023-05-08'],
    ['in May 2023', '2023-05-30'],
    ['in may', '2023-05-30'],
    ['on February 29th', '2024-02-29'],
    ['from February 20 to 29', '2023-02-28'],
    ['since Dec 24', '2023-12-24'],
    ['in 2023', '2023-01-01'],
    ['what did I say yesterday', '2026-11-21'],
    ['two weeks ago', '2026-11-08'],
    ['last month', '2026-10-01'],
  ])('fits fully: "%s" and a message of %s', (query, sentOn) => {
    expect(fitOf(query, sentOn)).toBe(1);
  });

  it.each([
    ['on 8 May 2023', '2023-07-08'],
    ['on 8 May 2023', '2022-05-08'],
    ['in May', '2023-09-01'],
    ['yesterday', '2026-08-22'],
    ['on February 29th', '2026-03-01'],
  ])('does not fit: "%s" and a message of %s', (query, sentOn) => {
    expect(fitOf(query, sentOn)).toBe(0);
  });

  it.each(['May I ask you something?', 'What may help?', 'How many dogs are there?', 'room 2023'])(
    'is not seen in "%s"',
    (query) => {
      expect(findTime(query, { time: NOW, zone: 'UTC' })).toBeNull();
    },
  );

  it.each([
    'between May 8 and 12, 2022',
    'from May 8th to the 12th 2022',
    '8-12 May 2022',
    'the 8th to 12th of May, 2022',
  ])('is of the year that is said once, after two days of a month: "%s"', (query) => {
    expect(rangeIn(query)).toEqual(['2022-05-08', '2022-05-13']);
  });

  it.each([
    ['from December 20 to January 5, 2024', '2023-12-20', '2024-01-06'],
    ['between November 2023 and January', '2023-11-01', '2024-02-01'],
    ['from May 8, 2023 to May 3', '2023-05-08', '2024-05-04'],
    ['from December 20, 2023 to 2024', '2023-12-20', '2025-01-01'],
  ])('runs over new year where the year is said once: "%s"', (query, from, until) => {
    expect(rangeIn(query)).toEqual([from, until]);
  });

  it.each([
    ['over the last month', '2026-03-31', '2026-02-28'],
    ['in the past 3 months', '2026-05-31', '2026-02-28'],
    ['over the last year', '2024-02-29', '2023-02-28'],
    ['over the last month', '2026-03-15', '2026-02-15'],
  ])('starts on the last day of a month that is too short: "%s" on %s', (query, today, from) => {
    expect(rangeIn(query, day(today))[0]).toBe(from);
  });

  it.each([
    // 1:00 becomes 2:00
    ['this evening', '2026-03-29T19:00:00Z', '2026-03-29T16:00:00Z', '2026-03-29T23:00:00Z'],
    ['this morning', '2026-03-29T19:00:00Z', '2026-03-29T00:00:00Z', '2026-03-29T11:00:00Z'],
    // 2:00 becomes 1:00
    ['last night', '2026-10-25T09:00:00Z', '2026-10-24T17:00:00Z', '2026-10-25T06:00:00Z'],
    ['tonight', '2026-10-25T09:00:00Z', '2026-10-25T17:00:00Z', '2026-10-26T00:00:00Z'],
  ])('goes by the clock on the wall when clocks change: "%s" in Lisbon at %s', (query, now, from, until) => {
    const { mention } = findTime(query, { time: Date.parse(now), zone: 'Europe/Lisbon' })!;
    expect(mention).toEqual({ kind: 'range', from: Date.parse(from), until: Date.parse(until), slack: 0 });
  });

  it('fits days after better than days before, because people tell of what has been', () => {
    const after = fitOf('on 8 May 2023', '2023-05-10')!;
    const before = fitOf('on 8 May 2023', '2023-05-06')!;
    expect(after).toBeGreaterThan(before);
    expect(before).toBeGreaterThan(0);
  });

  it('fits a weekday a little', () => {
    expect(fitOf('what did we say on Friday', '2026-11-20')).toBe(0.3);
    expect(fitOf('what did we say on Friday', '2026-11-19')).toBe(0);
  });

  it('fits the end of December in January', () => {
    expect(fitOf('on 31 December', '2024-01-01')).toBeGreaterThan(0.8);
  });
});
