import { stemmer } from 'stemmer';
import { isAscii, normalise } from './normalise.ts';
import { STOP_WORDS } from './stop-words.ts';

/** Letters, digits and the marks that belong to them; or one pictograph. An apostrophe ends a word. */
const WORD = /[\p{L}\p{N}\p{M}]+|\p{Extended_Pictographic}/gu;
const ASCII_WORD = /[a-z0-9]+/g;
const LATIN = /^[a-z]+$/;
/** Scripts written without spaces, or (Hangul) with particles glued to the noun: matched by pairs of characters. */
const CJK = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\u30fc]+/gu;
/** Scripts without spaces whose words only a dictionary can find. */
const DICTIONARY = /[\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}]/u;
const SPECIAL =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}]/u;

/** Stems are asked for again and again; past this many the memo starts afresh. */
const STEM_MEMO = 20_000;
const stems = new Map<string, string>();
let segmenter: Intl.Segmenter | undefined;

/** The stem of one normalised word: Porter's for plain Latin letters, the word itself otherwise. */
function stem(word: string): string {
  const known = stems.get(word);
  if (known !== undefined) return known;
  if (stems.size >= STEM_MEMO) stems.clear();
  const found = word.length > 2 && LATIN.test(word) ? stemmer(word) : word;
  stems.set(word, found);
  return found;
}

/**
 * Words of a text in order, normalised, unstemmed, stop words included. Runs of Han, kana and Hangul become their
 * characters and overlapping pairs; Thai, Lao, Khmer and Burmese are cut by `Intl.Segmenter`.
 */
export function words(text: string): string[] {
  const plain = normalise(text);
  if (isAscii(plain)) return plain.match(ASCII_WORD) ?? [];
  const runs = plain.match(WORD) ?? [];
  if (!SPECIAL.test(plain)) return runs;
  const out: string[] = [];
  for (const run of runs) pushRun(out, run);
  return out;
}

/** Terms a text is indexed and searched by: its words without stop words, stemmed. Repeats stay. */
export const tokenize = (text: string): string[] => termsOf(words(text));

/** The terms of words that were already cut. */
export function termsOf(cut: readonly string[]): string[] {
  const out: string[] = [];
  for (const word of cut) if (!STOP_WORDS.has(word)) out.push(stem(word));
  return out;
}

/** Cuts one run of letters at the borders of CJK stretches. */
function pushRun(out: string[], run: string): void {
  let end = 0;
  for (const stretch of run.matchAll(CJK)) {
    pushSpaced(out, run.slice(end, stretch.index));
    pushPairs(out, [...stretch[0]]);
    end = stretch.index + stretch[0].length;
  }
  pushSpaced(out, run.slice(end));
}

function pushSpaced(out: string[], run: string): void {
  if (run === '') return;
  if (!DICTIONARY.test(run)) {
    out.push(run);
    return;
  }
  segmenter ??= new Intl.Segmenter('th', { granularity: 'word' });
  for (const { segment } of segmenter.segment(run)) out.push(segment);
}

/** Single characters as well as pairs: a query of one character must find the words that hold it. */
function pushPairs(out: string[], characters: string[]): void {
  for (let i = 0; i < characters.length; i++) {
    const character = characters[i]!;
    out.push(character);
    const next = characters[i + 1];
    if (next !== undefined) out.push(character + next);
  }
}
