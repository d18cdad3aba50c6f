import { STOP_WORDS } from '../stop-words.ts';

const VERBS = 'discuss talk chat speak spoke spoken say said tell told mention converse cover share go went happen';
const TALK: ReadonlySet<string> = new Set(
  `${VERBS} summarize summarise summary recap conversation discussion session chat topic subject`
    .split(' ')
    .flatMap((word) => [word, `${word}s`, `${word}ed`, `${word.replace(/e$/, '')}ing`, `${word}d`]),
);
const FILLER = new Set(
  `since prior anything everything something sort sorts kind kinds thing things stuff please give show list remind remember recall
  let know like us one together happened during around over within for on in at of last this that`.split(/\s+/),
);

/**
 * Whether a question asks for whatever was said, such as "tell me what we discussed", and so for nothing in particular.
 * @param words normalised, unstemmed, without the time and without names. English
 */
export function asksForTalk(words: readonly string[]): boolean {
  return words.some((word) => TALK.has(word)) && words.every(isEmpty);
}

const isEmpty = (word: string) => TALK.has(word) || FILLER.has(word) || STOP_WORDS.has(word);
