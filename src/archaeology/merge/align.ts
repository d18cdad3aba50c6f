/** Two rows that may be one message, and what it is worth to take them for one; above 0. */
export interface Candidate {
  a: number;
  b: number;
  worth: number;
}

/**
 * The pairs of most worth in all of which no two cross and no row stands twice: a weighted longest common subsequence
 * over the given pairs alone (Hunt and Szymanski 1977, with weights), in O(m log n) for m pairs.
 * @param candidates in any order
 * @param rowsOfB rows of b are below this
 * @returns in order of both
 */
export function bestChain(candidates: readonly Candidate[], rowsOfB: number): Candidate[] {
  // of one row of a the later b first, so that no pair builds on another of the same row
  const sorted = candidates.toSorted((x, y) => x.a - y.a || y.b - x.b);
  const best = new PrefixMax(rowsOfB);
  const totals = new Float64Array(sorted.length);
  const previous = new Int32Array(sorted.length);
  let top = -1;
  for (const [i, { b, worth }] of sorted.entries()) {
    const before = best.below(b);
    previous[i] = before;
    totals[i] = worth + (before < 0 ? 0 : totals[before]!);
    best.offer(b, i, totals);
    if (top < 0 || totals[i]! > totals[top]!) top = i;
  }
  const chain: Candidate[] = [];
  for (let i = top; i >= 0; i = previous[i]!) chain.push(sorted[i]!);
  return chain.reverse();
}

/** Fenwick tree: which of the offers below a position has the greatest total. */
class PrefixMax {
  private readonly holders: Int32Array;
  private totals: Float64Array = new Float64Array(0);

  constructor(length: number) {
    this.holders = new Int32Array(length + 1).fill(-1);
  }

  /** The holder of the greatest total at positions < `position`; -1: none. */
  below(position: number): number {
    let found = -1;
    for (let i = position; i > 0; i -= i & -i) {
      const holder = this.holders[i]!;
      if (holder >= 0 && (found < 0 || this.totals[holder]! > this.totals[found]!)) found = holder;
    }
    return found;
  }

  offer(position: number, holder: number, totals: Float64Array): void {
    this.totals = totals;
    for (let i = position + 1; i < this.holders.length; i += i & -i) {
      const known = this.holders[i]!;
      if (known < 0 || totals[holder]! > totals[known]!) this.holders[i] = holder;
    }
  }
}
