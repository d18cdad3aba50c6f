import { words } from '../text/tokenize.ts';

/** From this share of common words on, two texts say the same. */
const SAME = 0.9;

/** Finds texts that say what an earlier one said already: the same words but for case, marks, order and a few. */
export class SeenTexts {
  private readonly seen: Set<string>[] = [];

  /** @returns false, and keeps nothing, if a text that was added says the same */
  add(text: string): boolean {
    const own = new Set(words(text));
    // a text without words, such as an emoji, is compared as it is
    if (own.size === 0) own.add(text.trim());
    if (this.seen.some((other) => likeness(own, other) >= SAME)) return false;
    this.seen.push(own);
    return true;
  }
}

/** Jaccard index: shared words by all words. */
function likeness(a: ReadonlySet<string>, b: ReadonlySet<string>): number {
  if (Math.min(a.size, b.size) < SAME * Math.max(a.size, b.size)) return 0;
  let shared = 0;
  for (const word of a) if (b.has(word)) shared++;
  return shared / (a.size + b.size - shared);
}
