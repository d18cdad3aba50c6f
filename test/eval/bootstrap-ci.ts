const RESAMPLES = 1_000;
const SEED = 20_261_122;

export interface Interval {
  mean: number;
  /** 2.5 and 97.5 percentiles of the resampled means */
  low: number;
  high: number;
}

/** Interval of a mean over questions, by bootstrap with a fixed seed: the same numbers in every run. */
export function bootstrapMean(values: readonly number[]): Interval {
  const random = seeded(SEED);
  const means = new Float64Array(RESAMPLES);
  for (let i = 0; i < RESAMPLES; i++) {
    let sum = 0;
    for (let j = 0; j < values.length; j++) sum += values[Math.floor(random() * values.length)]!;
    means[i] = sum / values.length;
  }
  means.sort();
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return { mean, low: percentile(means, 0.025), high: percentile(means, 0.975) };
}

/**
 * Interval of the gain of `ours` over `theirs`, question by question. A gain is one when `low` is above 0.
 * @throws RangeError if the two are not of the same questions
 */
export function bootstrapGain(ours: readonly number[], theirs: readonly number[]): Interval {
  if (ours.length !== theirs.length) throw new RangeError('Paired runs answer the same questions.');
  return bootstrapMean(ours.map((value, i) => value - theirs[i]!));
}

const percentile = (sorted: Float64Array, share: number) => sorted[Math.floor(share * (sorted.length - 1))]!;

/** A linear congruential generator, in [0, 1). */
function seeded(state: number): () => number {
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}
