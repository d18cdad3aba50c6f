import type { Arena, Vectors } from '../arena.ts';
import { quantize } from '../quantize.ts';
import { VectorIndex } from '../vectors.ts';
import { NO_ROW } from './neighbour-graph.ts';

/** The nearest of some rows, row-major [rows asked, k], as a NeighbourGraph holds them. */
export interface RowNeighbours {
  rows: Uint32Array;
  distances: Float32Array;
}

/** Finds the neighbours of rows of one arena: all others are looked at. */
export class NeighbourFinder {
  private readonly arena: Arena;
  private readonly vectors: Vectors;
  private readonly index: VectorIndex | null;
  private readonly bytes: Int8Array;
  private readonly scales: Float32Array;
  /** by row: how far a float32 row lies from its bytes, summed over components; 0 for bytes */
  private readonly reach: Float64Array;
  private readonly scores: Float64Array;

  /** @param kernel the compiled .build/vectors.wasm; null: JavaScript does its work, with the same answers */
  constructor(arena: Arena, kernel: WebAssembly.Module | null) {
    const { vectors, size } = arena;
    if (vectors === null) throw new RangeError('The arena has no vectors.');
    this.arena = arena;
    this.vectors = vectors;
    this.index = kernel && new VectorIndex(kernel, vectors.dimensions);
    this.reach = new Float64Array(size);
    this.scores = new Float64Array(size);
    [this.bytes, this.scales] =
      vectors.kind === 'int8' ? [vectors.rows, vectors.scales] : this.rounded(vectors.rows, vectors.dimensions);
    for (let row = 0; row < size; row++) this.index?.add(row, this.bytesOf(row), this.scales[row]!);
  }

  /** @param k 1..64 */
  find(from: number, to: number, k: number): RowNeighbours {
    const rows = new Uint32Array((to - from) * k).fill(NO_ROW);
    const distances = new Float32Array((to - from) * k);
    const best = new BestRows(k);
    for (let row = from; row < to; row++) {
      best.clear();
      this.score(row);
      if (this.vectors.kind === 'int8') this.takeAll(row, best);
      else this.takeCandidates(row, k, best);
      for (let i = 0; i < best.count; i++) {
        rows[(row - from) * k + i] = best.rows[i]!;
        distances[(row - from) * k + i] = Math.max(0, 1 - best.scores[i]!);
      }
    }
    return { rows, distances };
  }

  /** Dot products of a row with all rows; of float32 rows, near ones. */
  private score(row: number): void {
    const { index, scales, scores } = this;
    const scale = scales[row]!;
    index?.setByteQuery(this.bytesOf(row));
    for (let first = 0; first < scores.length; ) {
      const dots = index ? index.byteDots(first) : this.plainDots(row);
      // the lower row's scale first: a pair has one score, whichever of the two asks
      const lower = Math.min(dots.length, Math.max(0, row - first));
      for (let i = 0; i < lower; i++) scores[first + i] = dots[i]! * scales[first + i]! * scale;
      for (let i = lower; i < dots.length; i++) scores[first + i] = dots[i]! * scale * scales[first + i]!;
      first += dots.length;
    }
  }

  private plainDots(row: number): Int32Array {
    const { bytes, vectors, scores } = this;
    const { dimensions } = vectors;
    const from = row * dimensions;
    return Int32Array.from(scores, (_, other) => {
      let sum = 0;
      for (let i = 0, at = other * dimensions; i < dimensions; i++, at++) sum += bytes[from + i]! * bytes[at]!;
      return sum;
    });
  }

  private takeAll(row: number, best: BestRows): void {
    const { scores } = this;
    for (let other = 0; other < scores.length; other++) {
      if (scores[other]! > best.floor && other !== row) best.take(other, scores[other]!);
    }
  }

  /** Those whose score may be among the best are scored again, in float64. */
  private takeCandidates(row: number, k: number, best: BestRows): void {
    const { scores, reach } = this;
    const first = new BestRows(k);
    let farthest = 0;
    for (let other = 0; other < scores.length; other++) {
      farthest = Math.max(farthest, reach[other]!);
      if (scores[other]! > first.floor && other !== row) first.take(other, scores[other]!);
    }
    // |ab - a'b'| <= |a - a'| |b'| + |a| |b - b'|, as lengths
    const slack = reach[row]! * MOST_LENGTH + (farthest + reach[row]!) * MOST_LENGTH;
    for (let other = 0; other < scores.length; other++) {
      if (other === row || scores[other]! < first.floor - 2 * slack) continue;
      const score = this.exact(Math.min(row, other), Math.max(row, other));
      if (score > best.floor) best.take(other, score);
    }
  }

  private exact(a: number, b: number): number {
    const { dimensions, rows } = this.vectors;
    let sum = 0;
    for (let i = 0; i < dimensions; i++) sum += rows[a * dimensions + i]! * rows[b * dimensions + i]!;
    return sum;
  }

  private rounded(rows: Float32Array, dimensions: number): [Int8Array, Float32Array] {
    const [bytes, scales] = [new Int8Array(rows.length), new Float32Array(this.arena.size)];
    for (let row = 0; row < scales.length; row++) {
      const vector = rows.subarray(row * dimensions, (row + 1) * dimensions);
      const { bytes: one, scale } = quantize(vector);
      bytes.set(one, row * dimensions);
      scales[row] = scale;
      let squares = 0;
      for (let i = 0; i < dimensions; i++) squares += (vector[i]! - one[i]! * scale) ** 2;
      this.reach[row] = Math.sqrt(squares) * (1 + 1e-6);
    }
    return [bytes, scales];
  }

  private bytesOf(row: number): Int8Array {
    const { dimensions } = this.vectors;
    return this.bytes.subarray(row * dimensions, (row + 1) * dimensions);
  }
}

/** Of a float32 row, and a little more for its rounded copy. */
const MOST_LENGTH = 4.1;

/** The k best of rows that come in ascending order: equal scores stay by row. */
class BestRows {
  readonly rows: Uint32Array;
  readonly scores: Float64Array;
  count = 0;
  /** a score must be greater to get in */
  floor = -Infinity;

  constructor(k: number) {
    this.rows = new Uint32Array(k);
    this.scores = new Float64Array(k);
  }

  clear(): void {
    this.count = 0;
    this.floor = -Infinity;
  }

  take(row: number, score: number): void {
    const { rows, scores } = this;
    let at = this.count < rows.length ? this.count++ : rows.length - 1;
    for (; at > 0 && scores[at - 1]! < score; at--) {
      scores[at] = scores[at - 1]!;
      rows[at] = rows[at - 1]!;
    }
    scores[at] = score;
    rows[at] = row;
    if (this.count === rows.length) this.floor = scores[this.count - 1]!;
  }
}
