import { GROUPS, type Group, RATES } from './rates.ts';
import type { StyleWeights } from './weights.ts';

/** No single rate says more than e^3 : 1, whatever the variances: its model is a normal one, and people are not. */
const MOST = 3;

/** A rate on the scale where its spread hardly depends on its size, as distance from the usual; 0 where never possible. */
export function standing(hits: number, of: number, usual: number): number {
  if (of <= 0) return 0;
  const share = (Math.min(hits, of) + usual) / (of + 1);
  // the smoothing by one case at the usual rate is taken back, because its pull is known
  return (Math.asin(Math.sqrt(share)) - Math.asin(Math.sqrt(usual))) * ((of + 1) / of);
}

/**
 * How much more likely two counts are if one author wrote both than if two did, natural logarithm, by group. Each rate
 * x of a text is modelled as mean + author (variance `between`) + occasion (`within`) + sampling (`noise` / 4n): the
 * two-covariance model of speaker verification with diagonal covariances, on arcsine-transformed shares.
 *
 * @param from slot where the counts start: 0, or `SHORT` for those of short messages alone
 * @see Brümmer & de Villiers 2010, The speaker partitioning problem; Burrows 2002, Delta
 */
export function styleEvidence(
  a: Float64Array,
  b: Float64Array,
  model: StyleWeights['rates'],
  from = 0,
): Record<Group, number> {
  const sums = Object.fromEntries(GROUPS.map((group) => [group, 0])) as Record<Group, number>;
  for (let i = 0; i < RATES.length; i++) {
    if (model.between[i]! > 0) sums[RATES[i]!.group] += rateEvidence(a, b, model, i, from);
  }
  return sums;
}

function rateEvidence(
  a: Float64Array,
  b: Float64Array,
  { usual, mean, between, within, noise }: StyleWeights['rates'],
  rate: number,
  from: number,
): number {
  const { hits, of } = RATES[rate]!;
  const [n, m] = [a[from + of]!, b[from + of]!];
  if (n <= 0 || m <= 0) return 0;
  const x = standing(a[from + hits]!, n, usual[rate]!) - mean[rate]!;
  const y = standing(b[from + hits]!, m, usual[rate]!) - mean[rate]!;
  const shared = between[rate]!;
  const spread = shared + within[rate]!;
  const sampling = noise[rate]! / 4;
  const ratio = logRatio(x, y, spread + sampling / n, spread + sampling / m, shared);
  return Math.max(-MOST, Math.min(MOST, ratio));
}

/** log N((x, y); covariance `shared`) − log N((x, y); covariance 0), for the two variances. */
function logRatio(x: number, y: number, varianceX: number, varianceY: number, shared: number): number {
  const determinant = varianceX * varianceY - shared * shared;
  const together = (varianceY * x * x - 2 * shared * x * y + varianceX * y * y) / determinant;
  const apart = (x * x) / varianceX + (y * y) / varianceY;
  return (apart - together + Math.log((varianceX * varianceY) / determinant)) / 2;
}
