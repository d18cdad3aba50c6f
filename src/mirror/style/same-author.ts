import { sigmoid } from '../../statistics/calibration.ts';
import { styleEvidence } from './evidence.ts';
import { measure } from './measure.ts';
import { GROUPS, type Group } from './rates.ts';
import { SHORT, SLOT, SLOTS } from './slots.ts';
import { STYLE_WEIGHTS, type StyleWeights } from './weights.ts';

/** Below these nothing is said. */
export const TEXT_FLOOR_WORDS = 15;
export const KNOWN_FLOOR_WORDS = 300;
/** The calibration was fitted between these; a longer text counts as one of the upper length. */
const SIZES = { least: 15, most: 2000 };

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
      /**
       * Natural-log likelihood ratio by kind of habit, of all messages and once more of the short ones: above 0 speaks
       * for the person.
       */
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

/** What a comparison rests on: all messages of two sides, or the short ones alone. */
export interface Reading {
  evidence: Record<Group, number>;
  /** of its smaller side: ln(words / 15), at least 0 */
  size: number;
}

/**
 * Both readings, as far as the two sides have words for them. Short messages are read once more by themselves because
 * their manner is the person's own more than that of long ones.
 */
export function readingsOf(a: Float64Array, b: Float64Array, rates: StyleWeights['rates']): Reading[] {
  return [0, SHORT].flatMap((from) => {
    const words = Math.min(a[from + SLOT.words]!, b[from + SLOT.words]!);
    if (words <= 0) return [];
    const counted = Math.min(SIZES.most, Math.max(SIZES.least, words));
    return [{ evidence: styleEvidence(a, b, rates, from), size: Math.log(counted / SIZES.least) }];
  });
}

/** Logit that one author wrote both, at even odds. */
export function sameAuthorLogit(a: Float64Array, b: Float64Array, weights = STYLE_WEIGHTS): number {
  return calibrated(readingsOf(a, b, weights.rates), weights);
}

function calibrated(readings: readonly Reading[], { calibration, groups }: StyleWeights): number {
  const { bias, slope, slopeBySize, bySize } = calibration;
  return readings.reduce(
    (sum, { evidence, size }) =>
      sum + bySize * size + Math.max(0, slope + slopeBySize * size) * weighEvidence(evidence, groups),
    bias,
  );
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
  const readings = readingsOf(known, asked, STYLE_WEIGHTS.rates);
  const probability = shownProbability(calibrated(readings, STYLE_WEIGHTS));
  return { state: 'scored', probability, evidence: togetherOf(readings), ...considered };
}

function togetherOf(readings: readonly Reading[]): Record<Group, number> {
  const sum = (group: Group) => readings.reduce((total, { evidence }) => total + evidence[group], 0);
  return Object.fromEntries(GROUPS.map((group) => [group, sum(group)])) as Record<Group, number>;
}

export function consideredOf(known: Float64Array, asked: Float64Array): Considered {
  return { words: asked[SLOT.words]!, messages: asked[SLOT.messages]!, knownWords: known[SLOT.words]! };
}

export const isTooLittle = ({ words, knownWords }: Considered) =>
  words < TEXT_FLOOR_WORDS || knownWords < KNOWN_FLOOR_WORDS;
