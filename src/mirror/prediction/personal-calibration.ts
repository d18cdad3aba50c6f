import { type Platt, plattAt } from '../../statistics/calibration.ts';

/** What a person's own held-back history says about confidence. */
export interface PersonalCalibration {
  /**
   * With given candidates: factor of the scores before their softmax (temperature scaling, Guo et al. 2017), 1 as shipped.
   * Above 1 the person is easier to foresee than the people of the training data.
   */
  sharpness: number;
  /** with candidates from the past: chance that the best one says what the person then says, over the log-odds of its share */
  past: Platt;
}

/**
 * Before the person's own history has spoken. `past`: over 1,716 replies of the people of RealTalk and LoCoMo (development
 * half), each predicted from what they had said before it, the best drawn reply was to the effect of the true one
 * (cosine of at least `SAME_EFFECT`) 6 times in 100. People seldom repeat themselves: nothing is claimed unless they do.
 */
export const UNCALIBRATED: PersonalCalibration = { sharpness: 1, past: { a: 0.18, b: -3.6 } };

const EDGE = 1e-6;

/** log(p / (1 - p)), with p kept off 0 and 1. */
export function logOdds(p: number): number {
  const inside = Math.min(1 - EDGE, Math.max(EDGE, p));
  return Math.log(inside / (1 - inside));
}

/**
 * Chances that the person says each of the candidates that were drawn from the past. They need not add up to 1: the true
 * reply may be none of them, or like several. A reply that comes again and again in like contexts has at least its own
 * smoothed frequency there (Laplace).
 * @param times how many of the `contexts` like contexts each candidate was the reply in
 */
export function chancesOfPast(
  shares: ArrayLike<number>,
  times: readonly number[],
  contexts: number,
  { past }: PersonalCalibration,
): Float64Array {
  const highest = Math.max(...Array.from(shares));
  const chance = plattAt(past, logOdds(highest));
  return Float64Array.from(shares, (share, i) => {
    const repeated = times[i]! > 1 ? times[i]! / (contexts + 2) : 0;
    return Math.max((share / highest) * chance, repeated);
  });
}
