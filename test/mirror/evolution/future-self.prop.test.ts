import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { changeVariance, changeWithAge } from '../../../src/mirror/evolution/age-effects.ts';
import { futureSelf } from '../../../src/mirror/evolution/future-self.ts';
import type { WeeklyRow } from '../../../src/mirror/evolution/weekly-row.ts';

const WEEK = 7 * 86_400_000;
const rowsOf = (values: readonly number[]): WeeklyRow[] =>
  values.map((openness, week) => ({ start: week * WEEK, words: 300, messages: 9, values: { openness } }));
const NOW = { openness: { mean: 0.5, low: 0.4, high: 0.6 } };
const wavering = (slopeAWeek: number, n = 104) =>
  rowsOf(Array.from({ length: n }, (_, week) => 0.5 + slopeAWeek * week + 0.02 * Math.sin(week * 1.7)));
const last = (...args: Parameters<typeof futureSelf>) => {
  const future = futureSelf(...args);
  if (future.state === 'insufficient') throw new Error(future.reason);
  return future.traits[0]!.points.at(-1)!;
};

it('stays in [0, 1], and each year holds the interval of the year before', () => {
  const share = fc.double({ min: 0, max: 1, noNaN: true });
  const interval = fc.tuple(share, share, share).map((three) => {
    const [low, mean, high] = three.sort((a, b) => a - b) as [number, number, number];
    return { low, mean, high };
  });
  const weeks = fc.array(share, { minLength: 30, maxLength: 80 });
  const age = fc.option(fc.integer({ min: 10, max: 110 }));
  fc.assert(
    fc.property(interval, weeks, age, fc.integer({ min: 1, max: 30 }), (openness, values, years, horizonYears) => {
      const future = futureSelf({ openness }, rowsOf(values), { horizonYears, age: years });
      if (future.state === 'insufficient') throw new Error(future.reason);
      const { points } = future.traits[0]!;
      expect(points).toHaveLength(horizonYears + 1);
      for (const [year, { mean, low, high }] of points.entries()) {
        expect(low >= 0 && low <= mean && mean <= high && high <= 1).toBe(true);
        expect(year === 0 || (low <= points[year - 1]!.low && high >= points[year - 1]!.high)).toBe(true);
      }
    }),
  );
});

describe('the future self', () => {
  it('follows the own trend, damped', () => {
    const { mean } = last(NOW, wavering(0.001), { horizonYears: 1 });
    expect(mean).toBeGreaterThan(0.51);
    expect(mean).toBeLessThan(0.5 + 52 * 0.001);
    expect(last(NOW, wavering(-0.001), { horizonYears: 1 }).mean).toBeLessThan(0.49);
  });

  it('goes by the age effects where the own trend is nothing sure', () => {
    const noise = rowsOf(Array.from({ length: 40 }, (_, week) => 0.5 + 0.3 * Math.sin(week * 2.3)));
    expect(last(NOW, noise, { horizonYears: 10, age: 65 }).mean).toBeLessThan(0.49);
    expect(last(NOW, noise, { horizonYears: 10 }).mean).toBeCloseTo(0.5, 1);
  });

  it('is surer of an older person', () => {
    const width = (age: number) => {
      const { low, high } = last(NOW, wavering(0), { horizonYears: 8, age });
      return high - low;
    };
    expect(width(17)).toBeGreaterThan(width(30));
    expect(width(30)).toBeGreaterThan(width(60));
  });

  it.each([
    ['too-few-weeks', wavering(0, 11), NOW],
    ['too-short-a-time', wavering(0, 20), NOW],
    ['no-profile', wavering(0), { openness: null }],
    ['no-profile', wavering(0), { courage: { mean: 0.5, low: 0, high: 1 } }],
  ] as const)('is not told: %s', (reason, rows, profile) => {
    expect(futureSelf(profile, rows, { horizonYears: 5 })).toEqual({ state: 'insufficient', reason });
  });

  it('has the change of an age span by the years spent in it', () => {
    expect(changeWithAge('openness', 50, 70)).toBeCloseTo(10 * 0 + 10 * -0.015);
    expect(changeWithAge('conscientiousness', 30, 40)).toBeCloseTo(0.2);
    expect(changeVariance(30, 0)).toBe(0);
    expect(changeVariance(30, 6.7)).toBeCloseTo(2 * (1 - 0.64 / 0.72));
  });
});
