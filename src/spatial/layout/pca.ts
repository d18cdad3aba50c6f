import { seeded } from '../../statistics/seeded.ts';

/** Rounds of subspace iteration where nothing else is asked. */
const ROUNDS = 24;

/** The axes along which rows vary most, and where rows fall on them. */
export interface Components {
  /** [dimensions] */
  mean: Float64Array;
  /** row-major [count, dimensions], orthonormal, the widest first; the largest component of each is positive */
  axes: Float64Array;
}

/**
 * The `count` widest axes of row-major [size, dimensions] rows, by subspace iteration on the centred rows.
 * @param rounds the error falls by (4th / 3rd eigenvalue)^rounds
 * @see Halko, Martinsson & Tropp 2011, "Finding Structure with Randomness", algorithm 4.4
 */
export function principalAxes(rows: Float32Array, dimensions: number, count = 3, rounds = ROUNDS): Components {
  const mean = meanOf(rows, dimensions);
  const random = seeded(11);
  const axes = Float64Array.from({ length: count * dimensions }, () => random() - 0.5);
  orthonormalise(axes, dimensions, count);
  for (let round = 0; round < rounds; round++) {
    axes.set(timesCovariance(rows, mean, axes, dimensions, count));
    orthonormalise(axes, dimensions, count);
  }
  turnToWidest(axes, projectOn({ mean, axes }, rows), dimensions, count);
  for (let a = 0; a < count; a++) pointUp(axes.subarray(a * dimensions, (a + 1) * dimensions));
  return { mean, axes };
}

/** Row-major [size, count]: where the centred rows fall on the axes. */
export function projectOn({ mean, axes }: Components, rows: Float32Array): Float64Array {
  const dimensions = mean.length;
  const count = axes.length / dimensions;
  const size = rows.length / dimensions;
  const out = new Float64Array(size * count);
  for (let i = 0; i < size; i++) {
    for (let a = 0; a < count; a++) {
      let sum = 0;
      for (let d = 0; d < dimensions; d++) sum += (rows[i * dimensions + d]! - mean[d]!) * axes[a * dimensions + d]!;
      out[i * count + a] = sum;
    }
  }
  return out;
}

function meanOf(rows: Float32Array, dimensions: number): Float64Array {
  const mean = new Float64Array(dimensions);
  const size = rows.length / dimensions;
  for (let i = 0; i < rows.length; i += dimensions) for (let d = 0; d < dimensions; d++) mean[d]! += rows[i + d]!;
  for (let d = 0; d < dimensions; d++) mean[d]! /= Math.max(1, size);
  return mean;
}

function timesCovariance(
  rows: Float32Array,
  mean: Float64Array,
  axes: Float64Array,
  dimensions: number,
  count: number,
) {
  const along = projectOn({ mean, axes }, rows);
  const out = new Float64Array(axes.length);
  for (let i = 0, size = rows.length / dimensions; i < size; i++) {
    for (let a = 0; a < count; a++) {
      const share = along[i * count + a]!;
      for (let d = 0; d < dimensions; d++) out[a * dimensions + d]! += share * (rows[i * dimensions + d]! - mean[d]!);
    }
  }
  return out;
}

/** Gram-Schmidt, twice, which rounding needs. An axis with nothing left of it (rows that vary in fewer directions) stays 0. */
function orthonormalise(axes: Float64Array, dimensions: number, count: number): void {
  for (let a = 0; a < count; a++) {
    const axis = axes.subarray(a * dimensions, (a + 1) * dimensions);
    const before = Math.sqrt(dot(axis, axis));
    for (let b = 0; b < 2 * a; b++) {
      const other = axes.subarray((b % a) * dimensions, ((b % a) + 1) * dimensions);
      const share = dot(axis, other);
      for (let d = 0; d < dimensions; d++) axis[d]! -= share * other[d]!;
    }
    const length = Math.sqrt(dot(axis, axis));
    const left = length > before * 1e-10;
    for (let d = 0; d < dimensions; d++) axis[d] = left ? axis[d]! / length : 0;
  }
}

/** Sweeps over all pairs of axes; three axes settle in fewer. */
const SWEEPS = 12;

/** Turns the axes within their own space until rows are uncorrelated along them, the widest first (Jacobi's rotations). */
function turnToWidest(axes: Float64Array, along: Float64Array, dimensions: number, count: number): void {
  const column = (a: number, b: number) => {
    let sum = 0;
    for (let at = 0; at < along.length; at += count) sum += along[at + a]! * along[at + b]!;
    return sum;
  };
  for (let sweep = 0; sweep < SWEEPS; sweep++) {
    for (let a = 0; a < count; a++) {
      for (let b = a + 1; b < count; b++) {
        // half the angle whose tangent is 2 ab / (aa - bb), in (-90, 90] degrees: this also puts the wider one first
        const angle = Math.atan2(2 * column(a, b), column(a, a) - column(b, b)) / 2;
        if (Math.abs(angle) < 1e-12) continue;
        rotate(axes, a * dimensions, b * dimensions, 1, dimensions, angle);
        rotate(along, a, b, count, along.length / count, angle);
      }
    }
  }
}

/** Rotates the pairs (values[first + i * stride], values[second + i * stride]). */
function rotate(
  values: Float64Array,
  first: number,
  second: number,
  stride: number,
  pairs: number,
  angle: number,
): void {
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  for (let i = 0; i < pairs; i++) {
    const [x, y] = [values[first + i * stride]!, values[second + i * stride]!];
    values[first + i * stride] = cos * x + sin * y;
    values[second + i * stride] = cos * y - sin * x;
  }
}

/** An axis has no sign of its own. */
function pointUp(axis: Float64Array): void {
  let largest = 0;
  for (const value of axis) if (Math.abs(value) > Math.abs(largest)) largest = value;
  if (largest < 0) for (let d = 0; d < axis.length; d++) axis[d] = -axis[d]!;
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let d = 0; d < a.length; d++) sum += a[d]! * b[d]!;
  return sum;
}
