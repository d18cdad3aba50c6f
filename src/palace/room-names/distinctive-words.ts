import { normalise } from '../../text/normalise.ts';
import { STOP_WORDS } from '../../text/stop-words.ts';
import { surfaces } from '../../text/surface.ts';

export interface DistinctiveWord {
  /** as it is written most often */
  word: string;
  /** numbers of the texts that hold it, ascending */
  texts: number[];
}

/** Texts that a word must stand in: what stands in one is no topic. */
const LEAST_TEXTS = 2;
/** Standard deviations by which a word must be commoner here than elsewhere. */
const LEAST_Z = 1;
/** Weight of the prior, in texts: what is known of a word before a text of either side is read. */
const PRIOR_TEXTS = 4;
const LEAST_LETTERS = 3;
/** Scripts that write a word in a sign or two. */
const DENSE = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}]/u;

/**
 * Words that texts speak of more than others do, the most distinctive first: the log odds of standing in a text, with an
 * informative Dirichlet prior of both sides, over their standard deviation.
 *
 * @param inside the texts to describe
 * @param outside texts to tell them from; may be empty, then the commonest words come first
 * @see Monroe, Colaresi & Quinn 2008, "Fightin' Words", eq. 16 and 22; texts are counted instead of occurrences
 */
export function distinctiveWords(
  inside: readonly string[],
  outside: readonly string[],
  count: number,
): DistinctiveWord[] {
  const here = textsByWord(inside);
  const there = textsByWord(outside);
  const [n, m] = [inside.length, outside.length];
  const scored = [...here].flatMap(([key, { texts, spellings }]) => {
    if (texts.length < LEAST_TEXTS) return [];
    const [a, b] = [texts.length, there.get(key)?.texts.length ?? 0];
    const prior = (PRIOR_TEXTS * (a + b)) / (n + m);
    const odds =
      Math.log((a + prior) / (n + PRIOR_TEXTS - a - prior)) - Math.log((b + prior) / (m + PRIOR_TEXTS - b - prior));
    const z = odds / Math.sqrt(1 / (a + prior) + 1 / (b + prior));
    if (m > 0 && !(z >= LEAST_Z)) return []; // NaN: it stands in every text
    return [{ key, word: commonest(spellings), texts, z: m > 0 ? z : a }];
  });
  // equal ones by the word itself, so that the order is always the same
  scored.sort((x, y) => y.z - x.z || y.texts.length - x.texts.length || (x.key < y.key ? -1 : 1));
  return scored.slice(0, count).map(({ word, texts }) => ({ word, texts }));
}

interface Found {
  texts: number[];
  spellings: Map<string, number>;
}

function textsByWord(texts: readonly string[]): Map<string, Found> {
  const found = new Map<string, Found>();
  texts.forEach((text, i) => {
    for (const { kind, text: piece } of surfaces(text)) {
      if (kind !== 'word') continue;
      const key = normalise(piece);
      if (!isTopical(key)) continue;
      const one: Found = found.get(key) ?? { texts: [], spellings: new Map() };
      found.set(key, one);
      if (one.texts.at(-1) !== i) one.texts.push(i);
      one.spellings.set(piece, (one.spellings.get(piece) ?? 0) + 1);
    }
  });
  return found;
}

const isTopical = (key: string): boolean =>
  (key.length >= LEAST_LETTERS || DENSE.test(key)) && !key.split(/['’ʼ]/).every((part) => STOP_WORDS.has(part));

const commonest = (spellings: ReadonlyMap<string, number>): string =>
  [...spellings].reduce((best, next) =>
    next[1] > best[1] || (next[1] === best[1] && next[0] > best[0]) ? next : best,
  )[0];
