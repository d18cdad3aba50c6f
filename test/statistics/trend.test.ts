import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { normalCdf, studentTwoSided, studentWidth } from '../../src/statistics/distributions.ts';
import { benjaminiHochberg } from '../../src/statistics/false-discovery.ts';
import { seeded } from '../../src/statistics/seeded.ts';
import { theilSen, weightedLine } from '../../src/statistics/trend.ts';

describe('a trend', () => {
  const x = Array.from({ length: 40 }, (_, i) => i);

  it('is that of the line behind the noise, inside its interval about nine times in ten', () => {
    const inside = Array.from({ length: 300 }, (_, seed) => {
      const random = seeded(seed);
      const weights = x.map(() => 1 + 5 * random());
      const normal = () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
      const y = x.map((one, i) => 2 + 0.3 * one + normal() / Math.sqrt(weights[i]!));
      return [weightedLine(x, y, weights)!, theilSen(x, y)!].map(({ low, high }) => low <= 0.3 && 0.3 <= high);
    });
    for (const which of [0, 1]) {
      const share = inside.filter((one) => one[which]).length / inside.length;
      expect(share).toBeGreaterThan(0.85);
      expect(share).toBeLessThan(0.97);
    }
  });

  it('is not moved by wild values where it is the median of slopes', () => {
    const y = x.map((one) => (one % 5 === 0 ? 1e6 : 3 - one));
    expect(theilSen(x, y)!.slope).toBeCloseTo(-1);
    expect(theilSen(x, y)!.intercept).toBeCloseTo(3);
  });

  it('is the same for a series upside down', () => {
    const y = [1, 3, 2, 5, 4, 8, 6, 9, 7, 12];
    const places = x.slice(0, y.length);
    const up = theilSen(places, y)!;
    const down = theilSen(
      places,
      y.map((one) => -one),
    )!;
    expect([-down.high, -down.low]).toEqual([up.low, up.high]);
  });

  it('leaves out values without weight', () => {
    const weights = x.map((one) => (one < 30 ? 1 : 0));
    const y = x.map((one) => (one < 30 ? one : 1e9));
    expect(weightedLine(x, y, weights)!.slope).toBeCloseTo(1);
  });

  it('is less sure where neighbours are alike', () => {
    const wave = x.map((one) => Math.sin(one / 4));
    const mixed = x.map((one) => Math.sin(((one * 17) % 40) / 4));
    expect(
      weightedLine(
        x,
        wave,
        x.map(() => 1),
      )!.slopeError,
    ).toBeGreaterThan(
      2 *
        weightedLine(
          x,
          mixed,
          x.map(() => 1),
        )!.slopeError,
    );
  });

  it('is none without two places', () => {
    expect(weightedLine([1, 1, 1], [1, 2, 3], [1, 1, 1])).toBeNull();
    expect(weightedLine([], [], [])).toBeNull();
    expect(theilSen([1], [1])).toBeNull();
  });
});

it('many tests are corrected as the definition says', () => {
  // q of the i-th smallest p is the least of n p / rank over it and the larger ones
  const list = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 20 });
  fc.assert(
    fc.property(list, (p) => {
      const expected = p.map((own) => {
        const larger = p.filter((other) => other >= own);
        return Math.min(1, ...larger.map((other) => (p.length * other) / p.filter((one) => one <= other).length));
      });
      const found = benjaminiHochberg(p);
      for (const [i, q] of found.entries()) expect(q).toBeCloseTo(expected[i]!, 12);
    }),
  );
});

it('probabilities and widths are those of the tables', () => {
  expect(normalCdf(1.959964)).toBeCloseTo(0.975, 6);
  expect(normalCdf(-1)).toBeCloseTo(0.158655, 6);
  expect(studentTwoSided(2.228, 10)).toBeCloseTo(0.05, 3);
  expect(studentTwoSided(-2.353, 3)).toBeCloseTo(0.1, 2);
  for (const [freedom, width] of [
    [1, 6.3138],
    [2, 2.92],
    [3, 2.3534],
    [5, 2.015],
    [10, 1.8125],
    [30, 1.6973],
  ] as const) {
    expect(Math.abs(studentWidth(90, freedom) / width - 1)).toBeLessThan(0.01);
  }
});
