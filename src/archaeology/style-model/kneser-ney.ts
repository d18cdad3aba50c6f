import { LaneTable } from './lane-table.ts';

/** Counts from this up share one discount. */
const TOP_CLASS = 3;
/** Lanes of a context: what follows it in all, and how many different things follow it once, twice, more often. */
const TOTAL = 0;
const CONTEXT_LANES = 1 + TOP_CLASS;
/** Where too few counts are known to estimate discounts: those of a count of 1, 2 and more. */
const USUAL_DISCOUNTS: Discounts = [0, 0.5, 1, 1.5];
/** Bits of a token's number in a key of two. */
const ID_BITS = 20;

/** By count class 0 to 3. */
type Discounts = readonly [0, number, number, number];

/** Largest number of a token. */
export const MAX_TOKEN_ID = 2 ** ID_BITS - 1;

/**
 * Trigram probabilities by modified Kneser-Ney smoothing, interpolated down to a uniform distribution. Exact counts, kept
 * so that each trigram can be taken back again; all cost O(1).
 *
 * The bigram level counts the different words before a pair, the unigram level the different words before a word.
 *
 * @see Chen & Goodman 1999, An empirical study of smoothing techniques for language modeling, section 3
 */
export class KneserNey {
  /** by (ab, c): occurrences */
  private readonly trigrams = new LaneTable(1);
  /** by (b, c): different a before it */
  private readonly bigrams = new LaneTable(1);
  /** by (c, 0): different b before it */
  private readonly unigrams = new LaneTable(1);
  /** by (a, b), (b, 0) and the one empty context */
  private readonly contexts = [
    new LaneTable(CONTEXT_LANES),
    new LaneTable(CONTEXT_LANES),
    new LaneTable(CONTEXT_LANES),
  ] as const;
  /** by level: entries that count 1, 2, 3, 4 */
  private readonly spectrum = [new Int32Array(5), new Int32Array(5), new Int32Array(5)] as const;
  private readonly discounts: [Discounts, Discounts, Discounts] = [USUAL_DISCOUNTS, USUAL_DISCOUNTS, USUAL_DISCOUNTS];
  private stale = true;

  get bytes(): number {
    const { trigrams, bigrams, unigrams, contexts } = this;
    return [trigrams, bigrams, unigrams, ...contexts].reduce((sum, table) => sum + table.bytes, 0);
  }

  /** Adds a trigram (1) or takes it back (-1). Numbers are 1 to `MAX_TOKEN_ID`. */
  apply(a: number, b: number, c: number, sign: 1 | -1): void {
    this.stale = true;
    const [high, low] = triple(a, b, c);
    const count = this.trigrams.add(high, low, 0, sign);
    this.trigrams.settle(high, low);
    this.note(2, a, b, count, sign);
    if (count !== (sign > 0 ? 1 : 0)) return;
    const before = this.bigrams.add(b, c, 0, sign);
    this.bigrams.settle(b, c);
    this.note(1, b, 0, before, sign);
    if (before !== (sign > 0 ? 1 : 0)) return;
    const ways = this.unigrams.add(c, 0, 0, sign);
    this.unigrams.settle(c, 0);
    this.note(0, 1, 0, ways, sign);
  }

  /**
   * P(c | a b). Over `words` equally likely outcomes at the bottom, which hold all that were ever added, it sums to 1.
   */
  probability(a: number, b: number, c: number, words: number): number {
    if (this.stale) this.estimate();
    const [high, low] = triple(a, b, c);
    let p = 1 / words;
    p = this.level(0, 1, 0, this.unigrams.get(c, 0), p);
    p = this.level(1, b, 0, this.bigrams.get(b, c), p);
    return this.level(2, a, b, this.trigrams.get(high, low), p);
  }

  private level(level: 0 | 1 | 2, high: number, low: number, count: number, lower: number): number {
    const context = this.contexts[level];
    const total = context.get(high, low, TOTAL);
    if (total === 0) return lower;
    const discounts = this.discounts[level];
    let held = 0;
    for (let i = 1; i <= TOP_CLASS; i++) held += discounts[i]! * context.get(high, low, i);
    return (count - discounts[Math.min(count, TOP_CLASS)]! + held * lower) / total;
  }

  /** An entry under this context has reached `count` by a step of `sign`. */
  private note(level: 0 | 1 | 2, high: number, low: number, count: number, sign: 1 | -1): void {
    const context = this.contexts[level];
    const spectrum = this.spectrum[level];
    const was = count - sign;
    context.add(high, low, TOTAL, sign);
    if (was > 0) context.add(high, low, Math.min(was, TOP_CLASS), -1);
    if (count > 0) context.add(high, low, Math.min(count, TOP_CLASS), 1);
    context.settle(high, low);
    if (was > 0 && was < 5) spectrum[was]!--;
    if (count > 0 && count < 5) spectrum[count]!++;
  }

  private estimate(): void {
    for (const level of [0, 1, 2] as const) this.discounts[level] = discountsOf(this.spectrum[level]);
    this.stale = false;
  }
}

/** Chen & Goodman's estimates from how many entries count 1 to 4, kept inside (0, count]. */
export function discountsOf(spectrum: ArrayLike<number>): Discounts {
  const [n1, n2, n3, n4] = [spectrum[1]!, spectrum[2]!, spectrum[3]!, spectrum[4]!];
  if (n1 === 0 || n2 === 0 || n3 === 0) return USUAL_DISCOUNTS;
  const y = n1 / (n1 + 2 * n2);
  const inside = (value: number, count: number) => Math.min(count, Math.max(0.05, value));
  return [0, inside(1 - (2 * y * n2) / n1, 1), inside(2 - (3 * y * n3) / n2, 2), inside(3 - (4 * y * n4) / n3, 3)];
}

/** Three numbers of 20 bits in two int32, the first never 0. */
function triple(a: number, b: number, c: number): [high: number, low: number] {
  return [(a << 11) | (b >>> 9), ((b & 0x1ff) << ID_BITS) | c];
}
