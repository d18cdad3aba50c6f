import { type Bm25Index, saturate } from '../text/bm25.ts';
import type { Neighbours } from './neighbours.ts';

/** Share of a neighbour's words that count for a message: an answer is understood from what came just before it. */
const BEFORE = [0.7, 0.2] as const;
const AFTER = [0.4, 0.1] as const;
const WINDOW = 1 + BEFORE[0] + BEFORE[1] + AFTER[0] + AFTER[1];
/** Messages to either side that make up the stretch of talk around a message. */
const STRETCH = 8;

/** Number per row that grows with the rows. The caller's, so that a search allocates nothing. */
export interface WordScratch {
  /** both all zero between searches */
  counts: Float64Array;
  marks: Int32Array;
}

/** Terms of a query with their rarity. */
export interface WeightedTerm {
  term: string;
  idf: number;
}

/**
 * BM25 of each message together with its neighbours: their words count in part, as in BM25F with a field a neighbour.
 * Adds to `out[row]`.
 */
export function scoreWindows(
  terms: readonly WeightedTerm[],
  words: Bm25Index,
  { previous, next }: Neighbours,
  { counts }: WordScratch,
  out: Float64Array,
): void {
  const touched: number[] = [];
  const average = words.averageLength * WINDOW;
  const give = (row: number, count: number) => {
    if (row < 0) return;
    if (counts[row] === 0) touched.push(row);
    counts[row]! += count;
  };
  for (const { term, idf } of terms) {
    words.each(term, (row, count) => {
      give(row, count);
      const after = next[row]!;
      give(after, BEFORE[0] * count);
      if (after >= 0) give(next[after]!, BEFORE[1] * count);
      const before = previous[row]!;
      give(before, AFTER[0] * count);
      if (before >= 0) give(previous[before]!, AFTER[1] * count);
    });
    for (const row of touched) {
      out[row]! += idf * saturate(counts[row]!, windowLength(row, words, previous, next) / average);
      counts[row] = 0;
    }
    touched.length = 0;
  }
}

function windowLength(row: number, words: Bm25Index, previous: Int32Array, next: Int32Array): number {
  let length = words.lengthOf(row);
  const before = previous[row]!;
  if (before >= 0) length += BEFORE[0] * words.lengthOf(before) + BEFORE[1] * words.lengthOf(previous[before]!);
  const after = next[row]!;
  if (after >= 0) length += AFTER[0] * words.lengthOf(after) + AFTER[1] * words.lengthOf(next[after]!);
  return length;
}

/** Adds to `out[row]` the rarity of every query term that the message itself holds. */
export function scoreOwn(terms: readonly WeightedTerm[], words: Bm25Index, out: Float64Array): void {
  for (const { term, idf } of terms) {
    words.each(term, (row) => {
      out[row]! += idf;
    });
  }
}

/** Adds to `out[row]` the rarity of every query term that the stretch of talk around the message holds. */
export function scoreStretches(
  terms: readonly WeightedTerm[],
  words: Bm25Index,
  { previous, next }: Neighbours,
  { marks }: WordScratch,
  out: Float64Array,
): void {
  let mark = 0;
  const touched: number[] = [];
  for (const { term, idf } of terms) {
    mark++;
    const note = (row: number) => {
      if (marks[row] === mark) return;
      marks[row] = mark;
      out[row]! += idf;
      touched.push(row);
    };
    words.each(term, (row) => {
      note(row);
      let other = previous[row]!;
      for (let i = 0; i < STRETCH && other >= 0; i++, other = previous[other]!) note(other);
      other = next[row]!;
      for (let i = 0; i < STRETCH && other >= 0; i++, other = next[other]!) note(other);
    });
  }
  for (const row of touched) marks[row] = 0;
}
