/** Cells of one entry: key low, key high, count. */
const STRIDE = 3;
const FIRST_SLOTS = 2 ** 14;
/** Below this many slots a table grows by four. */
const SMALL = 2 ** 17;
/** Entries a slot, at most: longer chains cost more than memory saves. */
const MAX_LOAD = 0.6;

/**
 * Counts by key of two int32, open addressing with linear probing in one array. `low` is never 0: it marks an empty slot.
 * An entry whose count fell to 0 keeps its slot until `subtract`.
 */
export class PairTable {
  private cells = new Int32Array(STRIDE * FIRST_SLOTS);
  private mask = FIRST_SLOTS - 1;
  /** a key's home slot is the upper bits of its hash, so that growing writes the new cells in nearly the old order */
  private shift = Math.clz32(FIRST_SLOTS - 1);
  /** by slot: the unit that counted it last; empty until a unit is named */
  private units = new Int32Array(0);
  private used = 0;
  private readonly homes: Int32Array;
  /** keeps the first pass from being optimised away */
  protected touched = 0;

  /** @param batch keys that `incrementAll` takes at once */
  constructor(batch: number) {
    this.homes = new Int32Array(batch);
  }

  /** Entries, those at 0 among them. */
  get size(): number {
    return this.used;
  }

  get bytes(): number {
    return this.cells.byteLength + this.units.byteLength;
  }

  /** Makes room for `count` new entries. */
  reserve(count: number): void {
    let slots = this.mask + 1;
    while (this.used + count > slots * MAX_LOAD) slots *= slots < SMALL ? 4 : 2;
    if (slots > this.mask + 1) this.grow(slots);
  }

  /**
   * One more of each key. Room must have been reserved. With a `unit` other than 0, a key that this unit was the last to
   * count stays as it is.
   *
   * Two passes: the first only touches each key's home slot, so that the memory's delays overlap; in one pass the
   * comparisons, which no processor can guess, would wait for them one by one.
   */
  incrementAll(lows: Int32Array, highs: Int32Array, length: number, unit: number): void {
    if (unit !== 0 && this.units.length === 0) this.units = new Int32Array(this.mask + 1);
    const { cells, units, mask, shift, homes } = this;
    let touched = 0;
    for (let i = 0; i < length; i++) {
      const home = hashOf(lows[i]!, highs[i]!) >>> shift;
      homes[i] = home;
      touched |= cells[home * STRIDE]!;
    }
    this.touched = touched;
    for (let i = 0; i < length; i++) {
      const low = lows[i]!;
      const high = highs[i]!;
      for (let at = homes[i]!; ; at = (at + 1) & mask) {
        const cell = at * STRIDE;
        const key = cells[cell]!;
        if (key === low && cells[cell + 1] === high) {
          if (unit === 0) {
            cells[cell + 2]!++;
          } else if (units[at] !== unit) {
            cells[cell + 2]!++;
            units[at] = unit;
          }
          break;
        }
        if (key === 0) {
          cells[cell] = low;
          cells[cell + 1] = high;
          cells[cell + 2] = 1;
          if (unit !== 0) units[at] = unit;
          this.used++;
          break;
        }
      }
    }
  }

  /** One less, not below 0; nothing where the key is not held. */
  decrement(low: number, high: number): void {
    const cell = this.cellOf(low, high);
    if (cell >= 0 && this.cells[cell + 2]! > 0) this.cells[cell + 2]!--;
  }

  countOf(low: number, high: number): number {
    const cell = this.cellOf(low, high);
    return cell < 0 ? 0 : this.cells[cell + 2]!;
  }

  /** Calls `visit` with each entry above 0, in no given order. */
  each(visit: (low: number, high: number, count: number) => void): void {
    const { cells } = this;
    for (let cell = 0; cell < cells.length; cell += STRIDE) {
      if (cells[cell + 2]! > 0) visit(cells[cell]!, cells[cell + 1]!, cells[cell + 2]!);
    }
  }

  /** Takes `amount` from each count and drops those that reach 0, in place. */
  subtract(amount: number): void {
    const { cells, mask } = this;
    for (let cell = 0; cell < cells.length; cell += STRIDE) {
      if (cells[cell] !== 0) cells[cell + 2]! -= amount;
    }
    let first = 0;
    while (cells[STRIDE * first] !== 0) first++;
    // behind an empty slot no chain is cut by the array's end, so one pass sees each entry
    for (let i = 1; i <= mask + 1; i++) {
      const at = (first + i) & mask;
      while (cells[STRIDE * at] !== 0 && cells[STRIDE * at + 2]! <= 0) this.remove(at);
    }
  }

  private cellOf(low: number, high: number): number {
    const { cells, mask, shift } = this;
    for (let at = hashOf(low, high) >>> shift; cells[STRIDE * at] !== 0; at = (at + 1) & mask) {
      if (cells[STRIDE * at] === low && cells[STRIDE * at + 1] === high) return STRIDE * at;
    }
    return -1;
  }

  /** Closes the gap, so that no search ends early. @see Knuth, TAOCP volume 3, section 6.4, algorithm R */
  private remove(slot: number): void {
    const { cells, units, mask, shift } = this;
    let gap = slot;
    for (let at = (slot + 1) & mask; cells[STRIDE * at] !== 0; at = (at + 1) & mask) {
      const home = hashOf(cells[STRIDE * at]!, cells[STRIDE * at + 1]!) >>> shift;
      if (((at - home) & mask) < ((at - gap) & mask)) continue;
      cells.copyWithin(STRIDE * gap, STRIDE * at, STRIDE * at + STRIDE);
      units[gap] = units[at]!;
      gap = at;
    }
    cells.fill(0, STRIDE * gap, STRIDE * gap + STRIDE);
    this.used--;
  }

  private grow(slots: number): void {
    const old = this.cells;
    const cells = new Int32Array(STRIDE * slots);
    const units = new Int32Array(this.units.length === 0 ? 0 : slots);
    const mask = slots - 1;
    const shift = Math.clz32(mask);
    for (let cell = 0; cell < old.length; cell += STRIDE) {
      if (old[cell] === 0) continue;
      let at = hashOf(old[cell]!, old[cell + 1]!) >>> shift;
      while (cells[STRIDE * at] !== 0) at = (at + 1) & mask;
      cells[STRIDE * at] = old[cell]!;
      cells[STRIDE * at + 1] = old[cell + 1]!;
      cells[STRIDE * at + 2] = old[cell + 2]!;
      units[at] = this.units[cell / STRIDE]!;
    }
    this.cells = cells;
    this.units = units;
    this.mask = mask;
    this.shift = shift;
  }
}

function hashOf(low: number, high: number): number {
  const mixed = Math.imul(low ^ Math.imul(high, 0x85ebca6b), 0x9e3779b1);
  return Math.imul(mixed ^ (mixed >>> 15), 0x2c1b3c6d);
}
