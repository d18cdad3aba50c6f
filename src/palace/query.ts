import { STOP_WORDS } from '../text/stop-words.ts';
import { findTime } from '../text/time/find-time.ts';
import type { FoundTime, Now } from '../text/time/mention.ts';
import { asksForTalk } from '../text/time/talk.ts';
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
  time: FoundTime | null;
  /** asks for whatever was said at that time, as in "what did we discuss last Friday" */
  isOnlyTime: boolean;
}

/** @param nicknames the speaker whom a word calls in talk, though it is no part of the name */
export function parseQuery(
  text: string,
  now: Now,
  speakers: Interner,
  nicknames: (word: string) => number | undefined,
): ParsedQuery {
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
  for (const word of present) {
    const id = names.has(word) || !canName(word) ? undefined : nicknames(word);
    if (id === undefined) continue;
    named.add(id);
    names.add(word);
  }
  const terms = [...new Set(termsOf(cut.filter((word) => !names.has(word))))];
  const time = findTime(text, now);
  const isOnlyTime = time !== null && asksForTalk(words(time.rest).filter((word) => !names.has(word)));
  return { terms, speakers: named, asksTime: asksTime(text), time, isOnlyTime };
}

/** An initial or a word such as "Will" names nobody by itself. */
const canName = (word: string) => !STOP_WORDS.has(word) && (word.length > 1 || word > '\u007f');
