import { describe, expect, it } from 'vitest';
import { halfLifeOf } from '../../../src/mirror/emotion/half-life.ts';
import { seeded } from '../../../src/statistics/seeded.ts';

/** A day's mood that is half forgotten after `days`, and single messages that scatter around it. */
function daysOf(days: number, noise: number, seed: number) {
  const random = seeded(seed);
  const normal = () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  const kept = 2 ** (-1 / days);
  let mood = normal();
  return Array.from({ length: 700 }, (_, day) => {
    mood = kept * mood + Math.sqrt(1 - kept * kept) * normal();
    return { day, mean: mood + noise * normal(), messages: 1 + Math.floor(random() * 5) };
  });
}

describe('the half-life of deviations', () => {
  it.each([2, 5, 10])('is found to be about %d days through the noise of messages', (days) => {
    const found = [1, 2, 3, 4, 5].map((seed) => halfLifeOf(daysOf(days, 1, seed)));
    const mean = found.reduce((sum, one) => sum + one.days, 0) / found.length;
    expect(found.every(({ isEstimated }) => isEstimated)).toBe(true);
    expect(mean / days).toBeGreaterThan(0.6);
    expect(mean / days).toBeLessThan(1.6);
  });

  it('is taken for one in few of the people whose days have nothing to do with each other', () => {
    const estimated = Array.from({ length: 200 }, (_, seed) => {
      const random = seeded(seed);
      return halfLifeOf(Array.from({ length: 200 }, (__, day) => ({ day, mean: random(), messages: 2 }))).isEstimated;
    });
    expect(estimated.filter(Boolean).length).toBeLessThanOrEqual(10);
  });

  it('is the usual value where there are few days', () => {
    expect(halfLifeOf([])).toEqual({ isEstimated: false, days: 1, pairs: 0 });
    expect(halfLifeOf(daysOf(5, 0, 1).slice(0, 8)).isEstimated).toBe(false);
  });
});
