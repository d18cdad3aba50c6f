import fc from 'fast-check';
import { expect, it } from 'vitest';
import { changePoints, noiseOf } from '../../src/statistics/change-points.ts';

const series = fc.array(fc.tuple(fc.integer({ min: -3, max: 3 }), fc.integer({ min: 1, max: 4 })), {
  minLength: 2,
  maxLength: 11,
});

/** Every way to cut, tried out. */
function cheapest(values: number[], weights: number[], shortest: number, penalty: number): number {
  const cost = (from: number, until: number) => {
    const slice = values.slice(from, until);
    const own = weights.slice(from, until);
    const mean = slice.reduce((sum, value, i) => sum + own[i]! * value, 0) / own.reduce((sum, one) => sum + one, 0);
    return slice.reduce((sum, value, i) => sum + own[i]! * (value - mean) ** 2, 0);
  };
  const from = (start: number): number => {
    let best = cost(start, values.length);
    for (let cut = start + shortest; cut + shortest <= values.length; cut++) {
      best = Math.min(best, cost(start, cut) + penalty + from(cut));
    }
    return best;
  };
  return from(0);
}

it('cuts as cheaply as the best of all cuts', () => {
  fc.assert(
    fc.property(
      series,
      fc.integer({ min: 1, max: 3 }),
      fc.double({ min: 0.05, max: 3, noNaN: true }),
      (all, shortest, penalty) => {
        const values = all.map(([value]) => value);
        const weights = all.map(([, weight]) => weight);
        const noise = noiseOf(values, weights);
        const found = changePoints(values, { weights, shortest, penalty, permutations: 1 }).map(({ at }) => at);
        if (noise === 0 || values.length < 2 * shortest) {
          expect(found).toEqual([]);
          return;
        }
        const price = penalty * Math.log(values.length) * noise * noise;
        const edges = [0, ...found, values.length];
        for (let i = 1; i < edges.length; i++) expect(edges[i]! - edges[i - 1]!).toBeGreaterThanOrEqual(shortest);
        const paid = edges.slice(1).reduce((sum, until, i) => {
          const from = edges[i]!;
          return sum + cheapest(values.slice(from, until), weights.slice(from, until), until - from, 1);
        }, price * found.length);
        expect(paid).toBeCloseTo(cheapest(values, weights, shortest, price), 6);
      },
    ),
    { numRuns: 500 },
  );
});
