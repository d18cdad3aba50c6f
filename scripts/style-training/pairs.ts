import { addCounts } from '../../src/mirror/style/same-author.ts';
import { SLOT, SLOTS } from '../../src/mirror/style/slots.ts';
import { seeded } from '../../src/statistics/seeded.ts';
import type { Writing } from './authors.ts';

export interface Piece {
  author: string;
  counts: Float64Array;
}

export interface Pair {
  a: Float64Array;
  b: Float64Array;
  isSame: boolean;
}

/** Runs of whole messages of at least `words` words, one after the other; what is left over at the end is left out. */
export function piecesOf(writings: readonly Writing[], words: number): Piece[] {
  return writings.flatMap(({ author, counts }) => {
    const pieces: Piece[] = [];
    let current = new Float64Array(SLOTS);
    for (const message of counts) {
      addCounts(current, message, 1);
      if (current[SLOT.words]! < words) continue;
      pieces.push({ author, counts: current });
      current = new Float64Array(SLOTS);
    }
    return pieces;
  });
}

/** Up to `most` pairs of one author and as many of two, a piece of `left` and one of `right`, the same in every run. */
export function pairsOf(left: readonly Piece[], right: readonly Piece[], most: number, seed: number): Pair[] {
  const random = seeded(seed);
  const draw = (pieces: readonly Piece[]) => pieces[Math.floor(random() * pieces.length)]!;
  const byAuthor = Map.groupBy(right, ({ author }) => author);
  const pairs: Pair[] = [];
  for (let i = 0; i < most && left.length > 0 && right.length > 0; i++) {
    const a = draw(left);
    const own = byAuthor.get(a.author);
    if (own !== undefined) pairs.push({ a: a.counts, b: draw(own).counts, isSame: true });
    const b = draw(right);
    if (b.author !== a.author) pairs.push({ a: a.counts, b: b.counts, isSame: false });
  }
  return pairs;
}
