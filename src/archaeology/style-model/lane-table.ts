/** Entries a slot, at most. */
const MAX_LOAD = 0.6;
const SMALLEST = 256;

/**
 * A few int32 numbers (lanes) by a key of two numbers, open addressing in one array. An entry whose lanes are all 0 is
 * dropped by `settle`, so that what was taken back leaves nothing.
 */
export class LaneTable {
  private readonly stride: number;
  private cells: Int32Array;
  private mask = SMALLEST - 1;
  private used = 0;

  /** @param lanes numbers an entry, 1 or more */
  constructor(lanes: number) {
    this.stride = lanes + 2;
    this.cells = new Int32Array(SMALLEST * this.stride);
  }

  get size(): number {
    return this.used;
  }

  get bytes(): number {
    return this.cells.byteLength;
  }

  /** 0 where the key is not held. */
  get(high: number, low: number, lane = 0): number {
    const cell = this.find(high, low);
    return this.cells[cell] === 0 ? 0 : this.cells[cell + 2 + lane]!;
  }

  /** Adds to a lane and gives its new value. `high` is 1 or more. */
  add(high: number, low: number, lane: number, amount: number): number {
    if ((this.used + 1) / (this.mask + 1) > MAX_LOAD) this.grow();
    const cell = this.find(high, low);
    if (this.cells[cell] === 0) {
      this.cells[cell] = high;
      this.cells[cell + 1] = low;
      this.used++;
    }
    this.cells[cell + 2 + lane]! += amount;
    return this.cells[cell + 2 + lane]!;
  }

  /** Drops the entry if all of its lanes are 0. */
  settle(high: number, low: number): void {
    const { cells, mask, stride } = this;
    const found = this.find(high, low);
    if (cells[found] === 0) return;
    for (let lane = 2; lane < stride; lane++) if (cells[found + lane] !== 0) return;
    // Knuth, TAOCP volume 3, section 6.4, algorithm R: close the gap, so that no search ends early
    let gap = found / stride;
    for (let at = (gap + 1) & mask; cells[at * stride] !== 0; at = (at + 1) & mask) {
      const home = this.home(cells[at * stride]!, cells[at * stride + 1]!);
      if (((at - home) & mask) < ((at - gap) & mask)) continue;
      cells.copyWithin(gap * stride, at * stride, (at + 1) * stride);
      gap = at;
    }
    cells.fill(0, gap * stride, (gap + 1) * stride);
    this.used--;
  }

  private home(high: number, low: number): number {
    const mixed = Math.imul(low ^ Math.imul(high, 0x85ebca6b), 0x9e3779b1);
    return (mixed ^ (mixed >>> 15)) & this.mask;
  }

  /** The key's cell, or the empty one where it would stand. */
  private find(high: number, low: number): number {
    const { cells, mask, stride } = this;
    for (let at = this.home(high, low); ; at = (at + 1) & mask) {
      const cell = at * stride;
      if (cells[cell] === 0 || (cells[cell] === high && cells[cell + 1] === low)) return cell;
    }
  }

  private grow(): void {
    const { cells: old, stride } = this;
    this.cells = new Int32Array(old.length * 2);
    this.mask = this.mask * 2 + 1;
    for (let from = 0; from < old.length; from += stride) {
      if (old[from] === 0) continue;
      this.cells.set(old.subarray(from, from + stride), this.find(old[from]!, old[from + 1]!));
    }
  }
}
