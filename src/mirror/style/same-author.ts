import { sigmoid } from '../../statistics/calibration.ts';
import { styleEvidence } from './evidence.ts';
import { measure } from './measure.ts';
import { GROUPS, type Group } from './rates.ts';
import { SLOT, SLOTS } from './slots.ts';
import { STYLE_WEIGHTS, type StyleWeights } from './weights.ts';

/** Below these nothing is said. */
export const TEXT_FLOOR_WORDS = 15;
export const KNOWN_FLOOR_WORDS = 300;
/** The calibration was fitted between these; a longer text counts as one of the upper length. */
const SIZES = { least: 15, most: 2000, middle: 300 };

export interface Considered {
  /** words and messages of the text that was judged */
  words: number;
  messages: number;
  /** words of the person that it was held against */
  knownWords: number;
}

export type SameAuthor =
  | ({ state: 'insufficient' } & Considered)
  | ({
      state: 'scored';
      /** that the person wrote the text, if it was as likely as not before: a prior is the caller's to apply. [0.02, 0.98] */
      probability: number;
      /** natural-log likelihood ratio by kind of habit: above 0 speaks for the person */
      evidence: Record<Group, number>;
    } & Considered);

/** Counts of several messages together. */
export function countsOf(texts: readonly string[]): Float64Array {
  const sum = new Float64Array(SLOTS);
  for (const text of texts) addCounts(sum, measure(text).counts, 1);
  return sum;
}

export function addCounts(into: Float64Array, counts: Float64Array, sign: 1 | -1): void {
  for (let i = 0; i < SLOTS; i++) into[i]! += sign * counts[i]!;
}

/** Weighted sum of the evidence; 0 says nothing either way. */
export function weighEvidence(evidence: Readonly<Record<Group, number>>, groups: StyleWeights['groups']): number {
  return GROUPS.reduce((sum, group) => sum + groups[group] * evidence[group], 0);
}

/** Size of a comparison for the calibration: that of its smaller side, ln(words / 300). */
export function sizeOf(words: number): number {
  return Math.log(Math.min(SIZES.most, Math.max(SIZES.least, words)) / SIZES.middle);
}

/** Logit that one author wrote both, at even odds. */
export function sameAuthorLogit(a: Float64Array, b: Float64Array, weights = STYLE_WEIGHTS): number {
  return calibrated(weighEvidence(styleEvidence(a, b, weights.rates), weights.groups), a, b, weights);
}

function calibrated(weighed: number, a: Float64Array, b: Float64Array, { calibration }: StyleWeights): number {
  const size = sizeOf(Math.min(a[SLOT.words]!, b[SLOT.words]!));
  const { bias, slope, slopeBySize, bySize } = calibration;
  return bias + bySize * size + Math.max(0, slope + slopeBySize * size) * weighed;
}

/** No more certainty is shown than the calibration has seen come true: [0.02, 0.98]. */
const MOST_LOGIT = Math.log(0.98 / 0.02);
/** The probability of a logit, as it is shown. */
export const shownProbability = (logit: number): number => sigmoid(Math.max(-MOST_LOGIT, Math.min(MOST_LOGIT, logit)));

/**
 * Whether the person wrote these messages, of one author, by how they are written.
 * @param known counts of the person's own messages, those judged not among them
 */
export function sameAuthor(known: Float64Array, texts: readonly string[]): SameAuthor {
  const asked = countsOf(texts);
  const considered = consideredOf(known, asked);
  if (isTooLittle(considered)) return { state: 'insufficient', ...considered };
  const evidence = styleEvidence(known, asked, STYLE_WEIGHTS.rates);
  const logit = calibrated(weighEvidence(evidence, STYLE_WEIGHTS.groups), known, asked, STYLE_WEIGHTS);
  return { state: 'scored', probability: shownProbability(logit), evidence, ...considered };
}

export function consideredOf(known: Float64Array, asked: Float64Array): Considered {
  return { words: asked[SLOT.words]!, messages: asked[SLOT.messages]!, knownWords: known[SLOT.words]! };
}

export const isTooLittle = ({ words, knownWords }: Considered) =>
  words < TEXT_FLOOR_WORDS || knownWords < KNOWN_FLOOR_WORDS;
