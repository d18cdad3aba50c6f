import type { TraitCalibration } from '../../src/mirror/personality/weights.ts';
import { fitPlatt, type Labels } from '../../src/statistics/calibration.ts';
import { average, type Design, type Groups } from './design.ts';
import { nestedFolds, outOfFold } from './nested.ts';
import { dualWeights, fitRidge, type RidgeFit } from './ridge.ts';

const LAMBDAS = [3, 10, 30];
const LOGISTIC_TO_NORMAL = 1.702;

export const fitsOf = (design: Design, groups: Groups): RidgeFit[] => {
  const kernel = design.kernel(groups);
  return LAMBDAS.map((lambda) => fitRidge(kernel, lambda));
};

/** What one trait's cross-validation gives for each text, everything chosen and calibrated in the other folds. */
export interface FoldedTrait {
  scores: Float64Array;
  /** of the fold that the text was left out of */
  calibrations: TraitCalibration[];
}

export function foldTrait(fits: readonly RidgeFit[], y: Float64Array, fold: readonly number[]): FoldedTrait {
  const scores = new Float64Array(y.length);
  const calibrations: TraitCalibration[] = [];
  for (const outer of nestedFolds(fits, y, fold)) {
    const labels = outer.inner.cases.map((at) => y[at]!);
    const calibration = calibrate(outer.inner.scores, labels);
    for (const [i, at] of outer.cases.entries()) {
      scores[at] = outer.scores[i]!;
      calibrations[at] = calibration;
    }
  }
  return { scores, calibrations };
}

/** Platt's log-odds, and how much of the trait they explain if trait and score are jointly normal. */
export function calibrate(scores: Float64Array, labels: Labels): TraitCalibration {
  const { a, b } = fitPlatt(scores, labels);
  const squares = average(scores.map((score) => ((a * score + b) / LOGISTIC_TO_NORMAL) ** 2));
  return { slope: a, offset: b, explained: squares / (1 + squares) };
}

export interface FittedTrait {
  lexical: Float64Array;
  vector: Float64Array;
  mean: number;
  calibration: TraitCalibration;
}

/** The trait's weights from all texts; ridge parameter and calibration from predictions out of the fold. */
export function fitTrait(
  design: Design,
  groups: Groups,
  fits: readonly RidgeFit[],
  y: Float64Array,
  fold: readonly number[],
): FittedTrait {
  const tried = fits.map((fit) => outOfFold(fit, y, fold));
  const errors = tried.map((scores) => average(scores.map((score, i) => (score - y[i]!) ** 2)));
  const best = errors.indexOf(Math.min(...errors));
  const weights = design.primal(groups, dualWeights(fits[best]!, y));
  return { ...weights, mean: average(y), calibration: calibrate(tried[best]!, y) };
}

export const labelsOf = (labels: readonly (readonly number[])[], trait: number): Float64Array =>
  Float64Array.from(labels, (row) => row[trait]!);
