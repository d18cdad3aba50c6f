import { FUNCTION_WORDS } from '../../text/function-words.ts';

/** What is counted by name, a slot each. A change of this list or its order is a new version of the state. */
const NAMES = [
  // what other counts are held against
  ...(['messages', 'sentences', 'words', 'lines', 'letters', 'syllables', 'marks'] as const),
  // of a message
  ...(['messageStartsLower', 'messageEndsPeriod', 'messageEndsExclaim', 'messageEndsQuestion'] as const),
  ...(['messageEndsEmoji', 'messageEndsDots', 'messageEndsBare', 'messageHasQuestion', 'messageHasExclaim'] as const),
  ...(['messageHasEmoji', 'messageHasLaugh', 'messageHasComma', 'messageNoCapital', 'messageTrailingSpace'] as const),
  ...(['messageOneSentence', 'messageMultiLine'] as const),
  // of a sentence
  ...(['sentenceStartsLower', 'sentenceEndsPeriod', 'sentenceEndsExclaim', 'sentenceEndsQuestion'] as const),
  ...(['sentenceEndsDots', 'sentenceEndsBare', 'sentenceHasComma', 'sentenceStartsI'] as const),
  ...(['sentenceStartsConnective'] as const),
  // marks
  ...(['comma', 'period', 'exclaim', 'question', 'dots', 'colon', 'semicolon', 'hyphen', 'dash', 'bracket'] as const),
  ...(['quote', 'slash', 'ampersand', 'asterisk', 'currency', 'otherMark', 'emoji', 'emoticon'] as const),
  ...(['doubleSpace', 'spaceBeforeMark', 'noSpaceAfterMark', 'closings', 'blankLine'] as const),
  // words
  ...(['number', 'link', 'tag', 'allCapitals', 'capitalInside', 'capitalised', 'inSentence', 'elongated'] as const),
  ...(['longWord', 'functionWord'] as const),
  // one of several ways to write the same
  ...(['lowerI', 'anyI', 'curlyApostrophe', 'anyApostrophe', 'bareContraction', 'anyContraction'] as const),
  ...(['expanded', 'anyExpandable', 'exclaimRepeated', 'anyExclaim', 'questionRepeated', 'anyQuestion'] as const),
  ...(['dotsTwo', 'dotsFourUp', 'anyDots', 'curlyQuote', 'anyQuote', 'emojiRepeated', 'shortYou', 'anyYou'] as const),
  ...(['ampersandAnd', 'anyAnd', 'lol', 'haha', 'anyLaugh', 'yeah', 'anyYes', 'hey', 'anyGreeting', 'ok'] as const),
  ...(['anyOk', 'gonna', 'anyGoingTo', 'cuz', 'anyBecause', 'tho', 'anyThough', 'please', 'thanks'] as const),
] as const;
export type CountName = (typeof NAMES)[number];

/** Upper bounds of the length classes, in letters, words and words; the last class has none. */
export const WORD_LENGTHS = [1, 2, 3, 4, 5, 6, 7, 8, 10] as const;
export const SENTENCE_LENGTHS = [2, 4, 7, 10, 14, 19, 26, 40] as const;
export const MESSAGE_LENGTHS = [2, 5, 10, 18, 30, 50, 90] as const;

/** The class of a length of at least 1: the first whose bound is not below it. */
export function lengthClass(bounds: readonly number[], length: number): number {
  let at = 0;
  while (at < bounds.length && length > bounds[at]!) at++;
  return at;
}

export const SLOT = Object.fromEntries(NAMES.map((name, i) => [name, i])) as Readonly<Record<CountName, number>>;
export const WORD_CLASSES = NAMES.length;
export const SENTENCE_CLASSES = WORD_CLASSES + WORD_LENGTHS.length + 1;
export const MESSAGE_CLASSES = SENTENCE_CLASSES + SENTENCE_LENGTHS.length + 1;
export const FUNCTION_CLASSES = MESSAGE_CLASSES + MESSAGE_LENGTHS.length + 1;
/** Counts of a text. */
const TEXT_SLOTS = FUNCTION_CLASSES + FUNCTION_WORDS.length;
/**
 * Messages of at most this many words are counted a second time by themselves: at length people polish, paste and borrow,
 * and write like each other. Anything from 20 to 35 tells authors apart as well.
 */
export const SHORT_MESSAGE = 30;
/** Where the counts of short messages start: slot `SHORT + i` is `i` over them alone. */
export const SHORT = TEXT_SLOTS;
/** How many counts there are. */
export const SLOTS = 2 * TEXT_SLOTS;
