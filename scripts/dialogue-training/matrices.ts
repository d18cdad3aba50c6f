import { seeded } from '../../src/statistics/seeded.ts';

/** a [n, inner] × b [inner, width] → [n, width]. All row-major. */
export function multiply(a: Float32Array, b: Float32Array, inner: number, width: number): Float32Array {
  const n = a.length / inner;
  const out = new Float32Array(n * width);
  for (let i = 0; i < n; i++) addRows(out, i * width, a, i * inner, 1, b, inner, width);
  return out;
}

/** a [n, inner] × bᵀ, with b [m, inner] → [n, m]. */
export function multiplyTransposed(a: Float32Array, b: Float32Array, inner: number): Float32Array {
  const [n, m] = [a.length / inner, b.length / inner];
  const out = new Float32Array(n * m);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < m; j++) {
      let sum = 0;
      for (let k = 0; k < inner; k++) sum += a[i * inner + k]! * b[j * inner + k]!;
      out[i * m + j] = sum;
    }
  }
  return out;
}

/** aᵀ × b, with a [n, rows] and b [n, width] → [rows, width]. */
export function transposedTimes(a: Float32Array, b: Float32Array, rows: number, width: number): Float32Array {
  const n = a.length / rows;
  const out = new Float32Array(rows * width);
  for (let r = 0; r < rows; r++) addRows(out, r * width, a, r, rows, b, n, width);
  return out;
}

/**
 * out[to..] += Σ a[at + k * stride] × row k of b [count, width]. Four rows at a time: each sum is loaded and stored once
 * for four products, which is what these loops spend their time on.
 */
function addRows(
  out: Float32Array,
  to: number,
  a: Float32Array,
  at: number,
  stride: number,
  b: Float32Array,
  count: number,
  width: number,
): void {
  let k = 0;
  for (; k + 4 <= count; k += 4) {
    const from = at + k * stride;
    const [f0, f1, f2, f3] = [a[from]!, a[from + stride]!, a[from + 2 * stride]!, a[from + 3 * stride]!];
    const [r0, r1, r2, r3] = [k * width, (k + 1) * width, (k + 2) * width, (k + 3) * width];
    for (let j = 0; j < width; j++) {
      out[to + j]! += f0 * b[r0 + j]! + f1 * b[r1 + j]! + f2 * b[r2 + j]! + f3 * b[r3 + j]!;
    }
  }
  for (; k < count; k++) {
    const factor = a[at + k * stride]!;
    for (let j = 0; j < width; j++) out[to + j]! += factor * b[k * width + j]!;
  }
}

/**
 * The first `width` principal directions of rows [n, columns], uncentred, as columns: [columns, width]. By subspace
 * iteration from a fixed start, so two runs give the same numbers.
 */
export function principalDirections(rows: Float32Array, columns: number, width: number): Float32Array {
  const moments = transposedTimes(rows, rows, columns, columns);
  const random = seeded(1);
  let basis: Float32Array = Float32Array.from({ length: columns * width }, () => random() - 0.5);
  for (let round = 0; round < 30; round++) {
    basis = multiply(moments, orthonormal(basis, columns, width), columns, width);
  }
  return orthonormal(basis, columns, width);
}

/** Gram-Schmidt over the columns of [rows, width]. */
function orthonormal(basis: Float32Array, rows: number, width: number): Float32Array {
  const out = basis.slice();
  for (let j = 0; j < width; j++) {
    for (let other = 0; other < j; other++) {
      let product = 0;
      for (let r = 0; r < rows; r++) product += out[r * width + j]! * out[r * width + other]!;
      for (let r = 0; r < rows; r++) out[r * width + j]! -= product * out[r * width + other]!;
    }
    let squares = 0;
    for (let r = 0; r < rows; r++) squares += out[r * width + j]! ** 2;
    const scale = 1 / Math.sqrt(squares);
    for (let r = 0; r < rows; r++) out[r * width + j]! *= scale;
  }
  return out;
}
