/** A posting is two numbers: the row and how often the term stands in it. */
const WIDTH = 2;
const FIRST_CAPACITY = 2;
/** Lists and cells there is room for at first. */
const FIRST_LISTS = 64;
const FIRST_CELLS = 512;

/**
 * Many growing lists of (row, count) in one typed array: a JavaScript array a term would cost more in headers than in
 * postings. A list that outgrows its block moves to one of twice the size; the old block is used again.
 */
export class PostingPool {
  private cells = new Int32Array(FIRST_CELLS);
  private end = 0;
  private starts = new Int32Array(FIRST_LISTS);
  private lengths = new Int32Array(FIRST_LISTS);
  private capacities = new Int32Array(FIRST_LISTS);
  private lists = 0;
  private readonly freeLists: number[] = [];
  /** free blocks by capacity, in postings */
  private readonly freeBlocks = new Map<number, number[]>();

  /** A new, empty list. */
  open(): number {
    const list = this.freeLists.pop() ?? this.lists++;
    if (list >= this.starts.length) {
      this.starts = widened(this.starts, list + 1);
      this.lengths = widened(this.lengths, list + 1);
      this.capacities = widened(this.capacities, list + 1);
    }
    this.starts[list] = this.take(FIRST_CAPACITY);
    this.capacities[list] = FIRST_CAPACITY;
    this.lengths[list] = 0;
    return list;
  }

  /** Gives the list's number and block back. */
  close(list: number): void {
    this.give(this.starts[list]!, this.capacities[list]!);
    this.lengths[list] = 0;
    this.freeLists.push(list);
  }

  lengthOf(list: number): number {
    return this.lengths[list]!;
  }

  /** One more occurrence in `row`. Occurrences of a row come one after the other, so only the last posting can be it. */
  count(list: number, row: number): void {
    const length = this.lengths[list]!;
    const last = this.starts[list]! + (length - 1) * WIDTH;
    if (length > 0 && this.cells[last] === row) {
      this.cells[last + 1]!++;
      return;
    }
    if (length === this.capacities[list]!) this.grow(list);
    const at = this.starts[list]! + length * WIDTH;
    this.cells[at] = row;
    this.cells[at + 1] = 1;
    this.lengths[list] = length + 1;
  }

  /** Takes the row's posting out, keeping the order of the others. */
  drop(list: number, row: number): boolean {
    const start = this.starts[list]!;
    const end = start + this.lengths[list]! * WIDTH;
    for (let at = start; at < end; at += WIDTH) {
      if (this.cells[at] !== row) continue;
      this.cells.copyWithin(at, at + WIDTH, end);
      this.lengths[list]!--;
      return true;
    }
    return false;
  }

  each(list: number, visit: (row: number, count: number) => void): void {
    const { cells } = this;
    const start = this.starts[list]!;
    const end = start + this.lengths[list]! * WIDTH;
    for (let at = start; at < end; at += WIDTH) visit(cells[at]!, cells[at + 1]!);
  }

  private grow(list: number): void {
    const from = this.starts[list]!;
    const capacity = this.capacities[list]!;
    const to = this.take(capacity * 2);
    this.cells.copyWithin(to, from, from + capacity * WIDTH);
    this.give(from, capacity);
    this.starts[list] = to;
    this.capacities[list] = capacity * 2;
  }

  private take(capacity: number): number {
    const free = this.freeBlocks.get(capacity)?.pop();
    if (free !== undefined) return free;
    const at = this.end;
    this.end += capacity * WIDTH;
    if (this.end > this.cells.length) this.cells = widened(this.cells, this.end);
    return at;
  }

  private give(at: number, capacity: number): void {
    const blocks = this.freeBlocks.get(capacity);
    if (blocks === undefined) this.freeBlocks.set(capacity, [at]);
    else blocks.push(at);
  }
}

function widened(array: Int32Array<ArrayBuffer>, length: number): Int32Array<ArrayBuffer> {
  const wider = new Int32Array(Math.max(length, array.length * 2));
  wider.set(array);
  return wider;
}
