import { predictLeftOut, type RidgeFit, residuals } from './ridge.ts';

/** Predictions for one outer fold and what was learnt inside the others to make them. */
export interface OuterFold {
  /** cases left out */
  cases: number[];
  /** for `cases`, by the fit to every other fold */
  scores: Float64Array;
  lambda: number;
  /** for the cases of the other folds, each by a fit without its own fold and without `cases` */
  inner: { cases: number[]; scores: Float64Array };
}

/**
 * Cross-validation in which the choice among `fits` (kernels, ridge parameters) is made inside the training folds: by
 * the squared error of predictions that have seen neither the case nor the outer fold.
 *
 * @param fold of each case; any labels
 */
export function nestedFolds(fits: readonly RidgeFit[], y: Float64Array, fold: readonly number[]): OuterFold[] {
  const names = [...new Set(fold)].sort((a, b) => a - b);
  const casesOf = new Map(names.map((name) => [name, casesIn(fold, name)]));
  const residual = fits.map((fit) => residuals(fit, y));
  // leaving out two folds together serves both: each is the other's inner fold
  const pairs = fits.map((fit, f) => pairwise(fit, y, residual[f]!, names, casesOf));
  return names.map((name) => {
    const cases = casesOf.get(name)!;
    const others = names.filter((other) => other !== name);
    const inner = fits.map((_, f) => others.map((other) => pairs[f]!.get(`${name}/${other}`)!));
    const best = argMin(inner.map((folds) => squaredError(folds, others, casesOf, y)));
    return {
      cases,
      scores: predictLeftOut(fits[best]!, y, residual[best]!, cases),
      lambda: fits[best]!.lambda,
      inner: {
        cases: others.flatMap((other) => casesOf.get(other)!),
        scores: Float64Array.from(inner[best]!.flatMap((scores) => [...scores])),
      },
    };
  });
}

/** Out-of-fold predictions of one fit, in the order of the cases. */
export function outOfFold(fit: RidgeFit, y: Float64Array, fold: readonly number[]): Float64Array {
  const residual = residuals(fit, y);
  const scores = new Float64Array(y.length);
  for (const name of new Set(fold)) {
    const cases = casesIn(fold, name);
    const predicted = predictLeftOut(fit, y, residual, cases);
    for (const [i, at] of cases.entries()) scores[at] = predicted[i]!;
  }
  return scores;
}

function pairwise(
  fit: RidgeFit,
  y: Float64Array,
  residual: Float64Array,
  names: readonly number[],
  casesOf: ReadonlyMap<number, number[]>,
): Map<string, Float64Array> {
  const out = new Map<string, Float64Array>();
  for (const [i, a] of names.entries()) {
    for (const b of names.slice(i + 1)) {
      const [first, second] = [casesOf.get(a)!, casesOf.get(b)!];
      const scores = predictLeftOut(fit, y, residual, [...first, ...second]);
      out.set(`${b}/${a}`, scores.subarray(0, first.length));
      out.set(`${a}/${b}`, scores.subarray(first.length));
    }
  }
  return out;
}

function squaredError(
  folds: readonly Float64Array[],
  names: readonly number[],
  casesOf: ReadonlyMap<number, number[]>,
  y: Float64Array,
): number {
  let sum = 0;
  for (const [f, name] of names.entries()) {
    for (const [i, at] of casesOf.get(name)!.entries()) sum += (folds[f]![i]! - y[at]!) ** 2;
  }
  return sum;
}

export const casesIn = (fold: readonly number[], name: number): number[] =>
  fold.flatMap((own, i) => (own === name ? [i] : []));

const argMin = (values: readonly number[]): number => values.indexOf(Math.min(...values));
