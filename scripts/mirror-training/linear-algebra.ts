/** Square symmetric matrices, row-major float64. */
export interface Square {
  size: number;
  values: Float64Array;
}

/** Inverse of a positive definite matrix, by Cholesky. @throws RangeError when it is not */
export function inverse(matrix: Square): Square {
  const n = matrix.size;
  const lower = cholesky(matrix);
  const inverted = invertLower(lower, n);
  // A^-1 = L^-T L^-1
  const out = new Float64Array(n * n);
  for (let k = 0; k < n; k++) {
    for (let i = 0; i <= k; i++) {
      const factor = inverted[k * n + i]!;
      if (factor === 0) continue;
      const [row, from] = [i * n, k * n];
      for (let j = 0; j <= i; j++) out[row + j]! += factor * inverted[from + j]!;
    }
  }
  for (let i = 0; i < n; i++) for (let j = 0; j < i; j++) out[j * n + i] = out[i * n + j]!;
  return { size: n, values: out };
}

/** Solution of `matrix` x = `right` for a positive definite matrix. */
export function solve(matrix: Square, right: Float64Array): Float64Array {
  const n = matrix.size;
  const lower = cholesky(matrix);
  const x = right.slice();
  for (let i = 0; i < n; i++) {
    let sum = x[i]!;
    for (let j = 0; j < i; j++) sum -= lower[i * n + j]! * x[j]!;
    x[i] = sum / lower[i * n + i]!;
  }
  for (let i = n - 1; i >= 0; i--) {
    x[i]! /= lower[i * n + i]!;
    for (let j = 0; j < i; j++) x[j]! -= lower[i * n + j]! * x[i]!;
  }
  return x;
}

function cholesky({ size: n, values }: Square): Float64Array {
  const lower = new Float64Array(n * n);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) {
      const [a, b] = [i * n, j * n];
      let sum = values[a + j]!;
      for (let k = 0; k < j; k++) sum -= lower[a + k]! * lower[b + k]!;
      if (i !== j) lower[a + j] = sum / lower[b + j]!;
      else if (sum > 0) lower[a + j] = Math.sqrt(sum);
      else throw new RangeError('The matrix is not positive definite.');
    }
  }
  return lower;
}

function invertLower(lower: Float64Array, n: number): Float64Array {
  const out = new Float64Array(n * n);
  for (let i = 0; i < n; i++) {
    const row = i * n;
    for (let k = 0; k < i; k++) {
      const factor = lower[row + k]!;
      if (factor === 0) continue;
      const from = k * n;
      for (let j = 0; j <= k; j++) out[row + j]! -= factor * out[from + j]!;
    }
    const diagonal = lower[row + i]!;
    for (let j = 0; j < i; j++) out[row + j]! /= diagonal;
    out[row + i] = 1 / diagonal;
  }
  return out;
}
