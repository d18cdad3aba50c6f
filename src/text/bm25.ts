import { PostingPool } from './posting-pool.ts';

/** Term-count saturation: at 0 a word counts once however often it stands, above 2 repeats count nearly in full. */
export const K1 = 1.2;
/** Length normalisation: 0 none, 1 full. */
export const B = 0.75;

/**
 * Weight of `count` occurrences of a term in a text, before the term's rarity. Between 0 and `K1 + 1`.
 *
 * @param relativeLength length of the text over the mean length
 */
export function saturate(count: number, relativeLength: number): number {
  return (count * (K1 + 1)) / (count + K1 * (1 - B + B * relativeLength));
}

/**
 * Inverted index with exact BM25. Rows are the caller's numbers, small and dense; a text is a list of terms.
 *
 * @see Robertson & Zaragoza 2009, The Probabilistic Relevance Framework; idf in the form that is never negative
 */
export class Bm25Index {
  private readonly terms = new Map<string, number>();
  private readonly pool = new PostingPool();
  private lengths = new Int32Array(64).fill(-1);
  private totalLength = 0;
  private rows = 0;

  /** Texts in the index. */
  get size(): number {
    return this.rows;
  }

  /** Distinct terms that at least one text holds. */
  get termCount(): number {
    return this.terms.size;
  }

  /** Mean number of terms of a text; 1 where there is none, so that it can be divided by. */
  get averageLength(): number {
    return this.totalLength === 0 ? 1 : this.totalLength / this.rows;
  }

  /** Terms of a row's text, repeats included; 0 for an unknown row. */
  lengthOf(row: number): number {
    return Math.max(0, this.lengths[row] ?? 0);
  }

  /** @throws RangeError if the row is taken */
  add(row: number, terms: readonly string[]): void {
    this.reserve(row);
    if (this.lengths[row]! >= 0) throw new RangeError(`Row ${row} is already indexed.`);
    this.lengths[row] = terms.length;
    this.totalLength += terms.length;
    this.rows++;
    for (const term of terms) {
      let list = this.terms.get(term);
      if (list === undefined) {
        list = this.pool.open();
        this.terms.set(term, list);
      }
      this.pool.count(list, row);
    }
  }

  /** Takes a row out. Its terms are not kept by row, so every list is looked at: rare, and linear in the postings. */
  remove(row: number): boolean {
    const length = this.lengths[row] ?? -1;
    if (length < 0) return false;
    this.lengths[row] = -1;
    this.totalLength -= length;
    this.rows--;
    for (const [term, list] of this.terms) {
      if (this.pool.drop(list, row) && this.pool.lengthOf(list) === 0) {
        this.pool.close(list);
        this.terms.delete(term);
      }
    }
    return true;
  }

  /** Texts that hold the term. */
  documentFrequency(term: string): number {
    const list = this.terms.get(term);
    return list === undefined ? 0 : this.pool.lengthOf(list);
  }

  /** Rarity of a term, above 0; highest for a term that no text holds. */
  idf(term: string): number {
    const frequency = this.documentFrequency(term);
    return Math.log(1 + (this.rows - frequency + 0.5) / (frequency + 0.5));
  }

  /** Calls `visit` with each row that holds the term and how often. Order: as added. */
  each(term: string, visit: (row: number, count: number) => void): void {
    const list = this.terms.get(term);
    if (list !== undefined) this.pool.each(list, visit);
  }

  /** Adds each text's BM25 score for the query terms to `out[row]`. A repeated query term counts again. */
  score(terms: readonly string[], out: Float64Array): void {
    const average = this.averageLength;
    for (const term of terms) {
      const idf = this.idf(term);
      this.each(term, (row, count) => {
        out[row]! += idf * saturate(count, this.lengths[row]! / average);
      });
    }
  }

  private reserve(row: number): void {
    if (row < this.lengths.length) return;
    const wider = new Int32Array(Math.max(row + 1, this.lengths.length * 2)).fill(-1);
    wider.set(this.lengths);
    this.lengths = wider;
  }
}
