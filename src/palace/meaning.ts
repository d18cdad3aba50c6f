import { type Neighbour, VectorIndex } from '../spatial/vectors.ts';

/** Vectors of messages, an index a model. Numbers of two models never meet in one comparison. */
export class Meaning {
  private readonly indexes = new Map<string, VectorIndex>();
  private readonly module: WebAssembly.Module;

  constructor(module: WebAssembly.Module) {
    this.module = module;
  }

  /** Memory that the vectors hold, bytes. */
  get byteLength(): number {
    return [...this.indexes.values()].reduce((sum, index) => sum + index.byteLength, 0);
  }

  models(): string[] {
    return [...this.indexes.keys()];
  }

  /**
   * Sets a row's vector, replacing that of any model.
   * @throws RangeError if the model's other vectors have another length
   */
  set(row: number, model: string, bytes: Int8Array, scale: number): void {
    let index = this.indexes.get(model);
    if (index === undefined) {
      index = new VectorIndex(this.module, bytes.length);
      this.indexes.set(model, index);
    }
    index.add(row, bytes, scale);
    for (const other of this.indexes.keys()) if (other !== model) this.removeFrom(other, row);
  }

  remove(row: number): void {
    for (const model of this.indexes.keys()) this.removeFrom(model, row);
  }

  /**
   * Sets `out[row]` to how many standard deviations the row's cosine lies above the mean of its own model; NaN where the
   * row has no vector of a model that the query has.
   * @returns the highest cosine itself; 0 where there is none
   * @throws RangeError if a query vector has not its model's length
   */
  score(queries: ReadonlyMap<string, Float32Array>, out: Float64Array): number {
    out.fill(Number.NaN);
    let highest = 0;
    for (const [model, index] of this.indexes) {
      const query = queries.get(model);
      if (query !== undefined) highest = Math.max(highest, standardise(index, query, out));
    }
    return highest;
  }

  /**
   * Sets `out[row]` to how near the row lies to the best answers so far, in standard deviations as in `score`; 0 where
   * nothing can be said. What answers have in common is often not what the question says.
   */
  scoreLike(best: readonly number[], queries: ReadonlyMap<string, Float32Array>, out: Float64Array): void {
    out.fill(0);
    for (const [model, index] of this.indexes) {
      if (!queries.has(model)) continue;
      const sum = new Float32Array(index.dimensions);
      let count = 0;
      for (const row of best) if (index.addTo(row, sum)) count++;
      if (count > 0) standardise(index, sum, out);
    }
  }

  /** Rows of one model by the cosine of their vectors with this one, nearest first, equal ones by row. */
  nearest(model: string, vector: Float32Array, count: number): Neighbour[] {
    const index = this.indexes.get(model);
    return index === undefined || index.dimensions !== vector.length ? [] : index.topK(vector, count);
  }

  /** The row's vector of one model, unit length; null: it has none. */
  vectorOf(row: number, model: string): Float32Array | null {
    const index = this.indexes.get(model);
    if (!index?.has(row)) return null;
    const vector = new Float32Array(index.dimensions);
    index.addTo(row, vector);
    return vector;
  }

  private removeFrom(model: string, row: number): void {
    const index = this.indexes.get(model)!;
    if (index.remove(row) && index.size === 0) this.indexes.delete(model);
  }
}

/**
 * Takes the scan's scores as they are, where `VectorIndex.topK` would score anew what their rounding may have misplaced:
 * here they are one signal among many, and the query has 13 bits a component. With every row scored exactly, the first ten
 * results of all 1,302 development questions were the same, in the same order.
 *
 * @returns the highest score as it was
 */
function standardise(index: VectorIndex, query: Float32Array, out: Float64Array): number {
  const rows = new Int32Array(index.size);
  let count = 0;
  let sum = 0;
  let squares = 0;
  let highest = Number.NEGATIVE_INFINITY;
  index.scan(query, (row, score) => {
    rows[count++] = row;
    out[row] = score;
    sum += score;
    squares += score * score;
    if (score > highest) highest = score;
  });
  const mean = sum / count;
  const deviation = Math.sqrt(Math.max(0, squares / count - mean * mean));
  // all alike, or a single one: none stands out
  const unit = deviation > 1e-6 ? 1 / deviation : 0;
  for (let i = 0; i < count; i++) out[rows[i]!] = (out[rows[i]!]! - mean) * unit;
  return highest;
}
