import { DENSE, FEATURES, SURFACE } from './features.ts';
import type { PersonalityState } from './personality-state.ts';
import { headFor } from './pull.ts';
import { TRAITS } from './traits.ts';
import type { Basis, Head, PersonalityWeights } from './weights.ts';

/** A person may write a mark or a word far more often than any training text: it counts as much as this many deviations. */
export const MOST_DEVIATIONS = 3;
/** Below this share of the words with a vector, the vectors do not speak for the person. */
const LEAST_COVERED = 0.5;
/** Words below which the words of a language are too few to be read. */
const LEAST_WORDS = 100;

/** A state as what heads are applied to. Dense features in deviations, buckets as rates, the mean vector as it is. */
export interface ScoreInput {
  /** [FEATURES] */
  lexical: Float64Array;
  /** null without vectors of `model` */
  vector: Float64Array | null;
}

export function inputOf(state: PersonalityState, model: string | null, weights: PersonalityWeights): ScoreInput {
  const { counts, fadedWords, fadedAllWords } = state;
  const lexical = new Float64Array(FEATURES);
  for (let i = 0; i < FEATURES; i++) {
    const words = i < SURFACE ? fadedAllWords : fadedWords;
    const rate = words <= 0 ? 0 : counts[i]! / words;
    lexical[i] = i < DENSE ? bounded((rate - weights.mean[i]!) / weights.deviation[i]!) : rate;
  }
  const sum = model === null ? undefined : state.vectors.get(model);
  return { lexical, vector: sum === undefined || sum.weight <= 0 ? null : sum.sum.map((value) => value / sum.weight) };
}

/** Scores of the traits, [traits]. A head without weights for words leaves them out. */
export function scoresOf(head: Head, { lexical, vector }: ScoreInput): Float64Array {
  return Float64Array.from(TRAITS, (_, t) => {
    let sum = head.intercept[t]!;
    for (let i = 0; i < FEATURES; i++) sum += head.lexical[t * FEATURES + i]! * lexical[i]!;
    if (vector !== null && head.vector.length > 0) {
      for (let d = 0; d < vector.length; d++) sum += head.vector[t * vector.length + d]! * vector[d]!;
    }
    return sum;
  });
}

/**
 * How far the heads may be believed of such writing, in (0, 1]: 1 for what the training texts look like (19 in 20 of
 * them have a mean square below 1), less the further marks and lengths lie from theirs. Tweets come to about a quarter.
 */
export function likenessOf({ lexical }: ScoreInput): number {
  let squares = 0;
  for (let i = 0; i < SURFACE; i++) squares += lexical[i]! ** 2;
  return 1 / Math.max(1, squares / SURFACE);
}

/** The best head that the state has evidence for. */
export function choiceOf(
  state: PersonalityState,
  weights: PersonalityWeights,
): { basis: Basis; head: Head; model: string | null; words: number } {
  const all = state.words + state.otherWords;
  if (state.words < LEAST_WORDS && state.otherWords > state.words) {
    return { basis: 'surface', head: weights.surface, model: null, words: all };
  }
  const model = mostUsedModel(state, weights);
  if (model === null) return { basis: 'lexical', head: weights.lexical, model: null, words: state.words };
  return { basis: 'embedding', head: headFor(weights, model), model, words: state.words };
}

function mostUsedModel(state: PersonalityState, weights: PersonalityWeights): string | null {
  let best: string | null = null;
  let most = LEAST_COVERED * state.messages;
  for (const [model, { messages }] of state.vectors) {
    if (messages < most || !weights.embedding.has(model)) continue;
    best = model;
    most = messages;
  }
  return best;
}

const bounded = (value: number): number => Math.max(-MOST_DEVIATIONS, Math.min(MOST_DEVIATIONS, value));
