import type { Arena, Vectors } from './arena.ts';
import { quantize } from './quantize.ts';
import { TopK } from './top-k.ts';
import { VectorIndex } from './vectors.ts';

/** Ranks an arena's rows by dot product: exact, as src/gpu-origin/backend.ts defines it. */
export interface VectorScan {
  /** Writes the `k` best rows and their scores, best first, equal scores by row. @returns how many */
  best(query: Float32Array, k: number, rows: Uint32Array, scores: Float64Array): number;
}

/** @param kernel null: every score is computed in float64, which the kernel only does for those that may be among the best */
export function scanVectors({ size, vectors }: Arena, kernel: WebAssembly.Module | null): VectorScan {
  if (vectors === null) throw new RangeError('The arena has no vectors.');
  const isCandidate = kernel === null ? () => null : candidates(vectors, size, kernel);
  return {
    best(query, k, rows, scores) {
      const top = new TopK(Math.min(k, size));
      const chosen = isCandidate(query, k);
      if (chosen) for (const row of chosen) top.push(row, exactScore(vectors, row, query));
      else for (let row = 0; row < size; row++) top.push(row, exactScore(vectors, row, query));
      const ranked = top.ranked();
      ranked.forEach(({ row, score }, i) => {
        rows[i] = row;
        scores[i] = score;
      });
      return ranked.length;
    },
  };
}

/** Sum of query[i] * row[i] by ascending i, in float64; of bytes, then times their scale. */
function exactScore({ dimensions, rows, ...rest }: Vectors, row: number, query: Float32Array): number {
  let sum = 0;
  for (let i = 0, at = row * dimensions; i < dimensions; i++, at++) sum += query[i]! * rows[at]!;
  return rest.kind === 'int8' ? sum * rest.scales[row]! : sum;
}

/** Finds, for a query, the rows that may be among its k best: a scan in SIMD whose error is known. */
function candidates(vectors: Vectors, size: number, kernel: WebAssembly.Module) {
  const { dimensions } = vectors;
  const index = new VectorIndex(kernel, dimensions);
  let widest = 0;
  for (let row = 0; row < size; row++) {
    const { bytes, scale } = rowAsBytes(vectors, row);
    index.add(row, bytes, scale);
    widest = Math.max(widest, Math.abs(scale));
  }
  const approximate = new Float64Array(size);
  return (query: Float32Array, k: number): number[] => {
    const first = new TopK(Math.min(k, size));
    index.scan(query, (row, score) => {
      approximate[row] = score;
      first.push(row, score);
    });
    // half a step of the stored byte for each component of a float32 row; bytes are what they are.
    // The thousandth more covers that scales are float32
    const rounding = vectors.kind === 'float32' ? (widest / 2) * sumOfMagnitudes(query) * (1 + 1e-3) : 0;
    const floor = first.threshold - 2 * (index.errorBound(query) + rounding);
    const found: number[] = [];
    for (let row = 0; row < size; row++) if (approximate[row]! >= floor) found.push(row);
    return found;
  };
}

function rowAsBytes(vectors: Vectors, row: number) {
  const { dimensions, rows } = vectors;
  const [from, to] = [row * dimensions, (row + 1) * dimensions];
  if (vectors.kind === 'float32') return quantize(vectors.rows.subarray(from, to));
  return { bytes: rows.subarray(from, to) as Int8Array, scale: vectors.scales[row]! };
}

function sumOfMagnitudes(query: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < query.length; i++) sum += Math.abs(query[i]!);
  return sum;
}
