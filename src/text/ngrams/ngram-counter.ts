import { words } from '../tokenize.ts';
import { PairTable } from './pair-table.ts';
import { MAX_WORD_UNITS, TokenTable } from './token-table.ts';

export type NgramOrder = 1 | 2 | 3;

/** Words that are counted between two looks at the space left. */
const PIECE = 1024;
/** Pairs and triples gathered before they are counted: enough for the memory's delays to overlap (`PairTable.incrementAll`). */
const BATCH = 512;
const MOST_PENDING = BATCH + 2 * PIECE;
/** Bits of a word's number inside a key: three of them, in two int32. */
const NUMBER_BITS = 21;
/** Numbers above this do not fit a key. */
const MAX_WORDS = 2 ** NUMBER_BITS - 2 * PIECE;
/** The most that one purge subtracts: the histogram's length. */
const MAX_CUT = 1024;
/** Of each word in the pool, beside its text. */
const HEADER_UNITS = 3;
/** Code units of text a counter, at most: past them words are forgotten as well. */
const UNITS_A_COUNTER = 8;
const DEFAULT_COUNTERS = 2 ** 18;

/**
 * Counts the 1-, 2- and 3-grams of a stream of messages in bounded memory. No n-gram spans two messages.
 *
 * Exact until more than `maxCounters` n-grams are distinct. Then the median count (at most 1,024) is taken from all, and
 * those that reach 0 are dropped: each true count lies in `[count, count + error]`. Half of the counters, at least
 * `(maxCounters - 4 PIECE) / 2`, lose as much as `error` grows by, so `error <= 2 added / (maxCounters - 4 PIECE)`
 * where memory for the words themselves does not run out first (then `error` grows faster, and still holds).
 *
 * Plain JavaScript: the counting loop in AssemblyScript was measured 1.1 times as fast, without the copying of
 * text into its memory (2026-11-22, Node 24).
 *
 * @see Anderson et al. 2017, A High-Performance Algorithm for Identifying Frequent Items in Data Streams
 *   (arXiv:1705.07001): Misra-Gries with purges by the median, which is taken exactly here
 */
export class NgramCounter {
  private readonly maxCounters: number;
  private readonly maxOrder: NgramOrder;
  private readonly table = new TokenTable();
  private readonly pairs = new PairTable(MOST_PENDING);
  private readonly numbers = new Int32Array(PIECE);
  /** keys of pairs and triples that are not yet counted */
  private readonly lows = new Int32Array(MOST_PENDING);
  private readonly highs = new Int32Array(MOST_PENDING);
  private pending = 0;
  private readonly cut = { length: 0 };
  /** words before the piece, so that n-grams span pieces; 0: none */
  private last = 0;
  private lastButOne = 0;
  private offset = 0;
  /** 0: each occurrence counts */
  private unit = 0;
  private occurrences = 0;

  /**
   * @param maxCounters distinct n-grams held, 8,192 to 2^22
   * @param expected distinct n-grams to make room for at once, where the length of the stream is known (a message of chat
   *   brings about 10); beyond, tables grow
   * @throws RangeError if `maxCounters` is out of range
   */
  constructor({ maxCounters = DEFAULT_COUNTERS, maxOrder = 3 as NgramOrder, expected = 0 } = {}) {
    if (!(maxCounters >= 8192 && maxCounters <= 2 ** 22)) {
      throw new RangeError(`An n-gram counter holds 8,192 to 4,194,304 n-grams, not ${maxCounters}.`);
    }
    this.maxCounters = maxCounters;
    this.maxOrder = maxOrder;
    this.pairs.reserve(Math.min(expected, maxCounters));
  }

  /** What a count may be short of the truth; 0: all counts are exact. */
  get error(): number {
    return this.offset;
  }

  /** n-grams that were added, repeats counted, whether or not they were taken back. */
  get added(): number {
    return this.occurrences;
  }

  /** Distinct n-grams held. */
  get size(): number {
    this.flush();
    return this.table.size + this.pairs.size;
  }

  /** Bytes of all tables. */
  get bytes(): number {
    return this.table.bytes + this.pairs.bytes + this.numbers.byteLength;
  }

  /** Counts a message, in time linear in its length. */
  add(text: string): void {
    this.enter(0);
    this.run(text, 1);
  }

  /**
   * Counts each n-gram of a message once at most for one unit (a message, a day): then counts are units that hold it.
   * The messages of a unit come one after another. What was counted so cannot be taken back.
   *
   * @param unit 1 or more
   */
  addOnce(text: string, unit: number): void {
    this.enter(unit);
    this.run(text, 1);
  }

  /** Takes a message back that was added; in any order. */
  remove(text: string): void {
    this.flush();
    this.run(text, -1);
  }

  /** How often the words stood in this order, short by `error` at most. Words as `words` cuts them, 1 to 3. */
  count(gram: readonly string[]): number {
    this.flush();
    const numbers = gram.map((word) => this.table.find(word));
    if (numbers.includes(0)) return 0;
    if (numbers.length === 1) return this.table.counts[numbers[0]!]!;
    const [a, b, c] = numbers.length === 2 ? [0, ...numbers] : numbers;
    return this.pairs.countOf(lowKey(b!, c!), highKey(a!, b!));
  }

  /** Calls `visit` with each n-gram of one order that counts `least` or more, in no given order. */
  each(order: NgramOrder, visit: (gram: string[], count: number) => void, least = 1): void {
    if (order === 1) {
      for (let number = 1; number <= this.table.highest; number++) {
        const count = this.table.counts[number]!;
        if (count >= Math.max(1, least)) visit([this.table.wordOf(number)], count);
      }
      return;
    }
    this.flush();
    this.pairs.each((low, high, count) => {
      const a = high >>> (NUMBER_BITS - 11);
      if ((order === 3) !== a > 0 || count < least) return;
      const b = ((high & 0x3ff) << 11) | (low >>> NUMBER_BITS);
      const gram = [this.table.wordOf(b), this.table.wordOf(low & (2 ** NUMBER_BITS - 1))];
      visit(a > 0 ? [this.table.wordOf(a), ...gram] : gram, count);
    });
  }

  /** What is pending belongs to the unit before. */
  private enter(unit: number): void {
    if (unit !== this.unit) this.flush();
    this.unit = unit;
  }

  private flush(): void {
    if (this.pending === 0) return;
    this.pairs.reserve(this.pending);
    this.pairs.incrementAll(this.lows, this.highs, this.pending, this.unit);
    this.pending = 0;
  }

  private run(text: string, sign: 1 | -1): void {
    this.last = 0;
    this.lastButOne = 0;
    for (let at = 0; at < text.length; ) {
      this.makeRoom(Math.min(PIECE, (text.length - at + 1) >> 1), Math.min(text.length - at, PIECE * MAX_WORD_UNITS));
      const next = this.table.cutPlain(text, at, this.numbers, this.cut);
      if (next < 0) {
        this.runWords(at === 0 ? words(text) : words(text.slice(at)), sign);
        return;
      }
      this.tally(this.cut.length, sign);
      at = next;
    }
  }

  private runWords(cut: readonly string[], sign: 1 | -1): void {
    for (let from = 0; from < cut.length; from += PIECE) {
      const piece = cut.slice(from, from + PIECE);
      this.makeRoom(
        piece.length,
        piece.reduce((sum, word) => sum + word.length, 0),
      );
      for (let i = 0; i < piece.length; i++) this.numbers[i] = this.table.intern(piece[i]!);
      this.tally(piece.length, sign);
    }
  }

  private tally(length: number, sign: 1 | -1): void {
    if (sign < 0) {
      this.takeBack(length);
      return;
    }
    const { numbers, lows, highs, maxOrder, unit } = this;
    const { counts, units } = this.table;
    let [a, b, keys] = [this.lastButOne, this.last, this.pending];
    for (let i = 0; i < length; i++) {
      const c = numbers[i]!;
      if (unit === 0) {
        counts[c]!++;
      } else if (units[c] !== unit) {
        counts[c]!++;
        units[c] = unit;
      }
      if (b > 0 && maxOrder > 1) {
        const low = lowKey(b, c);
        lows[keys] = low;
        highs[keys++] = highKey(0, b);
        if (a > 0 && maxOrder > 2) {
          lows[keys] = low;
          highs[keys++] = highKey(a, b);
        }
      }
      a = b;
      b = c;
    }
    this.pending = keys;
    if (keys >= BATCH) this.flush();
    this.lastButOne = a;
    this.last = b;
    this.occurrences += length * maxOrder;
  }

  private takeBack(length: number): void {
    const { numbers, pairs, maxOrder } = this;
    const counts = this.table.counts;
    let [a, b] = [this.lastButOne, this.last];
    for (let i = 0; i < length; i++) {
      const c = numbers[i]!;
      if (counts[c]! > 0) counts[c]!--;
      if (b > 0 && maxOrder > 1) pairs.decrement(lowKey(b, c), highKey(0, b));
      if (a > 0 && maxOrder > 2) pairs.decrement(lowKey(b, c), highKey(a, b));
      a = b;
      b = c;
    }
    this.lastButOne = a;
    this.last = b;
  }

  /** Room for a piece: everything it can bring is reserved, so that the loops need no check. */
  private makeRoom(piece: number, units: number): void {
    while (!this.fits(piece, units)) this.purge();
    this.table.reserve(piece, units);
  }

  private fits(piece: number, units: number): boolean {
    const { table, pairs, maxCounters } = this;
    const maxUnits = Math.max(UNITS_A_COUNTER * maxCounters, 4 * PIECE * MAX_WORD_UNITS);
    return (
      table.size + pairs.size + this.pending + this.maxOrder * piece <= maxCounters &&
      table.size + piece <= MAX_WORDS &&
      table.poolUnits + units + HEADER_UNITS * piece <= maxUnits
    );
  }

  private purge(): void {
    this.flush();
    const { table, pairs } = this;
    const amount = this.median();
    const counts = table.counts;
    for (let number = 1; number <= table.highest; number++) counts[number] = Math.max(0, counts[number]! - amount);
    pairs.subtract(amount);
    const kept = new Uint8Array(table.highest + 1);
    kept[this.last] = 1;
    kept[this.lastButOne] = 1;
    pairs.each((low, high) => {
      kept[high >>> (NUMBER_BITS - 11)] = 1;
      kept[((high & 0x3ff) << 11) | (low >>> NUMBER_BITS)] = 1;
      kept[low & (2 ** NUMBER_BITS - 1)] = 1;
    });
    table.sweep(kept);
    this.offset += amount;
  }

  /** Of all counts, at most `MAX_CUT`. 0 where most were taken back: then forgetting them costs no accuracy. */
  private median(): number {
    const { table, pairs } = this;
    const histogram = new Int32Array(MAX_CUT + 1);
    let positive = 0;
    const note = (count: number) => {
      histogram[Math.min(count, MAX_CUT)]!++;
      positive++;
    };
    for (let number = 1; number <= table.highest; number++) {
      if (table.counts[number]! > 0) note(table.counts[number]!);
    }
    pairs.each((_low, _high, count) => note(count));
    let below = this.size - positive;
    let median = 0;
    while (2 * below < this.size && median < MAX_CUT) below += histogram[++median]!;
    return median;
  }
}

const lowKey = (b: number, c: number) => c | (b << NUMBER_BITS);
const highKey = (a: number, b: number) => (b >>> 11) | (a << (NUMBER_BITS - 11));
