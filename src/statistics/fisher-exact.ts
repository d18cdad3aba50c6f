import { logChoose } from './log-factorial.ts';

/** Tail terms below this share of the sum change nothing. */
const NEGLIGIBLE = 1e-17;

/**
 * Chance that so few, or fewer, of the cases with a trait fall into a sample: Fisher's exact test, one-sided
 * (hypergeometric lower tail).
 *
 * @param hits cases with the trait in the sample
 * @param sample size of the sample
 * @param traits cases with the trait in all
 * @param all cases in all
 */
export function chanceOfSoFew(hits: number, sample: number, traits: number, all: number): number {
  const least = Math.max(0, sample + traits - all);
  const whole = logChoose(all, sample);
  let sum = 0;
  // from the largest term down
  for (let k = hits; k >= least; k--) {
    const term = Math.exp(logChoose(traits, k) + logChoose(all - traits, sample - k) - whole);
    sum += term;
    if (term < sum * NEGLIGIBLE && k < (sample * traits) / all) break;
  }
  return Math.min(1, sum);
}

/** Two-sided binomial test against one half: the chance of a split at least as uneven. */
export function chanceOfSoUneven(hits: number, cases: number): number {
  const few = Math.min(hits, cases - hits);
  let sum = 0;
  for (let k = few; k >= 0; k--) sum += Math.exp(logChoose(cases, k) - cases * Math.LN2);
  return Math.min(1, 2 * sum);
}
