/** One day's mean, and how many messages stand behind it. */
export interface DayMean {
  day: number;
  mean: number;
  messages: number;
}

/** How long a deviation of the person's mood lasts. */
export interface HalfLife {
  days: number;
  /** false: the days do not tell it apart from chance, so a usual value stands in */
  isEstimated: boolean;
  /** pairs of days one to three days apart that it rests on */
  pairs: number;
}

/** Moods of one day are half gone the next (a usual value where the person's days do not tell). */
const USUAL_DAYS = 1;
const SHORTEST_DAYS = 0.5;
const LONGEST_DAYS = 30;
const LAGS = 30;
const TELLING_LAGS = 3;
const FEWEST_PAIRS = 30;
/** Standard errors of the near covariances above nothing. */
const CLEAR = 2;
const STEPS = 60;

/**
 * The half-life of deviations from the autocovariance of daily means at lags of 1 to 30 days, fitted by A·2^(-lag/h) in
 * least squares over the pairs. Lag 0 is left out: it holds the noise of single messages, which would shorten the answer.
 *
 * @param means in order of days, one a day
 */
export function halfLifeOf(means: readonly DayMean[]): HalfLife {
  const messages = means.reduce((sum, one) => sum + one.messages, 0);
  const middle = means.reduce((sum, one) => sum + one.messages * one.mean, 0) / messages;
  const products = new Float64Array(LAGS + 1);
  const weights = new Float64Array(LAGS + 1);
  let near = 0;
  let nearSquares = 0;
  let pairs = 0;
  for (let i = 0; i < means.length; i++) {
    for (let j = i + 1; j < means.length; j++) {
      const lag = means[j]!.day - means[i]!.day;
      if (lag > LAGS) break;
      const weight = Math.sqrt(means[i]!.messages * means[j]!.messages);
      const product = weight * (means[i]!.mean - middle) * (means[j]!.mean - middle);
      products[lag]! += product;
      weights[lag]! += weight;
      if (lag > TELLING_LAGS) continue;
      near += product;
      nearSquares += product * product;
      pairs++;
    }
  }
  const isEstimated = pairs >= FEWEST_PAIRS && near > CLEAR * Math.sqrt(nearSquares);
  return { days: isEstimated ? bestFit(products, weights) : USUAL_DAYS, isEstimated, pairs };
}

function bestFit(products: Float64Array, weights: Float64Array): number {
  let best = USUAL_DAYS;
  let gained = Number.NEGATIVE_INFINITY;
  for (let step = 0; step <= STEPS; step++) {
    const days = SHORTEST_DAYS * (LONGEST_DAYS / SHORTEST_DAYS) ** (step / STEPS);
    let along = 0;
    let length = 0;
    for (let lag = 1; lag <= LAGS; lag++) {
      const curve = 2 ** (-lag / days);
      along += products[lag]! * curve;
      length += weights[lag]! * curve * curve;
    }
    // what the best A >= 0 takes off the squared error
    const gain = along > 0 && length > 0 ? (along * along) / length : 0;
    if (gain > gained) [best, gained] = [days, gain];
  }
  return best;
}
