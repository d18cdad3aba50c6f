import { sigmoid } from '../../statistics/calibration.ts';
import type { Head, PersonalityWeights, Population, TraitCalibration } from './weights.ts';

/** What is known of one trait. */
export interface Posterior {
  /** on [0, 1], the scale of the questionnaire */
  mean: number;
  /** 90 % interval, within [0, 1] */
  low: number;
  high: number;
  /** calibrated probability that the person stands above the median */
  probabilityHigh: number;
}

/** Logistic and normal curve lie nearest to each other at this ratio of their scales. */
const LOGISTIC_TO_NORMAL = 1.702;

/**
 * A trait is a normal variable, the score one noisy measure of it. Calibrated log-odds at the length of the training
 * texts give how far the score speaks; fewer words speak less, more words never more than what was measured.
 *
 * @param trust `trustOf` the words behind the score
 */
export function posteriorOf(
  score: number,
  { slope, offset, explained }: TraitCalibration,
  { mean, deviation, halfWidth }: Population,
  trust: number,
): Posterior {
  const logOdds = trust * (slope * score + offset);
  const known = trust * explained;
  const standing = (logOdds / LOGISTIC_TO_NORMAL) * Math.sqrt(1 - known);
  const centre = unit(mean + deviation * standing);
  const half = halfWidth * deviation * Math.sqrt(1 - known);
  return {
    mean: centre,
    low: unit(centre - half),
    high: unit(centre + half),
    probabilityHigh: sigmoid(logOdds),
  };
}

/** Reliability of a score at `words` against that at the length of the training texts, in [0, 1] (Spearman-Brown). */
export function trustOf(
  words: number,
  { halfReliableWords }: Pick<Head, 'halfReliableWords'>,
  { trainingWords }: Pick<PersonalityWeights, 'trainingWords'>,
): number {
  const at = (n: number) => n / (n + halfReliableWords);
  return Math.min(1, at(words) / at(trainingWords));
}

const unit = (value: number): number => Math.max(0, Math.min(1, value));
