import { foldTable, HARD } from './fold-table.ts';

/** Code units of a word that are told apart; what follows is ignored, so that no text can fill the pool with one word. */
export const MAX_WORD_UNITS = 128;
/** A word's number and its length stand before its code units in the pool. */
const HEADER = 3;
const STRIDE = 4;

let fold: Uint16Array | undefined;

/** Words of up to so many code units below 256 are told apart without a look at the pool. */
const SHORT = 8;
const SHORT_MARK = -1;
/** Units that `foldTable` keeps lie below; `HARD` above. */
const WIDEST = 0x7fff;
/** Of a long word, from its code units: FNV-1a, mixed once more at the end. */
const SEED = 0x811c9dc5 | 0;
const PRIME = 0x01000193;

/**
 * Words and their counts. A word's number (1 and up) holds until `sweep` forgets the word; then it may be given again.
 * No string is made for a word that comes again: its code units are written at the pool's end and compared there.
 */
export class TokenTable {
  /** four numbers a word (`place`), by open addressing; number 0: empty */
  private slots = new Int32Array(STRIDE * 1024);
  private mask = 1023;
  /** by number: place in the pool; the next free number, negated, where no word has it */
  private starts = new Int32Array(512);
  private tallies = new Int32Array(512);
  private hashes = new Int32Array(512);
  private lastUnits = new Int32Array(512);
  /** [number low, number high, length, code units …] */
  private pool = new Uint16Array(8192);
  private poolEnd = 0;
  /** the short word packed last */
  private readonly key = new Int32Array(2);
  private top = 0;
  /** head of the list of numbers to be given again, linked through `starts` */
  private free = 0;
  private live = 0;

  /** Words held. */
  get size(): number {
    return this.live;
  }

  /** Numbers ever given reach up to this. */
  get highest(): number {
    return this.top;
  }

  get poolUnits(): number {
    return this.poolEnd;
  }

  get bytes(): number {
    const { slots, starts, tallies, hashes, pool } = this;
    return slots.byteLength + starts.byteLength + tallies.byteLength + 2 * hashes.byteLength + pool.byteLength;
  }

  /** Occurrences counted for each number. */
  get counts(): Int32Array {
    return this.tallies;
  }

  /** The unit that counted each number last. */
  get units(): Int32Array {
    return this.lastUnits;
  }

  /**
   * Makes room, so that the next `words` words of `units` code units in all can be written without a check.
   */
  reserve(words: number, units: number): void {
    const wanted = this.poolEnd + units + words * HEADER + MAX_WORD_UNITS + HEADER;
    if (wanted > this.pool.length) this.pool = wider(this.pool, new Uint16Array(powerOver(wanted)));
    const numbers = Math.max(this.top, this.live + words) + 1;
    if (numbers > this.starts.length) {
      const length = powerOver(numbers);
      this.starts = wider(this.starts, new Int32Array(length));
      this.tallies = wider(this.tallies, new Int32Array(length));
      this.hashes = wider(this.hashes, new Int32Array(length));
      this.lastUnits = wider(this.lastUnits, new Int32Array(length));
    }
    if (numbers * 2 > this.mask) this.rehash(powerOver(numbers * 4));
  }

  /**
   * Cuts `text` from `from` on into words, as `words` does, and writes their numbers to `out` until it is full.
   *
   * @returns where it stopped, or -1 at the first word with a character that `foldTable` leaves to `words`; `cut.length`
   *   says how many were written
   */
  cutPlain(text: string, from: number, out: Int32Array, cut: { length: number }): number {
    fold ??= foldTable();
    const table = fold;
    const end = text.length;
    const { slots, mask } = this;
    let at = from;
    let found = 0;
    while (at < end && found < out.length) {
      const start = at;
      let low = 0;
      let high = 0;
      let wide = 0;
      for (; at < end; at++) {
        const unit = table[text.charCodeAt(at)]!;
        if (unit === 0) break;
        high = (high << 8) | (low >>> 24);
        low = (low << 8) | unit;
        wide |= unit;
      }
      if (wide > WIDEST) return -1;
      const length = at - start;
      at++;
      if (length === 0) continue;
      if (length > SHORT || wide > 255) {
        out[found++] = this.long(text, start, length);
        continue;
      }
      // written out here: a call would put both numbers on the heap
      let cell = (mixed(low, high) & mask) << 2;
      let number = slots[cell + 1]!;
      while (number !== 0 && (slots[cell] !== low || slots[cell + 2] !== high || slots[cell + 3] !== SHORT_MARK)) {
        cell = (cell + STRIDE) & (STRIDE * mask);
        number = slots[cell + 1]!;
      }
      out[found++] = number === 0 ? this.takeShort(text, start, length) : number;
    }
    cut.length = found;
    return Math.min(at, end);
  }

  /** The number of a word that was already cut and folded. */
  intern(word: string): number {
    if (!packed(word).isShort) return this.long(word, 0, word.length);
    const number = this.find(word);
    return number === 0 ? this.takeShort(word, 0, word.length) : number;
  }

  /** The number of a word, 0 where it is not held. */
  find(word: string): number {
    const { low, high, isShort } = packed(word);
    const length = Math.min(word.length, MAX_WORD_UNITS);
    const first = isShort ? low : this.write(word, 0, length);
    const hash = isShort ? mixed(low, high) : first;
    for (let slot = hash & this.mask; ; slot = (slot + 1) & this.mask) {
      const cell = STRIDE * slot;
      const number = this.slots[cell + 1]!;
      if (number === 0) return 0;
      if (this.slots[cell] === first && this.wordOf(number) === word.slice(0, length)) return number;
    }
  }

  /** @returns '' for a number that nothing holds */
  wordOf(number: number): string {
    const start = this.starts[number]!;
    if (!this.holds(number)) return '';
    return String.fromCharCode(...this.pool.subarray(start, start + this.pool[start - 1]!));
  }

  /** Whether a word has this number now. */
  holds(number: number): boolean {
    return this.starts[number]! > 0;
  }

  /** Forgets each word that nothing counts and `kept` does not name. Pool and numbers become free. */
  sweep(kept: Uint8Array): void {
    let end = 0;
    for (let at = 0; at < this.poolEnd; ) {
      const length = this.pool[at + 2]!;
      const number = this.numberAt(at + HEADER);
      const next = at + HEADER + length;
      if (this.tallies[number]! > 0 || kept[number] === 1) {
        this.pool.copyWithin(end, at, next);
        this.starts[number] = end + HEADER;
        end += HEADER + length;
      } else {
        this.starts[number] = -this.free;
        this.tallies[number] = 0;
        this.lastUnits[number] = 0;
        this.free = number;
        this.live--;
      }
      at = next;
    }
    this.poolEnd = end;
    this.rehash(this.mask + 1);
  }

  private numberAt(start: number): number {
    return this.pool[start - 3]! | (this.pool[start - 2]! << 16);
  }

  /** Takes in a word of up to eight code units below 256, which are its key: nothing else is compared. */
  private takeShort(text: string, start: number, length: number): number {
    this.write(text, start, length);
    const hash = this.pack(this.poolEnd + HEADER, length);
    let slot = hash & this.mask;
    while (this.slots[STRIDE * slot + 1] !== 0) slot = (slot + 1) & this.mask;
    return this.take(slot, hash, length, true);
  }

  /** Packs a short word of the pool into `key`. @returns its hash, or 0 if it is not short */
  private pack(start: number, length: number): number {
    const { pool, key } = this;
    if (length > SHORT) return 0;
    let low = 0;
    let high = 0;
    for (let i = start; i < start + length; i++) {
      const unit = pool[i]!;
      if (unit > 255) return 0;
      high = (high << 8) | (low >>> 24);
      low = (low << 8) | unit;
    }
    key[0] = low;
    key[1] = high;
    return mixed(low, high);
  }

  private long(text: string, start: number, fullLength: number): number {
    const { slots, pool, mask } = this;
    const length = Math.min(fullLength, MAX_WORD_UNITS);
    const hash = this.write(text, start, length);
    const room = this.poolEnd + HEADER;
    let slot = hash & mask;
    for (; ; slot = (slot + 1) & mask) {
      const cell = slot << 2;
      const number = slots[cell + 1]!;
      if (number === 0) break;
      if (slots[cell] !== hash || slots[cell + 3] !== length) continue;
      const other = slots[cell + 2]!;
      let i = 0;
      while (i < length && pool[other + i] === pool[room + i]) i++;
      if (i === length) return number;
    }
    return this.take(slot, hash, length, false);
  }

  /** Writes a word's folded units behind the pool's end. @returns the hash of a long word */
  private write(text: string, start: number, length: number): number {
    fold ??= foldTable();
    const room = this.poolEnd + HEADER;
    let hash = SEED;
    for (let i = 0; i < length; i++) {
      const code = text.charCodeAt(start + i);
      const unit = fold[code]!;
      const kept = unit === 0 || unit === HARD ? code : unit;
      this.pool[room + i] = kept;
      hash = Math.imul(hash ^ kept, PRIME);
    }
    return mixed(hash, length);
  }

  /** Takes in the word that was written behind the pool's end. */
  private take(slot: number, hash: number, length: number, isShort: boolean): number {
    const { pool, starts } = this;
    const room = this.poolEnd + HEADER;
    let number = this.free;
    if (number === 0) number = ++this.top;
    else this.free = -starts[number]!;
    starts[number] = room;
    this.hashes[number] = hash;
    pool[room - 3] = number & 0xffff;
    pool[room - 2] = number >>> 16;
    pool[room - 1] = length;
    this.poolEnd = room + length;
    this.live++;
    this.place(slot, number, length, isShort);
    return number;
  }

  private rehash(length: number): void {
    if (length === this.mask + 1) this.slots.fill(0);
    else this.slots = new Int32Array(STRIDE * length);
    this.mask = length - 1;
    for (let at = 0; at < this.poolEnd; at += HEADER + this.pool[at + 2]!) {
      const number = this.numberAt(at + HEADER);
      let slot = this.hashes[number]! & this.mask;
      while (this.slots[STRIDE * slot + 1] !== 0) slot = (slot + 1) & this.mask;
      const length = this.pool[at + 2]!;
      this.place(slot, number, length, this.pack(at + HEADER, length) !== 0);
    }
  }

  /** Short words, just packed: [low, number, high, mark]; others: [hash, number, start, length]. */
  private place(slot: number, number: number, length: number, isShort: boolean): void {
    const cell = STRIDE * slot;
    this.slots[cell] = isShort ? this.key[0]! : this.hashes[number]!;
    this.slots[cell + 1] = number;
    this.slots[cell + 2] = isShort ? this.key[1]! : this.starts[number]!;
    this.slots[cell + 3] = isShort ? SHORT_MARK : length;
  }
}

/** The last eight code units in two numbers, and whether they say the whole word. */
function packed(word: string): { low: number; high: number; isShort: boolean } {
  let [low, high, wide] = [0, 0, 0];
  const length = Math.min(word.length, SHORT + 1);
  for (let i = 0; i < length; i++) {
    const unit = word.charCodeAt(i);
    high = (high << 8) | (low >>> 24);
    low = (low << 8) | unit;
    wide |= unit;
  }
  return { low, high, isShort: length <= SHORT && wide < 256 };
}

/** Never 0. */
function mixed(low: number, high: number): number {
  const both = Math.imul(low ^ Math.imul(high, 0x85ebca6b), 0x9e3779b1);
  return (both ^ (both >>> 15)) | (1 << 31);
}

function powerOver(count: number): number {
  return 2 ** Math.ceil(Math.log2(Math.max(2, count)));
}

function wider<T extends Int32Array | Uint16Array>(from: T, to: T): T {
  to.set(from);
  return to;
}
