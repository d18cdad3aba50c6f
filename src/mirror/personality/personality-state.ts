import { languageOf } from '../../text/language.ts';
import { DAY_MS, DaySums, fixed } from '../day-sums.ts';
import type { Inference, Utterance } from '../inference.ts';
import { DENSE, FEATURES, featuresOf, LAYOUT, SURFACE, type TextFeatures } from './features.ts';
import { addMover, emptyMovers, type Movers, removeMover } from './movers.ts';
import { pullOf } from './pull.ts';
import { DAY_WIDTH, readPersonality, writePersonality } from './state-bytes.ts';
import { shippedWeights } from './weights.ts';

/** Evidence counts half after two years. */
const HALF_LIFE_MS = 730 * DAY_MS;
const LANDMARK = Date.UTC(2026, 0, 1);
/** A clock that is centuries wrong must not drown every other message, nor rounding eat them when it is taken back. */
const MOST_HALVINGS = 16;
/** What is added is a multiple of these, so that sums are exact and what is taken back leaves exactly nothing. */
const WEIGHT_GRAIN = 2 ** -20;
const VECTOR_GRAIN = 2 ** -24;
/** A vector counts by the root of its words, up to the length of the model's window. */
const MOST_VECTOR_WORDS = 64;

/** Sum of the vectors of one embedding model. */
export interface VectorSum {
  /** [dimensions] */
  sum: Float64Array;
  weight: number;
  /** messages, unfaded: at 0 the sum goes */
  messages: number;
}

/** Sums over a person's messages. Faded sums count by 2^(time / half-life). */
export interface PersonalityState {
  messages: number;
  /** words seen in English, and in other languages; unfaded */
  words: number;
  otherWords: number;
  /** faded words in English, and in any language */
  fadedWords: number;
  fadedAllWords: number;
  /** [FEATURES], faded */
  counts: Float64Array;
  vectors: Map<string, VectorSum>;
  days: DaySums;
  movers: Movers;
}

export const emptyPersonality = (): PersonalityState => ({
  messages: 0,
  words: 0,
  otherWords: 0,
  fadedWords: 0,
  fadedAllWords: 0,
  counts: new Float64Array(FEATURES),
  vectors: new Map(),
  days: new DaySums(DAY_WIDTH),
  movers: emptyMovers(),
});

/** The Big Five of a person from what they write. */
export const personalityInference: Inference<PersonalityState> = {
  version: `personality-1/${LAYOUT}`,
  empty: emptyPersonality,

  apply(state, utterance, sign) {
    const isEnglish = readsAsEnglish(utterance.content);
    const features = featuresOf(utterance.content, isEnglish);
    const weight = fading(utterance.sentAt);
    state.messages += sign;
    addCounts(state, features, sign * weight, isEnglish);
    if (isEnglish) state.words += sign * features.words;
    else state.otherWords += sign * features.words;
    if (isEnglish) addVector(state, utterance, features.words, weight, sign);
    if (isEnglish && features.words > 0) addPull(state, utterance, features, sign);
  },

  toBytes: writePersonality,
  fromBytes: readPersonality,
};

/** A text that is too short to tell is taken as English: what it holds counts little, and most English is short. */
function readsAsEnglish(text: string): boolean {
  const { language } = languageOf(text);
  return language === 'en' || language === 'und';
}

function fading(sentAt: number): number {
  const halvings = (sentAt - LANDMARK) / HALF_LIFE_MS;
  return grained(2 ** Math.max(-MOST_HALVINGS, Math.min(MOST_HALVINGS, halvings)), WEIGHT_GRAIN);
}

function addCounts(state: PersonalityState, features: TextFeatures, weight: number, isEnglish: boolean): void {
  const { counts } = state;
  state.fadedAllWords += weight * features.words;
  const end = isEnglish ? DENSE : SURFACE;
  for (let i = 0; i < end; i++) counts[i]! += weight * features.dense[i]!;
  if (!isEnglish) return;
  state.fadedWords += weight * features.words;
  for (const bucket of features.buckets) counts[bucket]! += weight;
}

function addVector(state: PersonalityState, utterance: Utterance, words: number, weight: number, sign: 1 | -1): void {
  const { vector, model } = utterance;
  if (vector === null || model === null || words === 0) return;
  let sum = state.vectors.get(model);
  if (sum === undefined) {
    sum = { sum: new Float64Array(vector.length), weight: 0, messages: 0 };
    state.vectors.set(model, sum);
  }
  const share = grained(weight * Math.sqrt(Math.min(words, MOST_VECTOR_WORDS)), WEIGHT_GRAIN);
  sum.weight += sign * share;
  sum.messages += sign;
  for (let d = 0; d < vector.length; d++) sum.sum[d]! += sign * grained(share * vector[d]!, VECTOR_GRAIN);
  if (sum.messages === 0) state.vectors.delete(model);
}

function addPull(state: PersonalityState, utterance: Utterance, features: TextFeatures, sign: 1 | -1): void {
  const pulls = pullOf(features, utterance.vector, utterance.model, shippedWeights());
  state.days.add(utterance.sentAt, [1, features.words, ...Array.from(pulls, fixed)], sign);
  if (sign === 1) addMover(state.movers, utterance.row, utterance.id, pulls);
  else removeMover(state.movers, utterance.row);
}

const grained = (value: number, grain: number): number => Math.round(value / grain) * grain;
