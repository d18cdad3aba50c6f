import { type TimeMention, timeMention } from '../text/dates.ts';
import { STOP_WORDS } from '../text/stop-words.ts';
import { asksTime } from '../text/time-words.ts';
import { termsOf, words } from '../text/tokenize.ts';
import type { Interner } from './interner.ts';

/** What a query's text says, apart from its meaning. */
export interface ParsedQuery {
  /** distinct; without the names of speakers, which say who and not what */
  terms: string[];
  /** speakers that the query names */
  speakers: ReadonlySet<number>;
  asksTime: boolean;
  time: TimeMention | null;
}

/** @param referenceDate what "yesterday" counts from, epoch ms */
export function parseQuery(text: string, referenceDate: number, speakers: Interner): ParsedQuery {
  const cut = words(text);
  const present = new Set(cut);
  const named = new Set<number>();
  const names = new Set<string>();
  for (const [speaker, id] of speakers.entries()) {
    for (const word of words(speaker)) {
      if (!present.has(word) || !canName(word)) continue;
      named.add(id);
      names.add(word);
    }
  }
  const terms = [...new Set(termsOf(cut.filter((word) => !names.has(word))))];
  return { terms, speakers: named, asksTime: asksTime(text), time: timeMention(text, referenceDate) };
}

/** An initial or a word such as "Will" names nobody by itself. */
const canName = (word: string) => !STOP_WORDS.has(word) && (word.length > 1 || word > '\u007f');
