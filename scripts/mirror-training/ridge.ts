import { inverse, type Square, solve } from './linear-algebra.ts';

/**
 * Kernel ridge regression with a free intercept, fitted once to all cases; what it predicts for cases that were left
 * out of the fit follows exactly from the hat matrix H: for a set S left out, e = (I - H_SS)^-1 (y - Hy)_S is the error.
 * So nested cross-validation costs small systems and no refits.
 */
export interface RidgeFit {
  lambda: number;
  /** hat matrix, intercept included */
  hat: Square;
  /** (K + lambda)^-1 of the centred kernel */
  inverted: Square;
}

/** @param kernel centred (`centred`) */
export function fitRidge(kernel: Square, lambda: number): RidgeFit {
  const n = kernel.size;
  const shifted = kernel.values.slice();
  for (let i = 0; i < n; i++) shifted[i * n + i]! += lambda;
  const inverted = inverse({ size: n, values: shifted });
  const hat = inverted.values.map((value) => 1 / n - lambda * value);
  for (let i = 0; i < n; i++) hat[i * n + i]! += 1;
  return { lambda, hat: { size: n, values: hat }, inverted };
}

/** Dual weights of all cases. The prediction is their kernel-weighted sum, centred, plus the mean of `y`. */
export function dualWeights({ inverted }: RidgeFit, y: Float64Array): Float64Array {
  const n = inverted.size;
  const mean = y.reduce((sum, value) => sum + value, 0) / n;
  return Float64Array.from({ length: n }, (_, i) => {
    let sum = 0;
    for (let j = 0; j < n; j++) sum += inverted.values[i * n + j]! * (y[j]! - mean);
    return sum;
  });
}

/** Residuals of the fit to all. */
export function residuals({ hat }: RidgeFit, y: Float64Array): Float64Array {
  const n = hat.size;
  return Float64Array.from({ length: n }, (_, i) => {
    let sum = y[i]!;
    for (let j = 0; j < n; j++) sum -= hat.values[i * n + j]! * y[j]!;
    return sum;
  });
}

/** Predictions for the cases of `left` by the fit to all others, in the order of `left`. */
export function predictLeftOut(fit: RidgeFit, y: Float64Array, residual: Float64Array, left: number[]): Float64Array {
  const { hat } = fit;
  const m = left.length;
  const system = new Float64Array(m * m);
  for (let i = 0; i < m; i++) {
    for (let j = 0; j < m; j++) system[i * m + j] = -hat.values[left[i]! * hat.size + left[j]!]!;
    system[i * m + i]! += 1;
  }
  const errors = solve(
    { size: m, values: system },
    Float64Array.from(left, (i) => residual[i]!),
  );
  return errors.map((error, i) => y[left[i]!]! - error);
}

/** Centred in feature space and scaled to a mean diagonal of 1. `scale` is what it was divided by. */
export function centred(kernel: Square): { kernel: Square; scale: number } {
  const { size: n, values } = kernel;
  const means = new Float64Array(n);
  for (let i = 0; i < n; i++) for (let j = 0; j < n; j++) means[i]! += values[i * n + j]! / n;
  const mean = means.reduce((sum, value) => sum + value, 0) / n;
  const out = values.map((value, at) => value - means[Math.floor(at / n)]! - means[at % n]! + mean);
  let trace = 0;
  for (let i = 0; i < n; i++) trace += out[i * n + i]!;
  const scale = trace / n || 1;
  return { kernel: { size: n, values: out.map((value) => value / scale) }, scale };
}

/** Inner products of rows. */
export function gram(rows: readonly Float32Array[]): Square {
  const n = rows.length;
  const values = new Float64Array(n * n);
  for (let i = 0; i < n; i++) {
    const places = nonZero(rows[i]!);
    for (let j = 0; j <= i; j++) {
      const other = rows[j]!;
      let sum = 0;
      for (let k = 0; k < places.length; k++) sum += rows[i]![places[k]!]! * other[places[k]!]!;
      values[i * n + j] = sum;
      values[j * n + i] = sum;
    }
  }
  return { size: n, values };
}

function nonZero(row: Float32Array): Uint32Array {
  const places: number[] = [];
  for (let i = 0; i < row.length; i++) if (row[i] !== 0) places.push(i);
  return Uint32Array.from(places);
}

/** Sum of kernels by weight, centred. */
export function mixed(parts: readonly (readonly [kernel: Square, weight: number])[]): Square {
  const size = parts[0]![0].size;
  const values = new Float64Array(size * size);
  for (const [part, weight] of parts) for (let i = 0; i < values.length; i++) values[i]! += weight * part.values[i]!;
  return { size, values };
}
