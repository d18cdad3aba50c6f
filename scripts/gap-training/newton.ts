import { sigmoid } from '../../src/statistics/calibration.ts';

const STEPS = 15;
const SMALLEST_STEP = 1e-3;

/** A weighted case. Features equal to 0 cost nothing. */
export interface Case {
  features: Float32Array;
  /** 1 or 0 */
  label: number;
  weight: number;
}

/**
 * Logistic regression with a ridge by Newton's method with step halving: the same numbers for the same cases.
 * @param ridge on every weight but the bias, in cases
 * @returns bias first, then a weight a feature
 */
export function fitNewton(cases: readonly Case[], width: number, ridge: number): Float64Array {
  let weights = new Float64Array(width + 1);
  weights[0] = -4;
  for (let step = 0; step < STEPS; step++) {
    const direction = solve(...curvature(cases, weights, ridge));
    const now = likelihood(cases, weights, ridge);
    let size = 1;
    let next = moved(weights, direction, size);
    while (likelihood(cases, next, ridge) <= now && size > SMALLEST_STEP) {
      size /= 2;
      next = moved(weights, direction, size);
    }
    if (size <= SMALLEST_STEP) break;
    weights = next;
  }
  return weights;
}

export function logit(weights: Float64Array, features: Float32Array): number {
  let sum = weights[0]!;
  for (let j = 0; j < features.length; j++) sum += weights[j + 1]! * features[j]!;
  return sum;
}

const moved = (from: Float64Array, direction: Float64Array, size: number) =>
  from.map((value, j) => value + size * direction[j]!);

function likelihood(cases: readonly Case[], weights: Float64Array, ridge: number): number {
  let sum = 0;
  for (const { features, label, weight } of cases) {
    const z = logit(weights, features);
    sum += weight * (label * z - (z > 30 ? z : Math.log1p(Math.exp(z))));
  }
  for (let j = 1; j < weights.length; j++) sum -= (ridge / 2) * weights[j]! ** 2;
  return sum;
}

/** Hessian (negated) and gradient. */
function curvature(cases: readonly Case[], weights: Float64Array, ridge: number): [Float64Array[], Float64Array] {
  const n = weights.length;
  const hessian = Array.from({ length: n }, () => new Float64Array(n));
  const gradient = new Float64Array(n);
  const row = new Float64Array(n);
  row[0] = 1;
  for (const { features, label, weight } of cases) {
    const p = sigmoid(logit(weights, features));
    row.set(features, 1);
    const [error, bend] = [weight * (label - p), weight * p * (1 - p)];
    for (let j = 0; j < n; j++) {
      if (row[j] === 0) continue;
      gradient[j]! += error * row[j]!;
      const scaled = bend * row[j]!;
      const target = hessian[j]!;
      for (let k = j; k < n; k++) target[k]! += scaled * row[k]!;
    }
  }
  for (let j = 0; j < n; j++) {
    for (let k = 0; k < j; k++) hessian[j]![k] = hessian[k]![j]!;
    if (j === 0) continue;
    hessian[j]![j]! += ridge;
    gradient[j]! -= ridge * weights[j]!;
  }
  return [hessian, gradient];
}

/** Gaussian elimination with pivoting. */
function solve(matrix: Float64Array[], right: Float64Array): Float64Array {
  const n = right.length;
  const rows = matrix.map((row, i) => Float64Array.from([...row, right[i]!]));
  for (let i = 0; i < n; i++) {
    let pivot = i;
    for (let k = i + 1; k < n; k++) if (Math.abs(rows[k]![i]!) > Math.abs(rows[pivot]![i]!)) pivot = k;
    [rows[i], rows[pivot]] = [rows[pivot]!, rows[i]!];
    for (let k = i + 1; k < n; k++) {
      const factor = rows[k]![i]! / rows[i]![i]!;
      for (let j = i; j <= n; j++) rows[k]![j]! -= factor * rows[i]![j]!;
    }
  }
  const out = new Float64Array(n);
  for (let i = n - 1; i >= 0; i--) {
    let sum = rows[i]![n]!;
    for (let j = i + 1; j < n; j++) sum -= rows[i]![j]! * out[j]!;
    out[i] = sum / rows[i]![i]!;
  }
  return out;
}
