import { largestMagnitude } from './quantize.ts';
import { TopK } from './top-k.ts';

/** The exports of kernels/vectors.as.ts. */
interface Kernel {
  memory: WebAssembly.Memory;
  dots(query: number, rows: number, count: number, width: number, out: number): void;
}

/** Rows a kernel call: their results stay in the first-level cache. */
const BLOCK = 1024;
const PAGE = 65_536;
/** Components of the int16 query stay below this, so that 2,048 of them times int8 cannot overflow int32. */
const QUERY_MAX = 8_191;
const MAX_DIMENSIONS = 2_048;
/** The kernel takes 16 components at a time. */
const LANES = 16;

export interface Neighbour {
  row: number;
  /** dot product of the float32 query with the stored vector: the cosine, if both have unit length */
  score: number;
}

/**
 * int8 vectors of one model, packed in one WebAssembly memory and scanned with SIMD. Exact: every row is looked at.
 * Rows are the caller's numbers; a slot is a vector's place in the packed memory.
 */
export class VectorIndex {
  readonly dimensions: number;
  private readonly width: number;
  private readonly kernel: Kernel;
  /** byte offsets: int16 query, int32 results of a block, then the packed rows to the end of the memory */
  private readonly queryAt = PAGE / 2;
  private readonly resultsAt: number;
  private readonly rowsAt: number;
  private scales = new Float32Array(256);
  private rowOf = new Int32Array(256);
  private readonly slotOf = new Map<number, number>();

  /** @throws RangeError if `dimensions` is not in 1..2048 */
  constructor(module: WebAssembly.Module, dimensions: number) {
    if (!Number.isInteger(dimensions) || dimensions < 1 || dimensions > MAX_DIMENSIONS) {
      throw new RangeError(`A vector has 1 to ${MAX_DIMENSIONS} dimensions, not ${dimensions}.`);
    }
    this.dimensions = dimensions;
    this.width = Math.ceil(dimensions / LANES) * LANES;
    this.resultsAt = this.queryAt + this.width * 2;
    this.rowsAt = this.resultsAt + BLOCK * 4;
    const instance = new WebAssembly.Instance(module, {
      env: {
        abort() {
          throw new Error('The vector kernel failed.');
        },
      },
    });
    this.kernel = instance.exports as unknown as Kernel;
    this.reserve(0);
  }

  get size(): number {
    return this.slotOf.size;
  }

  /** Memory that is held, bytes. */
  get byteLength(): number {
    return this.kernel.memory.buffer.byteLength;
  }

  has(row: number): boolean {
    return this.slotOf.has(row);
  }

  /**
   * Sets a row's vector, replacing an older one.
   * @throws RangeError if `bytes` has the wrong length
   */
  add(row: number, bytes: Int8Array, scale: number): void {
    if (bytes.length !== this.dimensions) {
      throw new RangeError(`Expected ${this.dimensions} components, got ${bytes.length}.`);
    }
    let slot = this.slotOf.get(row);
    if (slot === undefined) {
      slot = this.size;
      this.reserve(slot + 1);
      this.slotOf.set(row, slot);
      this.rowOf[slot] = row;
    }
    this.scales[slot] = scale;
    // the padding between `dimensions` and `width` is never written, so it stays zero
    this.bytesAt(slot).set(bytes);
  }

  /** The last vector moves into the gap. */
  remove(row: number): boolean {
    const slot = this.slotOf.get(row);
    if (slot === undefined) return false;
    const last = this.size - 1;
    if (slot !== last) {
      this.bytesAt(slot).set(this.bytesAt(last));
      this.scales[slot] = this.scales[last]!;
      this.rowOf[slot] = this.rowOf[last]!;
      this.slotOf.set(this.rowOf[slot]!, slot);
    }
    this.bytesAt(last).fill(0);
    this.slotOf.delete(row);
    return true;
  }

  /** Adds a row's vector to `sum`, [dimensions]. @returns whether there is one */
  addTo(row: number, sum: Float32Array): boolean {
    const slot = this.slotOf.get(row);
    if (slot === undefined) return false;
    const bytes = this.bytesAt(slot);
    const scale = this.scales[slot]!;
    for (let i = 0; i < this.dimensions; i++) sum[i]! += bytes[i]! * scale;
    return true;
  }

  /** Dot product of the query with every vector, each within `errorBound(query)` of exact. Order: arbitrary but stable. */
  scan(query: Float32Array, visit: (row: number, score: number) => void): void {
    const step = this.writeQuery(query);
    const { scales, rowOf, size, width } = this;
    for (let first = 0; first < size; first += BLOCK) {
      const count = Math.min(BLOCK, size - first);
      this.kernel.dots(this.queryAt, this.rowsAt + first * width, count, width, this.resultsAt);
      const results = new Int32Array(this.kernel.memory.buffer, this.resultsAt, count);
      for (let i = 0; i < count; i++) visit(rowOf[first + i]!, results[i]! * step * scales[first + i]!);
    }
  }

  /**
   * The `k` nearest accepted rows, best first, equal scores by row. Two passes: the scan, then every row that the
   * scan's rounding could have misplaced is scored again with the float32 query.
   */
  topK(query: Float32Array, k: number, accept?: (row: number) => boolean): Neighbour[] {
    const first = new TopK(Math.min(k, this.size));
    const scores = new Float64Array(this.size);
    let slot = 0;
    this.scan(query, (row, score) => {
      const taken = accept === undefined || accept(row);
      scores[slot++] = taken ? score : Number.NaN;
      if (taken) first.push(row, score);
    });
    const floor = first.threshold - 2 * this.errorBound(query);
    const best = new TopK(Math.min(k, this.size));
    for (slot = 0; slot < scores.length; slot++) {
      if (scores[slot]! >= floor) best.push(this.rowOf[slot]!, this.exact(query, slot));
    }
    return best.ranked();
  }

  /** Exact score of one row, or undefined where it has no vector. */
  scoreOf(row: number, query: Float32Array): number | undefined {
    const slot = this.slotOf.get(row);
    return slot === undefined ? undefined : this.exact(query, slot);
  }

  private exact(query: Float32Array, slot: number): number {
    const bytes = this.bytesAt(slot);
    let sum = 0;
    for (let i = 0; i < bytes.length; i++) sum += query[i]! * bytes[i]!;
    return sum * this.scales[slot]!;
  }

  /** How far a scanned score may lie from the exact one: half a step of the query times every stored component. */
  errorBound(query: Float32Array): number {
    let scale = 0;
    for (let slot = 0; slot < this.size; slot++) scale = Math.max(scale, Math.abs(this.scales[slot]!));
    const rounding = (largestMagnitude(query) / QUERY_MAX / 2) * 127 * scale * this.dimensions;
    return rounding * (1 + 1e-6);
  }

  /** Makes stored bytes the query of `byteDots`. @param bytes [dimensions] */
  setByteQuery(bytes: Int8Array): void {
    const target = new Int16Array(this.kernel.memory.buffer, this.queryAt, this.width);
    target.fill(0);
    target.set(bytes);
  }

  /**
   * Integer dot products of the byte query with the bytes in the slots from `first` on, at most a block of them: exact. Good
   * until the next call. A slot is a row where rows were added from 0 on and none was removed.
   */
  byteDots(first: number): Int32Array {
    const { width, size } = this;
    const count = Math.min(BLOCK, size - first);
    this.kernel.dots(this.queryAt, this.rowsAt + first * width, count, width, this.resultsAt);
    return new Int32Array(this.kernel.memory.buffer, this.resultsAt, count);
  }

  /** @returns value of one step of the int16 query */
  private writeQuery(query: Float32Array): number {
    if (query.length !== this.dimensions) {
      throw new RangeError(`Expected ${this.dimensions} components, got ${query.length}.`);
    }
    const step = largestMagnitude(query) / QUERY_MAX;
    const target = new Int16Array(this.kernel.memory.buffer, this.queryAt, this.width);
    target.fill(0);
    if (step > 0) for (let i = 0; i < query.length; i++) target[i] = Math.round(query[i]! / step);
    return step;
  }

  private bytesAt(slot: number): Int8Array {
    return new Int8Array(this.kernel.memory.buffer, this.rowsAt + slot * this.width, this.dimensions);
  }

  /** Room for `count` vectors. Memory grows by a quarter at a time, so that adding one by one stays linear. */
  private reserve(count: number): void {
    if (count > this.scales.length) {
      const scales = new Float32Array(this.scales.length * 2);
      scales.set(this.scales);
      this.scales = scales;
      const rowOf = new Int32Array(this.rowOf.length * 2);
      rowOf.set(this.rowOf);
      this.rowOf = rowOf;
    }
    const { memory } = this.kernel;
    const needed = this.rowsAt + count * this.width - memory.buffer.byteLength;
    if (needed <= 0) return;
    memory.grow(Math.ceil(Math.max(needed, memory.buffer.byteLength / 4) / PAGE));
  }
}
