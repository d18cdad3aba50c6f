import { termsOf, words } from '../text/tokenize.ts';

/** Rarity of a term, above 0. */
export type Rarity = (term: string) => number;

/** A turn's words, ready to be compared: term → weight, scaled so that the squares add up to 1. */
export type TermWeights = ReadonlyMap<string, number>;

/** Terms of a text by rarity and (damped) count. Empty where it has none but stop words. */
export function weighTerms(cut: readonly string[], rarity: Rarity): TermWeights {
  const counts = new Map<string, number>();
  for (const term of termsOf(cut)) counts.set(term, (counts.get(term) ?? 0) + 1);
  return toUnit(new Map([...counts].map(([term, n]) => [term, (1 + Math.log(n)) * rarity(term)])));
}

/** Letter trigrams of a text within its words, each once: they meet where stems differ ("photo", "photographer"). */
export function weighTrigrams(cut: readonly string[]): TermWeights {
  const grams = new Map<string, number>();
  for (const word of cut) {
    if (word.length < 4) continue;
    for (let i = 0; i + 3 <= word.length; i++) grams.set(word.slice(i, i + 3), 1);
  }
  return toUnit(grams);
}

/** Names and numbers of a text in lower case: capitalised words that do not begin a sentence, and runs of digits. */
export function namesOf(text: string): ReadonlySet<string> {
  const found = new Set<string>();
  for (const match of text.matchAll(NAME)) {
    const name = match[1] ?? match[2]!;
    if (!PRONOUN.test(name)) found.add(words(name).join(' '));
  }
  return found;
}

/** Cosine of two weighings, 0 to 1. */
export function overlap(a: TermWeights, b: TermWeights): number {
  const [few, many] = a.size <= b.size ? [a, b] : [b, a];
  let sum = 0;
  for (const [term, weight] of few) sum += weight * (many.get(term) ?? 0);
  return sum;
}

/** Members that both sets hold. */
export function shared(a: ReadonlySet<string>, b: ReadonlySet<string>): number {
  let count = 0;
  for (const member of a) if (b.has(member)) count++;
  return count;
}

const NAME = /(?<=[\p{L}\p{N},;:'’"] ["'“‘(]?)(\p{Lu}[\p{L}\p{M}]+)|(\p{N}+)/gu;
/** "I'm" within a sentence is no name; other words of one letter never match. */
const PRONOUN = /^I$/;

function toUnit(weights: Map<string, number>): TermWeights {
  let squares = 0;
  for (const weight of weights.values()) squares += weight * weight;
  const scale = squares === 0 ? 0 : 1 / Math.sqrt(squares);
  for (const [term, weight] of weights) weights.set(term, weight * scale);
  return weights;
}
