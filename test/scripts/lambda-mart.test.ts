import { describe, expect, it } from 'vitest';
import { binned } from '../../scripts/search-training/bins.ts';
import { growTree, leafValueOf } from '../../scripts/search-training/grow-tree.ts';
import { fitForest, type LookExample } from '../../scripts/search-training/lambda-mart.ts';
import { writeLambdas } from '../../scripts/search-training/lambdas.ts';
import { forestScores, packForest, unpackForest } from '../../src/palace/forest.ts';

/** Numbers in [0, 1) that look random and never change. */
function noise(i: number): number {
  const mixed = Math.imul(i ^ (i >>> 3) ^ 0x5bd1e995, 2_654_435_761);
  return (Math.imul(mixed ^ (mixed >>> 15), 2_246_822_519) >>> 0) / 2 ** 32;
}

describe('the gradients', () => {
  it('are those of every pair, by how much the NDCG would change if the two changed places', () => {
    const isGold = Uint8Array.from({ length: 12 }, (_, i) => Number(i % 5 === 2));
    const scores = Float64Array.from(isGold, (_, i) => 3 * noise(i));
    const [gradients, curvatures] = [new Float64Array(12), new Float64Array(12)];
    writeLambdas({ isGold, weight: 2 }, 0, scores, gradients, curvatures);

    const ndcg = (order: readonly number[]) =>
      order.reduce((sum, i, rank) => sum + isGold[i]! / Math.log2(rank + 2), 0);
    const order = [...scores.keys()].sort((a, b) => scores[b]! - scores[a]!);
    const best = ndcg([...scores.keys()].sort((a, b) => isGold[b]! - isGold[a]!));
    const expected = new Float64Array(12);
    let whole = 0;
    for (const gold of scores.keys()) {
      for (const other of scores.keys()) {
        if (!isGold[gold] || isGold[other]) continue;
        const changed = order.map((i) => (i === gold ? other : i === other ? gold : i));
        const gap = Math.abs(scores[gold]! - scores[other]!);
        const pull = Math.abs(ndcg(order) - ndcg(changed)) / best / (0.01 + gap);
        const lambda = pull / (1 + Math.exp(scores[gold]! - scores[other]!));
        expected[gold]! -= lambda;
        expected[other]! += lambda;
        whole += 2 * lambda;
      }
    }
    for (const [i, value] of expected.entries()) {
      expect(gradients[i]).toBeCloseTo((2 * value * Math.log2(1 + whole)) / whole, 9);
    }
    expect(Math.min(...curvatures)).toBeGreaterThan(0);
  });

  it('of a question without an answer are none', () => {
    const [gradients, curvatures] = [new Float64Array(4).fill(1), new Float64Array(4).fill(1)];
    writeLambdas({ isGold: new Uint8Array(2), weight: 1 }, 1, new Float64Array(4), gradients, curvatures);
    expect([...gradients, ...curvatures]).toEqual([1, 0, 0, 1, 1, 0, 0, 1]);
  });
});

describe('a tree', () => {
  const [ROWS, WIDTH] = [60, 3];
  const values = Float32Array.from({ length: ROWS * WIDTH }, (_, i) => Math.round(20 * noise(i)));
  const data = binned(values, WIDTH);
  const gradients = Float64Array.from({ length: ROWS }, (_, i) => noise(1_000 + i) - 0.5);
  const curvatures = Float64Array.from({ length: ROWS }, (_, i) => 0.1 + noise(2_000 + i));
  const rows = Int32Array.from({ length: ROWS }, (_, i) => i);
  const options = { leaves: 2, leastRows: 5, shrink: 1, rate: 1 };
  const grown = (leaves: number) => growTree(data, gradients, curvatures, rows, [0, 1, 2], { ...options, leaves });
  const sum = (of: Float64Array, which: readonly number[]) => which.reduce((total, row) => total + of[row]!, 0);
  const valueFor = (which: readonly number[]) => -sum(gradients, which) / (sum(curvatures, which) + 1);
  const worth = (which: readonly number[]) => sum(gradients, which) ** 2 / (sum(curvatures, which) + 1);

  it('splits where an exhaustive search gains most', () => {
    let best = { worth: 0, sides: [[], []] as number[][] };
    for (let column = 0; column < WIDTH; column++) {
      for (let threshold = 0; threshold < 20; threshold++) {
        const isLeft = (row: number) => values[row * WIDTH + column]! <= threshold;
        const sides = [[...rows].filter(isLeft), [...rows].filter((row) => !isLeft(row))];
        if (sides.some((side) => side.length < 5)) continue;
        const gained = worth(sides[0]!) + worth(sides[1]!);
        if (gained > best.worth) best = { worth: gained, sides };
      }
    }
    const tree = grown(2);
    for (const side of best.sides) {
      for (const row of side) expect(leafValueOf(tree, data, row)).toBeCloseTo(valueFor(side), 3);
    }
  });

  it('gives each leaf the value of its rows, of which there are enough', () => {
    const tree = grown(6);
    expect(tree.leaves).toHaveLength(6);
    for (const value of tree.leaves) {
      const inside = [...rows].filter((row) => leafValueOf(tree, data, row) === value);
      expect(inside.length).toBeGreaterThanOrEqual(5);
      expect(value).toBeCloseTo(valueFor(inside), 3);
    }
  });
});

describe('a forest', () => {
  // an answer is where both numbers lie on the same side of a half, which no linear blend can say
  const examples: LookExample[] = Array.from({ length: 40 }, (_, q) => {
    const features = Float32Array.from({ length: 40 }, (_, i) => noise(q * 40 + i));
    const isGold = Uint8Array.from({ length: 20 }, (_, i) =>
      Number(features[2 * i]! < 0.5 === features[2 * i + 1]! < 0.5),
    );
    const base = Float64Array.from({ length: 20 }, (_, i) => noise(9_000 + q * 20 + i));
    return { sample: 's', category: 'c', weight: 1, features, base, isGold, wanted: 10 };
  });
  const options = { trees: 60, leaves: 4, leastRows: 10, shrink: 1, rate: 0.2, rowShare: 0.7, columnShare: 1, seed: 3 };

  it('learns what a blend cannot say, the same in every run, and ships what it learned', () => {
    const forest = fitForest(examples.slice(0, 30), options);
    expect(fitForest(examples.slice(0, 30), options)).toEqual(forest);
    const shipped = unpackForest(packForest('v', forest));
    const rightAtTop = examples.slice(30).map(({ features, base, isGold }) => {
      const looks = forestScores(shipped, features, 2);
      const order = [...base.keys()].sort((a, b) => base[b]! + looks[b]! - base[a]! - looks[a]!);
      return order.slice(0, 5).filter((i) => isGold[i]).length / 5;
    });
    expect(rightAtTop.reduce((total, share) => total + share, 0) / rightAtTop.length).toBeGreaterThan(0.9);
  });
});
