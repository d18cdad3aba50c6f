import type { Platt } from '../../statistics/calibration.ts';
import { crossEntropy, curvature, newtonStep, plattAt, sigmoid } from '../../statistics/calibration.ts';
import shipped from './calibration.json' with { type: 'json' };
import type { Method } from './contract.ts';

/** What verdicts said about the texts that one method proposed. */
export interface Trials {
  /** verdicts, how many of them held, and how many were expected to: the sum of the shown confidences before correction */
  n: number;
  held: number;
  expected: number;
}

/** How far confidence can be trusted for one person: small, to be stored. */
export interface PersonCalibration {
  version: string;
  /** chance that a past turn, or a composition, holds, over the log-odds of its score */
  past: Platt;
  composition: Platt;
  /** hidden turns that `past` and `composition` were fitted to */
  hidden: { past: number; composition: number };
  /** by method */
  trials: Partial<Record<Method, Trials>>;
}

/** Before the person's own history has spoken: measured by `scripts/train-reconstruction.ts` on its development data. */
export const SHIPPED_CALIBRATION: PersonCalibration = {
  version: shipped.version,
  past: shipped.past,
  composition: shipped.composition,
  hidden: { past: 0, composition: 0 },
  trials: {},
};

/** Trials that speak for what was shown: as many as it takes to move a person halfway. */
const PRIOR_TRIALS = 4;
const EDGE = 1e-6;

/** log(p / (1 - p)), with p kept off 0 and 1. */
export function logOdds(p: number): number {
  const inside = Math.min(1 - EDGE, Math.max(EDGE, p));
  return Math.log(inside / (1 - inside));
}

/**
 * A method's chance, moved by the verdicts on what it proposed: the log-odds shift that makes their sum come out,
 * shrunk towards none (calibration in the large).
 */
export function corrected(chance: number, method: Method, { trials }: PersonCalibration): number {
  const own = trials[method];
  return own === undefined ? chance : sigmoid(logOdds(chance) + shiftOf(own));
}

function shiftOf({ n, held, expected }: Trials): number {
  const half = PRIOR_TRIALS / 2;
  return Math.log((held + half) / (expected + half)) - Math.log((n - held + half) / (n - expected + half));
}

/** One more verdict (1), or one taken back (-1), on a text that was shown with `confidence`. */
export function withTrial(
  calibration: PersonCalibration,
  { method, confidence, held }: { method: Method; confidence: number; held: boolean },
  sign: 1 | -1,
): PersonCalibration {
  const before = calibration.trials[method] ?? { n: 0, held: 0, expected: 0 };
  const n = Math.max(0, before.n + sign);
  const after = {
    n,
    held: Math.min(n, Math.max(0, before.held + sign * Number(held))),
    expected: Math.min(n, Math.max(0, before.expected + sign * confidence)),
  };
  return { ...calibration, trials: { ...calibration.trials, [method]: after } };
}

/** Chance of a past turn or a composition by its score. */
export const chanceOf = (product: 'past' | 'composition', score: number, calibration: PersonCalibration): number =>
  plattAt(calibration[product], score);

/** How firmly the shipped factors hold, in standard deviations of a person's own from them. */
const SPREAD: Platt = { a: 0.3, b: 1.5 };
const STEPS = 30;
const SMALLEST_STEP = 1e-6;

/**
 * A sigmoid that stays near another one as far as the cases do not speak against it: maximum a posteriori under a normal
 * prior around `prior`, by Newton's method with backtracking. With no cases it is the prior; shrinkage by number comes of
 * itself.
 */
export function fitNear(prior: Platt, scores: ArrayLike<number>, outcomes: ArrayLike<number | boolean>): Platt {
  const held = Array.from(outcomes, Number);
  let fitted = prior;
  let loss = lossOf(fitted, prior, scores, held);
  for (let step = 0; step < STEPS; step++) {
    const { da, db } = stepFrom(fitted, prior, scores, held);
    let size = 1;
    let next = { a: fitted.a + da, b: fitted.b + db };
    while (lossOf(next, prior, scores, held) > loss && size > SMALLEST_STEP) {
      size /= 2;
      next = { a: fitted.a + size * da, b: fitted.b + size * db };
    }
    if (size <= SMALLEST_STEP) break;
    [fitted, loss] = [next, lossOf(next, prior, scores, held)];
  }
  // a better score never means a smaller chance
  return { a: Math.max(0, fitted.a), b: fitted.b };
}

/** As in `calibration.ts`, with the prior known before any case. */
function stepFrom(fit: Platt, prior: Platt, scores: ArrayLike<number>, held: ArrayLike<number>) {
  const [haa, hbb] = [1 / SPREAD.a ** 2, 1 / SPREAD.b ** 2];
  const known = { ga: (fit.a - prior.a) * haa, gb: (fit.b - prior.b) * hbb, haa, hab: 0, hbb };
  return newtonStep(curvature(scores, held, fit, known));
}

/** Negative log of the posterior, up to a constant. */
const lossOf = (fit: Platt, prior: Platt, scores: ArrayLike<number>, held: ArrayLike<number>): number =>
  ((fit.a - prior.a) / SPREAD.a) ** 2 / 2 + ((fit.b - prior.b) / SPREAD.b) ** 2 / 2 + crossEntropy(scores, held, fit);
