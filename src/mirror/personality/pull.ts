import { DENSE, FEATURES, type TextFeatures } from './features.ts';
import { TRAITS } from './traits.ts';
import type { Head, PersonalityWeights } from './weights.ts';

/** The head for a message or a sum of messages with vectors of `model`, else the one for words alone. */
export const headFor = (weights: PersonalityWeights, model: string | null): Head =>
  (model === null ? undefined : weights.embedding.get(model)) ?? weights.lexical;

/**
 * How far one message pulls each trait away from the training texts' mean: its own score times its words, so that the
 * pulls of many messages, by their words, make up the score of them all.
 * @returns [traits]
 */
export function pullOf(
  features: TextFeatures,
  vector: Float32Array | null,
  model: string | null,
  weights: PersonalityWeights,
): Float64Array {
  const head = headFor(weights, vector === null ? null : model);
  const pulls = new Float64Array(TRAITS.length);
  const standard = standardised(features, weights);
  for (let t = 0; t < pulls.length; t++) {
    const row = t * FEATURES;
    let sum = 0;
    for (let i = 0; i < DENSE; i++) sum += head.lexical[row + i]! * standard[i]!;
    for (const bucket of features.buckets) sum += head.lexical[row + bucket]!;
    sum -= features.words * head.usual.buckets[t]!;
    pulls[t] = sum + features.words * vectorPull(head, vector, t);
  }
  return pulls;
}

/** Counts less what as many words usually have, in deviations of a whole text's rate. */
function standardised({ dense, words }: TextFeatures, { mean, deviation }: PersonalityWeights): Float64Array {
  const out = new Float64Array(DENSE);
  for (let i = 0; i < DENSE; i++) out[i] = (dense[i]! - words * mean[i]!) / deviation[i]!;
  return out;
}

function vectorPull(head: Head, vector: Float32Array | null, trait: number): number {
  if (vector === null || head.vector.length === 0) return 0;
  const row = trait * vector.length;
  let sum = -head.usual.vector[trait]!;
  for (let d = 0; d < vector.length; d++) sum += head.vector[row + d]! * vector[d]!;
  return sum;
}
