import { describe, expect, it } from 'vitest';
import { evolution } from '../../../src/mirror/evolution/evolution.ts';
import type { WeeklyRow } from '../../../src/mirror/evolution/weekly-row.ts';
import { seeded } from '../../../src/statistics/seeded.ts';

const WEEK = 7 * 86_400_000;
const MONDAY = Date.UTC(2025, 0, 6);

/** Weeks of 400 words whose values scatter by 0.05 around what they should be. */
function weeksOf(n: number, seed: number, meanAt: Readonly<Record<string, (week: number) => number>>): WeeklyRow[] {
  const random = seeded(seed);
  const scatter = () => 0.05 * Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  return Array.from({ length: n }, (_, week) => ({
    start: MONDAY + week * WEEK,
    words: 400,
    messages: 20,
    values: Object.fromEntries(Object.entries(meanAt).map(([name, at]) => [name, at(week) + scatter()])),
  }));
}
const seriesOf = (rows: readonly WeeklyRow[], name: string) => evolution(rows).series.find((one) => one.name === name)!;

describe('the evolution of a person', () => {
  it('names the week of a change, its direction and that it is no chance', () => {
    const rows = weeksOf(80, 1, { joy: (week) => (week < 50 ? 0.3 : 0.5), fear: () => 0.2 });
    const [change, ...others] = seriesOf(rows, 'joy').changes;
    expect(others).toEqual([]);
    expect(change).toMatchObject({ at: MONDAY + 50 * WEEK, direction: 'up', isSignificant: true });
    expect(change!.from).toBeCloseTo(0.3, 1);
    expect(change!.to).toBeCloseTo(0.5, 1);
    expect(seriesOf(rows, 'fear').changes.filter(({ isSignificant }) => isSignificant)).toEqual([]);
  });

  it('finds no significant change in twenty series of noise, but for one person in a few', () => {
    const level = Object.fromEntries(Array.from({ length: 20 }, (_, i) => [`s${i}`, () => 0.5] as const));
    const fooled = Array.from({ length: 12 }, (_, seed) => {
      const { series } = evolution(weeksOf(60, seed, level));
      return series.some(({ changes, trend }) => trend!.isSignificant || changes.some((one) => one.isSignificant));
    });
    expect(fooled.filter(Boolean).length).toBeLessThanOrEqual(3);
  });

  it('corrects for series in which nothing was found', () => {
    const level = Object.fromEntries(Array.from({ length: 30 }, (_, i) => [`s${i}`, 0.5] as const));
    const rows = weeksOf(80, 1, { joy: (week) => (week < 50 ? 0.3 : 0.5) }).map((row) => ({
      ...row,
      values: { ...row.values, ...level },
    }));
    const [change] = seriesOf(rows, 'joy').changes;
    // a line and a search for each of 31 series; only joy's line is surer than its change
    expect(change!.q).toBeCloseTo((change!.p * 62) / 2);
  });

  it('gives the line of a slow change', () => {
    const { trend } = seriesOf(weeksOf(104, 2, { openness: (week) => 0.4 + (0.1 * week) / 52 }), 'openness');
    expect(trend!.perYear).toBeCloseTo(0.1, 1);
    expect(trend).toMatchObject({ isSignificant: true });
    expect(trend!.low).toBeGreaterThan(0);
  });

  it('tests nothing below eight weeks with words', () => {
    const rows = weeksOf(7, 3, { joy: (week) => week });
    expect(evolution([...rows, { ...rows[0]!, start: 0, words: 0 }])).toMatchObject({
      state: 'insufficient',
      weeks: 7,
      series: [{ name: 'joy', changes: [], trend: null }],
    });
    expect(evolution([])).toMatchObject({ state: 'insufficient', from: null, until: null, series: [] });
  });

  it('is less sure of a week with few words', () => {
    const rows = weeksOf(30, 4, { joy: () => 0.5 }).map((row, i) => (i === 9 ? { ...row, words: 10 } : row));
    const { points } = seriesOf(rows, 'joy');
    const width = (i: number) => points[i]!.high - points[i]!.low;
    expect(width(9)).toBeGreaterThan(4 * width(8));
  });

  it('puts weeks together by month, weighted by words', () => {
    const rows = [0, 1, 2, 3].map((week) => ({
      start: MONDAY + week * WEEK,
      words: week === 0 ? 300 : 100,
      messages: 1,
      values: { joy: week === 0 ? 1 : 0 },
    }));
    const { series } = evolution([...rows, { ...rows[1]!, start: Date.UTC(2025, 1, 3) }], { by: 'month' });
    expect(series[0]!.points.map(({ start, value, words }) => [start, value, words])).toEqual([
      [Date.UTC(2025, 0), 0.5, 600],
      [Date.UTC(2025, 1), 0, 100],
    ]);
  });

  it('keeps intervals inside the range of a series', () => {
    const { series } = evolution(weeksOf(20, 5, { joy: () => 0.01 }), { ranges: { joy: [0, 1] } });
    expect(series[0]!.points.every(({ low }) => low >= 0)).toBe(true);
  });

  it('does without weeks in which a series has no value', () => {
    const rows = weeksOf(30, 6, { joy: () => 0.5 }).map((row, i) => (i % 2 === 0 ? row : { ...row, values: {} }));
    expect(seriesOf(rows, 'joy').points).toHaveLength(15);
  });
});
