import type { EndModel } from '../../src/archaeology/gaps/conversation-scan.ts';
import { sigmoid } from '../../src/statistics/calibration.ts';
import type { GapChat } from '../../test/eval/gap-chats.ts';

/** Silence that ends a session, for the labels alone. */
const SESSION_MS = 3_600_000;
const STEPS = 150;
const RATE = 0.3;
/** So much that scores of the chats learned from lie near those of chats left out, to which threshold and calibration are fitted. */
const SHRINK = 1e-2;

/** What opens and closes the sessions of these chats, by the vectors of their turns. */
export function fitEnds(chats: readonly GapChat[]): EndModel {
  const vectors: Float32Array[] = [];
  const [opens, closes]: [number[], number[]] = [[], []];
  for (const { turns } of chats) {
    for (const [i, { at, vector }] of turns.entries()) {
      vectors.push(vector!);
      opens.push(i === 0 || at - turns[i - 1]!.at > SESSION_MS ? 1 : 0);
      closes.push(i === turns.length - 1 || turns[i + 1]!.at - at > SESSION_MS ? 1 : 0);
    }
  }
  return { opens: fitAdam(vectors, opens), closes: fitAdam(vectors, closes) };
}

/** Logistic regression on unit vectors by Adam over all of them. */
function fitAdam(vectors: readonly Float32Array[], labels: readonly number[]): EndModel['opens'] {
  const width = vectors[0]!.length;
  const [weights, mean, square] = [0, 1, 2].map(() => new Float64Array(width + 1)) as [
    Float64Array,
    Float64Array,
    Float64Array,
  ];
  weights[width] = -2;
  for (let step = 1; step <= STEPS; step++) {
    const slope = gradient(vectors, labels, weights);
    const rate = RATE * Math.min(1, (2 * (STEPS - step + 1)) / STEPS);
    for (let j = 0; j <= width; j++) {
      const value = slope[j]! / vectors.length + (j < width ? SHRINK * weights[j]! : 0);
      mean[j] = 0.9 * mean[j]! + 0.1 * value;
      square[j] = 0.99 * square[j]! + 0.01 * value * value;
      weights[j]! -= (rate * mean[j]!) / (1 - 0.9 ** step) / (Math.sqrt(square[j]! / (1 - 0.99 ** step)) + 1e-8);
    }
  }
  return { bias: weights[width]!, weights: Float32Array.from(weights.subarray(0, width)) };
}

function gradient(vectors: readonly Float32Array[], labels: readonly number[], weights: Float64Array): Float64Array {
  const width = weights.length - 1;
  const out = new Float64Array(width + 1);
  for (const [r, vector] of vectors.entries()) {
    let z = weights[width]!;
    for (let j = 0; j < width; j++) z += weights[j]! * vector[j]!;
    const error = sigmoid(z) - labels[r]!;
    for (let j = 0; j < width; j++) out[j]! += error * vector[j]!;
    out[width]! += error;
  }
  return out;
}
