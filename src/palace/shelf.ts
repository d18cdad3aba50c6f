import { copied, widerFor } from './columns.ts';
import { ROOM_CAPACITY } from './layouts.ts';
import type { Vec3 } from './model.ts';

/** Places a room holds at first: many rooms never hold more. */
const FIRST_PLACES = 8;

/** What stands in one room, of one model: vectors beside places, for finding the place of the next memory. */
export class Shelf {
  readonly dimensions: number;
  size = 0;
  rows = new Int32Array(FIRST_PLACES);
  /** [size and more, 3], metres */
  positions = new Float32Array(3 * FIRST_PLACES);
  private vectors: Int8Array;
  private scales = new Float32Array(FIRST_PLACES);
  private readonly sum: Float64Array;

  constructor(dimensions: number) {
    this.dimensions = dimensions;
    this.vectors = new Int8Array(FIRST_PLACES * dimensions);
    this.sum = new Float64Array(dimensions);
  }

  /** @throws RangeError if the room is full */
  add(row: number, bytes: Int8Array, scale: number, position: Vec3): void {
    if (this.size === ROOM_CAPACITY) throw new RangeError('The room is full.');
    const at = this.size++;
    this.reserve(at);
    this.rows[at] = row;
    this.scales[at] = scale;
    this.positions.set(position, 3 * at);
    this.vectors.set(bytes, at * this.dimensions);
    for (let i = 0; i < this.dimensions; i++) this.sum[i]! += bytes[i]! * scale;
  }

  /** False if it does not stand here. */
  remove(row: number): boolean {
    const at = this.rows.subarray(0, this.size).indexOf(row);
    if (at < 0) return false;
    const { dimensions, vectors } = this;
    for (let i = 0; i < dimensions; i++) this.sum[i]! -= vectors[at * dimensions + i]! * this.scales[at]!;
    const last = --this.size;
    this.rows[at] = this.rows[last]!;
    this.scales[at] = this.scales[last]!;
    this.positions.copyWithin(3 * at, 3 * last, 3 * last + 3);
    vectors.copyWithin(at * dimensions, last * dimensions, (last + 1) * dimensions);
    return true;
  }

  /** Cosines of a unit vector with all that stand here: `[size]`. */
  cosines(vector: Float32Array): Float32Array {
    const { dimensions, vectors, scales } = this;
    const out = new Float32Array(this.size);
    for (let row = 0; row < this.size; row++) {
      let sum = 0;
      for (let i = 0, at = row * dimensions; i < dimensions; i++, at++) sum += vector[i]! * vectors[at]!;
      out[row] = sum * scales[row]!;
    }
    return out;
  }

  /** How well a unit vector fits to what stands here: its cosine with the mean; 0 in an empty room. */
  fit(vector: Float32Array): number {
    let [along, squares] = [0, 0];
    for (let i = 0; i < this.dimensions; i++) {
      const component = this.sum[i]!;
      along += component * vector[i]!;
      squares += component * component;
    }
    return squares > 0 ? along / Math.sqrt(squares) : 0;
  }

  private reserve(place: number): void {
    const held = this.rows.length;
    if (place < held) return;
    const wider = Math.min(ROOM_CAPACITY, widerFor(place, held));
    this.rows = copied(new Int32Array(wider), this.rows);
    this.positions = copied(new Float32Array(3 * wider), this.positions);
    this.vectors = copied(new Int8Array(wider * this.dimensions), this.vectors);
    this.scales = copied(new Float32Array(wider), this.scales);
  }
}
