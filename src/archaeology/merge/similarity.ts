import { turnKey } from './turn-key.ts';

/** Texts of fewer words are compared by pairs of characters: one changed word would be all of them. */
const FEW_WORDS = 4;
const MOST_PARTS = 400;

/**
 * Dice's coefficient of two texts, in [0, 1]: over their words, or over pairs of characters where either is short. Pairs
 * of characters of long texts are alike whatever they say.
 */
export function similarity(a: string, b: string): number {
  const [left, right] = [turnKey(a), turnKey(b)];
  const [words, others] = [left.split(' '), right.split(' ')];
  return words.length < FEW_WORDS || others.length < FEW_WORDS
    ? dice(pairs(left), pairs(right))
    : dice(words.slice(0, MOST_PARTS), others.slice(0, MOST_PARTS));
}

function pairs(text: string): string[] {
  return Array.from({ length: Math.min(MOST_PARTS, Math.max(0, text.length - 1)) }, (_, i) => text.slice(i, i + 2));
}

function dice(a: readonly string[], b: readonly string[]): number {
  if (a.length === 0 || b.length === 0) return 0;
  const counts = new Map<string, number>();
  for (const part of a) counts.set(part, (counts.get(part) ?? 0) + 1);
  let shared = 0;
  for (const part of b) {
    const count = counts.get(part) ?? 0;
    if (count === 0) continue;
    counts.set(part, count - 1);
    shared++;
  }
  return (2 * shared) / (a.length + b.length);
}
