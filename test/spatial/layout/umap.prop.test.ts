import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fuzzyGraph } from '../../../src/spatial/layout/fuzzy-graph.ts';
import { type NeighbourGraph, NO_ROW } from '../../../src/spatial/layout/neighbour-graph.ts';
import { principalAxes, projectOn } from '../../../src/spatial/layout/pca.ts';
import { umapLayout } from '../../../src/spatial/layout/umap.ts';
import { seeded } from '../../../src/statistics/seeded.ts';

const distance = (a: ArrayLike<number>, i: number, j: number, width: number): number => {
  let sum = 0;
  for (let d = 0; d < width; d++) sum += (a[i * width + d]! - a[j * width + d]!) ** 2;
  return Math.sqrt(sum);
};

function graphOf(rows: Float32Array, width: number, k: number): NeighbourGraph {
  const size = rows.length / width;
  const graph = { size, k, rows: new Uint32Array(size * k).fill(NO_ROW), distances: new Float32Array(size * k) };
  for (let i = 0; i < size; i++) {
    const others = Array.from({ length: size }, (_, j) => j).filter((j) => j !== i);
    others.sort((a, b) => distance(rows, i, a, width) - distance(rows, i, b, width) || a - b);
    for (const [at, j] of others.slice(0, k).entries()) {
      graph.rows[i * k + at] = j;
      graph.distances[i * k + at] = distance(rows, i, j, width);
    }
  }
  return graph;
}

const clouds = fc
  .record({ size: fc.integer({ min: 0, max: 40 }), width: fc.integer({ min: 1, max: 6 }), seed: fc.integer() })
  .map(({ size, width, seed }) => {
    const random = seeded(seed);
    // a few values only, so that rows coincide now and then
    return { width, rows: Float32Array.from({ length: size * width }, () => Math.floor(random() * 4)) };
  });

describe('the fuzzy graph', () => {
  it('has every pair in both directions with one weight in (0, 1]', () => {
    fc.assert(
      fc.property(clouds, ({ rows, width }) => {
        const { from, to, weights } = fuzzyGraph(graphOf(rows, width, 5));
        const weightOf = new Map(Array.from(from, (f, e) => [`${f}-${to[e]!}`, weights[e]!]));
        expect(weightOf.size).toBe(from.length);
        for (const [e, weight] of weights.entries()) {
          expect(weight).toBeGreaterThan(0);
          expect(weight).toBeLessThanOrEqual(1);
          expect(weightOf.get(`${to[e]!}-${from[e]!}`)).toBe(weight);
        }
      }),
      { numRuns: 50 },
    );
  });

  it('holds the nearest neighbour of each row to be one for sure', () => {
    const rows = Float32Array.from([0, 1, 3, 7, 15]);
    const { from, to, weights } = fuzzyGraph(graphOf(rows, 1, 3));
    for (const [row, nearest] of [1, 0, 1, 2, 3].entries()) {
      const edge = from.findIndex((f, e) => f === row && to[e] === nearest);
      expect(weights[edge]).toBe(1);
    }
  });
});

describe('principal axes', () => {
  it('are orthonormal, and no other direction has more variance than the first', () => {
    fc.assert(
      fc.property(clouds, fc.integer(), ({ rows, width }, seed) => {
        fc.pre(rows.length >= 4 * width && width >= 3);
        const found = principalAxes(rows, width);
        const axis = (a: number) => found.axes.subarray(a * width, (a + 1) * width);
        const dot = (a: ArrayLike<number>, b: ArrayLike<number>) => Array.from(a).reduce((s, x, d) => s + x * b[d]!, 0);
        for (let a = 0; a < 3; a++) {
          for (let b = 0; b < a; b++) expect(Math.abs(dot(axis(a), axis(b)))).toBeLessThan(1e-6);
        }
        const variance = (direction: ArrayLike<number>) => {
          let sum = 0;
          for (let at = 0; at < rows.length; at += width) {
            sum +=
              dot(
                Array.from(rows.subarray(at, at + width), (x, d) => x - found.mean[d]!),
                direction,
              ) ** 2;
          }
          return sum / dot(direction, direction);
        };
        const random = seeded(seed);
        const best = variance(axis(0));
        for (let t = 0; t < 20; t++) {
          expect(variance(Array.from({ length: width }, () => random() - 0.5))).toBeLessThanOrEqual(best * 1.02 + 1e-9);
        }
      }),
      { numRuns: 50 },
    );
  });

  it('find the axes of a box whose sides are known', () => {
    const random = seeded(5);
    const sides = [1, 9, 3, 0.1];
    const rows = Float32Array.from({ length: 4 * 500 }, (_, at) => (random() - 0.5) * sides[at % 4]!);
    const { axes } = principalAxes(rows, 4);
    expect([0, 1, 2].map((a) => axes.subarray(4 * a, 4 * a + 4).findIndex((x) => x > 0.99))).toEqual([1, 2, 0]);
    expect(projectOn(principalAxes(rows, 4), rows)).toHaveLength(3 * 500);
  });
});

describe('a layout', () => {
  it('has a finite place for every row, whatever the rows', () => {
    fc.assert(
      fc.property(clouds, ({ rows, width }) => {
        const places = umapLayout(graphOf(rows, width, 5), rows, { epochs: 20 })!;
        expect(places).toHaveLength((rows.length / width) * 3);
        expect(places.every(Number.isFinite)).toBe(true);
      }),
      { numRuns: 50 },
    );
  });

  it('is the same, bit for bit, when it is made again', () => {
    const random = seeded(3);
    const rows = Float32Array.from({ length: 60 * 8 }, random);
    const once = () => umapLayout(graphOf(rows, 8, 8), rows, { epochs: 60 });
    expect(once()).toEqual(once());
  });

  it('keeps two heaps apart that are apart in meaning', () => {
    const random = seeded(4);
    const rows = Float32Array.from({ length: 80 * 16 }, (_, at) => random() + (at >= 40 * 16 ? 3 : 0));
    const places = umapLayout(graphOf(rows, 16, 10), rows)!;
    for (let i = 0; i < 80; i++) {
      const others = Array.from({ length: 80 }, (_, j) => j).filter((j) => j !== i);
      const nearest = others.reduce((a, b) => (distance(places, i, b, 3) < distance(places, i, a, 3) ? b : a));
      expect(nearest < 40).toBe(i < 40);
    }
  });

  it('ends when it is told to', () => {
    const rows = Float32Array.from([0, 1, 2, 3]);
    let asked = 0;
    expect(umapLayout(graphOf(rows, 1, 2), rows, { onProgress: () => ++asked < 3 })).toBeNull();
    expect(asked).toBe(3);
  });
});
