import { words } from '../text/tokenize.ts';

/** Vectors at least this alike, together with equal words, say the same. int8 rounding costs about 0.001. */
const SAME_MEANING = 0.97;
/** "Yes, please" comes again and again and says something else each time. */
const FEWEST_WORDS = 4;
/** Of messages that say the same, this many are compared: the first is the one that counts. */
export const CANDIDATES = 8;

/**
 * A text's words as one key: equal for texts that differ in case, punctuation and spacing only. Null for a text that is
 * too short to be told apart. The order counts: "the dog bit Ana" is not "Ana bit the dog".
 */
export function wordsKey(text: string): string | null {
  const cut = words(text);
  if (cut.length < FEWEST_WORDS) return null;
  // two 32 bit FNV-1a hashes; a collision would still have to agree in meaning
  let [a, b] = [0x811c9dc5, 0x9e3779b9];
  for (const char of cut.join(' ')) {
    const code = char.codePointAt(0)!;
    a = Math.imul(a ^ code, 0x01000193);
    b = Math.imul(b ^ code, 0x01000193) + 0x7f4a7c15;
  }
  return `${cut.length}.${(a >>> 0).toString(36)}.${(b >>> 0).toString(36)}`;
}

/** Whether two messages with equal words say the same. */
export const saysTheSame = (a: SaidVector, b: SaidVector): boolean =>
  a.model === b.model && cosine(a.vector, b.vector) >= SAME_MEANING;

/** Of one model: vectors of two are not compared. */
export interface SaidVector {
  model: string;
  vector: Int8Array;
}

/** Cosine of two int8 vectors of one model; their scales cancel. */
export function cosine(a: Int8Array, b: Int8Array): number {
  let dot = 0;
  let aa = 0;
  let bb = 0;
  for (let i = 0; i < a.length; i++) {
    const x = a[i]!;
    const y = b[i]!;
    dot += x * y;
    aa += x * x;
    bb += y * y;
  }
  return aa === 0 || bb === 0 ? 0 : dot / Math.sqrt(aa * bb);
}
