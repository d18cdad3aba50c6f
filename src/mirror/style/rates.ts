import { FUNCTION_WORDS } from '../../text/function-words.ts';
import {
  type CountName,
  FUNCTION_CLASSES,
  MESSAGE_CLASSES,
  MESSAGE_LENGTHS,
  SENTENCE_CLASSES,
  SENTENCE_LENGTHS,
  SLOT,
  WORD_CLASSES,
  WORD_LENGTHS,
} from './slots.ts';

/** Kinds of evidence. Rates of one kind hang together; kinds much less so. */
export const GROUPS = [
  'functionWords',
  'message',
  'sentence',
  'marks',
  'words',
  'choices',
  'manners',
  'wordLength',
  'sentenceLength',
  'messageLength',
] as const;
export type Group = (typeof GROUPS)[number];

/** A share in [0, 1]: how often of the times that it could have been. */
export interface Rate {
  name: string;
  group: Group;
  /** slots */
  hits: number;
  of: number;
}

const rates = (group: Group, of: CountName, ...names: CountName[]): Rate[] =>
  names.map((name) => ({ name, group, hits: SLOT[name], of: SLOT[of] }));
const choice = (name: CountName, of: CountName): Rate[] => rates('choices', of, name);
const classes = (group: Group, of: CountName, start: number, bounds: readonly number[]): Rate[] =>
  Array.from({ length: bounds.length + 1 }, (_, i) => ({ name: `${group}${i}`, group, hits: start + i, of: SLOT[of] }));

/** Every rate that authors are compared by. Their order is that of weights.json. */
export const RATES: readonly Rate[] = [
  ...rates('message', 'messages', 'messageStartsLower', 'messageEndsPeriod', 'messageEndsExclaim'),
  ...rates('message', 'messages', 'messageEndsQuestion', 'messageEndsEmoji', 'messageEndsDots', 'messageEndsBare'),
  ...rates('message', 'messages', 'messageHasQuestion', 'messageHasExclaim', 'messageHasEmoji', 'messageHasLaugh'),
  ...rates('message', 'messages', 'messageHasComma', 'messageNoCapital', 'messageTrailingSpace'),
  ...rates('message', 'messages', 'messageOneSentence', 'messageMultiLine'),
  ...rates('sentence', 'sentences', 'sentenceStartsLower', 'sentenceEndsPeriod', 'sentenceEndsExclaim'),
  ...rates('sentence', 'sentences', 'sentenceEndsQuestion', 'sentenceEndsDots', 'sentenceEndsBare'),
  ...rates('sentence', 'sentences', 'sentenceHasComma', 'sentenceStartsI', 'sentenceStartsConnective'),
  ...rates('marks', 'words', 'comma', 'period', 'exclaim', 'question', 'dots', 'colon', 'semicolon', 'hyphen', 'dash'),
  ...rates('marks', 'words', 'bracket', 'quote', 'slash', 'ampersand', 'asterisk', 'currency', 'otherMark', 'emoji'),
  ...rates('marks', 'words', 'emoticon', 'doubleSpace', 'lines'),
  ...rates('marks', 'marks', 'spaceBeforeMark'),
  ...rates('marks', 'closings', 'noSpaceAfterMark'),
  ...rates('words', 'words', 'allCapitals', 'capitalInside', 'elongated', 'longWord', 'functionWord', 'number'),
  ...rates('words', 'inSentence', 'capitalised'),
  ...choice('lowerI', 'anyI'),
  ...choice('curlyApostrophe', 'anyApostrophe'),
  ...choice('bareContraction', 'anyContraction'),
  ...choice('expanded', 'anyExpandable'),
  ...choice('exclaimRepeated', 'anyExclaim'),
  ...choice('questionRepeated', 'anyQuestion'),
  ...choice('dotsTwo', 'anyDots'),
  ...choice('dotsFourUp', 'anyDots'),
  ...choice('curlyQuote', 'anyQuote'),
  ...choice('emojiRepeated', 'emoji'),
  ...choice('shortYou', 'anyYou'),
  ...choice('ampersandAnd', 'anyAnd'),
  ...choice('lol', 'anyLaugh'),
  ...choice('yeah', 'anyYes'),
  ...choice('hey', 'anyGreeting'),
  ...choice('ok', 'anyOk'),
  ...choice('gonna', 'anyGoingTo'),
  ...choice('cuz', 'anyBecause'),
  ...choice('tho', 'anyThough'),
  ...rates('manners', 'words', 'anyLaugh', 'anyYes', 'anyGreeting', 'anyOk', 'anyGoingTo', 'anyBecause', 'anyThough'),
  ...rates('manners', 'words', 'please', 'thanks', 'anyYou', 'anyI', 'anyContraction', 'anyAnd'),
  ...classes('wordLength', 'words', WORD_CLASSES, WORD_LENGTHS),
  ...classes('sentenceLength', 'sentences', SENTENCE_CLASSES, SENTENCE_LENGTHS),
  ...classes('messageLength', 'messages', MESSAGE_CLASSES, MESSAGE_LENGTHS),
  ...FUNCTION_WORDS.map(
    (name, i): Rate => ({
      name,
      group: 'functionWords',
      hits: FUNCTION_CLASSES + i,
      of: SLOT.words,
    }),
  ),
];
