import { sigmoid } from '../../src/statistics/calibration.ts';

const STEPS = 3_000;
const RATE = 0.05;
const SHRINK = 1e-3;

/** Logistic regression by Adam on the whole data. @param rows equally wide @returns bias, then a weight a column */
export function fitLogistic(rows: readonly number[][], labels: readonly boolean[]): number[] {
  const width = rows[0]!.length + 1;
  const weights = new Float64Array(width);
  const mean = new Float64Array(width);
  const square = new Float64Array(width);
  for (let step = 1; step <= STEPS; step++) {
    const gradient = new Float64Array(width);
    for (const [r, row] of rows.entries()) {
      const error = probability(row, weights) - Number(labels[r]);
      gradient[0]! += error;
      for (const [i, value] of row.entries()) gradient[i + 1]! += error * value;
    }
    const rate = RATE * Math.min(1, (2 * (STEPS - step + 1)) / STEPS);
    for (let i = 0; i < width; i++) {
      const slope = gradient[i]! / rows.length + (i === 0 ? 0 : SHRINK * weights[i]!);
      mean[i] = 0.9 * mean[i]! + 0.1 * slope;
      square[i] = 0.99 * square[i]! + 0.01 * slope * slope;
      weights[i]! -= (rate * mean[i]!) / (1 - 0.9 ** step) / (Math.sqrt(square[i]! / (1 - 0.99 ** step)) + 1e-8);
    }
  }
  return [...weights];
}

/** @param weights bias first */
export function probability(row: readonly number[], weights: ArrayLike<number>): number {
  const logit = row.reduce((sum, value, i) => sum + value * weights[i + 1]!, weights[0]!);
  return sigmoid(logit);
}
