import { mtld, repeatedPairsInBuckets, simpsonD, yuleK } from '../../text/diversity.ts';
import { FUNCTION_WORDS } from '../../text/function-words.ts';
import { type Readability, readability } from '../../text/readability.ts';
import { words as wordsOf } from '../../text/tokenize.ts';
import { RATES, type Rate } from './rates.ts';
import { KNOWN_FLOOR_WORDS } from './same-author.ts';
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
import type { StyleState } from './state.ts';
import { STYLE_WEIGHTS } from './weights.ts';

const MARKED_HABITS = 12;
const TOP_FUNCTION_WORDS = 30;
/** MTLD is computed over at most this many of the most recent words. */
const MTLD_WORDS = 5_000;
const MTLD_FLOOR = 100;

/** One habit that sets the person apart. */
export interface MarkedHabit {
  /** as in `RATES`: a count, a length class, or a function word */
  name: string;
  kind: string;
  /** share in [0, 1] */
  share: number;
  /** the same among the authors that the model was trained on, [0, 1] */
  usual: number;
  /** distance from chat's usual, in standard deviations between authors (with sampling error); beyond ±2 is rare */
  distance: number;
}

/** A class of a length distribution. */
export interface LengthShare {
  /** longest length in the class; null: no bound */
  upTo: number | null;
  /** [0, 1]; the classes sum to 1 where anything was counted */
  share: number;
}

export interface FingerprintView {
  version: string;
  /** `insufficient` below 300 words: what is shown may be chance, and no same-author score is given */
  state: 'insufficient' | 'measured';
  messages: number;
  words: number;
  sentences: number;
  /** words a message, words a sentence, letters a word; 0 where there is none */
  meanMessageLength: number;
  meanSentenceLength: number;
  meanWordLength: number;
  lengths: { words: LengthShare[]; sentences: LengthShare[]; messages: LengthShare[] };
  /** commonest first, share of all words, [0, 1] */
  functionWords: { word: string; share: number }[];
  /** marks per 100 words, by name, ≥ 0 */
  marksPer100Words: Record<string, number>;
  /** shares in [0, 1]; null where the person never had the choice */
  habits: Record<string, number | null>;
  diversity: {
    /** [0, 1]; low is diverse; over all messages */
    simpsonD: number;
    /** ≥ 0; low is diverse; over all messages */
    yuleK: number;
    /** words; high is diverse; over the most recent words only; null below 100 of them */
    mtld: number | null;
  };
  /** English formulas; null without a sentence */
  readability: Readability | null;
  /** what sets the person most apart, furthest first */
  marked: MarkedHabit[];
}

const MARKS = ['comma', 'period', 'exclaim', 'question', 'dots', 'colon', 'semicolon', 'hyphen', 'dash', 'bracket'];
const MORE_MARKS = ['quote', 'slash', 'ampersand', 'emoji', 'emoticon', 'number', 'link', 'allCapitals', 'elongated'];
const HABIT_GROUPS: ReadonlySet<string> = new Set(['message', 'sentence', 'choices']);

/**
 * The readable face of a style.
 *
 * @param recentTexts the person's latest messages, oldest first, for what depends on the order of words
 */
export function fingerprintView({ counts, spectrum }: StyleState, recentTexts: readonly string[]): FingerprintView {
  const of = (name: CountName) => counts[SLOT[name]]!;
  const [messages, words, sentences] = [of('messages'), of('words'), of('sentences')];
  const pairs = repeatedPairsInBuckets(spectrum);
  const marks = [...MARKS, ...MORE_MARKS] as CountName[];
  return {
    version: STYLE_WEIGHTS.version,
    state: words < KNOWN_FLOOR_WORDS ? 'insufficient' : 'measured',
    messages,
    words,
    sentences,
    meanMessageLength: share(words, messages) ?? 0,
    meanSentenceLength: share(words, sentences) ?? 0,
    meanWordLength: share(of('letters'), words) ?? 0,
    lengths: {
      words: lengths(counts, WORD_CLASSES, WORD_LENGTHS),
      sentences: lengths(counts, SENTENCE_CLASSES, SENTENCE_LENGTHS),
      messages: lengths(counts, MESSAGE_CLASSES, MESSAGE_LENGTHS),
    },
    functionWords: commonest(counts, words),
    marksPer100Words: Object.fromEntries(marks.map((name) => [name, 100 * (share(of(name), words) ?? 0)])),
    habits: Object.fromEntries(
      RATES.filter(({ group }) => HABIT_GROUPS.has(group)).map((rate) => [rate.name, shareOf(counts, rate)]),
    ),
    diversity: { simpsonD: simpsonD(pairs, words), yuleK: yuleK(pairs, words), mtld: recentMtld(recentTexts) },
    readability: readability({ sentences, words, syllables: of('syllables'), letters: of('letters') }),
    marked: words < KNOWN_FLOOR_WORDS ? [] : markedHabits(counts),
  };
}

const share = (hits: number, of: number): number | null => (of <= 0 ? null : hits / of);
const shareOf = (counts: Float64Array, { hits, of }: Rate) =>
  counts[of]! <= 0 ? null : Math.min(1, counts[hits]! / counts[of]!);

function lengths(counts: Float64Array, start: number, bounds: readonly number[]): LengthShare[] {
  const classes = [...counts.subarray(start, start + bounds.length + 1)];
  const total = classes.reduce((sum, count) => sum + count, 0);
  return classes.map((count, i) => ({ upTo: bounds[i] ?? null, share: share(count, total) ?? 0 }));
}

function commonest(counts: Float64Array, words: number): { word: string; share: number }[] {
  return FUNCTION_WORDS.map((word, i) => ({ word, share: share(counts[FUNCTION_CLASSES + i]!, words) ?? 0 }))
    .filter((one) => one.share > 0)
    .sort((a, b) => b.share - a.share)
    .slice(0, TOP_FUNCTION_WORDS);
}

function recentMtld(texts: readonly string[]): number | null {
  const recent: string[][] = [];
  let count = 0;
  for (let i = texts.length - 1; i >= 0 && count < MTLD_WORDS; i--) {
    const cut = wordsOf(texts[i]!);
    recent.push(cut);
    count += cut.length;
  }
  return count < MTLD_FLOOR ? null : mtld(recent.toReversed().flat().slice(-MTLD_WORDS));
}

function markedHabits(counts: Float64Array): MarkedHabit[] {
  const { rates } = STYLE_WEIGHTS;
  return RATES.flatMap((rate, i) => {
    const [n, own] = [counts[rate.of]!, shareOf(counts, rate)];
    const [usual, variance] = [rates.usual[i]!, rates.between[i]! + rates.noise[i]! / (4 * n)];
    if (own === null || rates.between[i]! <= 0) return [];
    const distance =
      (Math.asin(Math.sqrt((own * n + usual) / (n + 1))) - Math.asin(Math.sqrt(usual)) - rates.mean[i]!) /
      Math.sqrt(variance);
    return [{ name: rate.name, kind: rate.group, share: own, usual, distance }];
  })
    .sort((a, b) => Math.abs(b.distance) - Math.abs(a.distance))
    .slice(0, MARKED_HABITS);
}
