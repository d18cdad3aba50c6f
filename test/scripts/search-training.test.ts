import { describe, expect, it } from 'vitest';
import type { RankingExample } from '../../scripts/search-training/examples.ts';
import { fitListwise, recallAtTen } from '../../scripts/search-training/listwise.ts';
import { fitLogistic, probability } from '../../scripts/search-training/logistic.ts';
import { brier, expectedCalibrationError } from '../../src/statistics/calibration.ts';

/** Numbers in [0, 1) that look random and never change. */
function noise(i: number): number {
  const mixed = Math.imul(i ^ (i >>> 3) ^ 0x5bd1e995, 2_654_435_761);
  return (Math.imul(mixed ^ (mixed >>> 15), 2_246_822_519) >>> 0) / 2 ** 32;
}

describe('the ranking weights', () => {
  // the first signal tells the answer, the second is noise
  const examples: RankingExample[] = Array.from({ length: 30 }, (_, q) => {
    const gold = q % 20;
    const signals = Float64Array.from({ length: 40 }, (_, i) =>
      i % 2 === 0 && i / 2 === gold ? 1 + noise(q) : noise(100 * q + i),
    );
    return { sample: `s${q % 3}`, signals, gold: [gold], wanted: 1 };
  });

  it('learn what tells the answer, the same in every run', () => {
    const weights = fitListwise(examples, [0, 0]);
    expect(weights[0]).toBeGreaterThan(3 * Math.abs(weights[1]!));
    expect(fitListwise(examples, [0, 0])).toEqual(weights);
    expect(recallAtTen(examples[0]!, weights)).toBe(1);
    expect(recallAtTen(examples[0]!, [-1, 0])).toBe(0);
  });
});

describe('the probability', () => {
  it('is fitted to how often it happens', () => {
    // chances of 0.2 and 0.7 for inputs 0 and 1
    const rows = Array.from({ length: 1_000 }, (_, i) => [i % 2]);
    const labels = rows.map(([x], i) => Math.floor(i / 2) % 10 < (x === 0 ? 2 : 7));
    const weights = fitLogistic(rows, labels);
    expect(probability([0], weights)).toBeCloseTo(0.2, 2);
    expect(probability([1], weights)).toBeCloseTo(0.7, 2);
    const shown = rows.map((row) => probability(row, weights));
    expect(expectedCalibrationError(shown, labels)).toBeLessThan(0.01);
    expect(brier(shown, labels)).toBeCloseTo((0.2 * 0.8 + 0.7 * 0.3) / 2, 3);
  });
});
