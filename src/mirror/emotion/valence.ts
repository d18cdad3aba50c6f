import type { Token } from './tokens.ts';
import { BOOSTERS, DAMPENING_PAIRS, IDIOMS, isNegation } from './valence-words.ts';

/** What VADER adds for capitals, takes for a "no", and its measure of a strong sentence. */
const SHOUT = 0.733;
const NEGATED = -0.74;
const ALPHA = 15;
const BEFORE = 3;
const FADING = [1, 0.95, 0.9];
const MOST_EXCLAMATIONS = 4;
const AN_EXCLAMATION = 0.292;
const A_QUESTION = 0.18;
const MANY_QUESTIONS = 0.96;

/** Valence of a word in [-4, 4]; 0 where the lexicon has none. */
export type ValenceOf = (key: string) => number;

/**
 * VADER's compound valence in [-1, 1] (Hutto & Gilbert 2014, "VADER: a parsimonious rule-based model for sentiment
 * analysis of social media text"), for one sentence or a few: negation, degree words, capitals, "but", idioms and
 * punctuation as in its reference code, in time linear in the tokens.
 *
 * @param added valences of what is no word, such as emoji
 */
export function compound(tokens: readonly Token[], valenceOf: ValenceOf, added: number): number {
  const shouted = tokens.reduce((sum, { isShouted }) => sum + Number(isShouted), 0);
  const someShout = shouted > 0 && shouted < tokens.length;
  const but = tokens.findIndex(({ key }) => key === 'but');
  let sum = added;
  for (let i = 0; i < tokens.length; i++) {
    const value = valenceAt(tokens, i, valenceOf, someShout);
    sum += but === -1 || i === but ? value : i < but ? 0.5 * value : 1.5 * value;
  }
  if (sum !== 0) sum += Math.sign(sum) * emphasis(tokens);
  return sum / Math.sqrt(sum * sum + ALPHA);
}

function valenceAt(tokens: readonly Token[], at: number, valenceOf: ValenceOf, someShout: boolean): number {
  const { key, isShouted } = tokens[at]!;
  if (BOOSTERS.has(key) || (key === 'kind' && tokens[at + 1]?.key === 'of')) return 0;
  let value = valenceOf(key);
  if (value === 0) return 0;
  if (isShouted && someShout) value += Math.sign(value) * SHOUT;
  for (let back = 1; back <= BEFORE && back <= at; back++) {
    const word = tokens[at - back]!;
    if (valenceOf(word.key) !== 0) continue;
    value += boost(word, value, someShout) * FADING[back - 1]!;
    value = denied(tokens, at, back, value);
    if (back === BEFORE) value = inIdiom(tokens, at, value);
  }
  return atLeast(tokens, at, valenceOf, value);
}

function boost({ key, isShouted }: Token, value: number, someShout: boolean): number {
  const degree = BOOSTERS.get(key);
  if (degree === undefined) return 0;
  const sign = value < 0 ? -1 : 1;
  return sign * degree + (isShouted && someShout ? (value > 0 ? SHOUT : -SHOUT) : 0);
}

/** "never so good" is praise, "never good" is not. */
function denied(tokens: readonly Token[], at: number, back: number, value: number): number {
  const keyAt = (distance: number) => tokens[at - distance]!.key;
  const isSo = (distance: number) => keyAt(distance) === 'so' || keyAt(distance) === 'this';
  if (back === 2 && keyAt(2) === 'never' && isSo(1)) return value * 1.5;
  if (back === 3 && ((keyAt(3) === 'never' && isSo(2)) || isSo(1))) return value * 1.25;
  return isNegation(keyAt(back)) ? value * NEGATED : value;
}

function inIdiom(tokens: readonly Token[], at: number, value: number): number {
  const phrase = (from: number, to: number) =>
    tokens
      .slice(from, to + 1)
      .map(({ key }) => key)
      .join(' ');
  const before = [
    phrase(at - 1, at),
    phrase(at - 2, at),
    phrase(at - 2, at - 1),
    phrase(at - 3, at - 1),
    phrase(at - 3, at - 2),
  ];
  const found = before.find((words) => IDIOMS.has(words));
  let result = found === undefined ? value : IDIOMS.get(found)!;
  if (at + 1 < tokens.length) result = IDIOMS.get(phrase(at, at + 1)) ?? result;
  if (at + 2 < tokens.length) result = IDIOMS.get(phrase(at, at + 2)) ?? result;
  return DAMPENING_PAIRS.has(before[4]!) || DAMPENING_PAIRS.has(before[2]!) ? result + BOOSTERS.get('kinda')! : result;
}

/** "least kind" denies, "at least kind" and "very least" do not. */
function atLeast(tokens: readonly Token[], at: number, valenceOf: ValenceOf, value: number): number {
  if (at === 0 || tokens[at - 1]!.key !== 'least' || valenceOf('least') !== 0) return value;
  const before = tokens[at - 2]?.key;
  return before === 'at' || before === 'very' ? value : value * NEGATED;
}

function emphasis(tokens: readonly Token[]): number {
  let exclamations = 0;
  let questions = 0;
  for (const token of tokens) {
    exclamations += token.exclamations;
    questions += token.questions;
  }
  const asked = questions > 3 ? MANY_QUESTIONS : questions > 1 ? questions * A_QUESTION : 0;
  return Math.min(MOST_EXCLAMATIONS, exclamations) * AN_EXCLAMATION + asked;
}
