import { done, type Outcome } from './errors.ts';

const DECIMALS = 1e4;

/**
 * A plain value as it is shown: every number, at any depth, to four decimals. More would claim a precision that nothing
 * here has. Rounding keeps order, so a mean stays within its interval.
 */
export function shownFigures<T>(value: T): T {
  if (Number.isInteger(value)) return value; // times in ms would lose digits
  if (typeof value === 'number') return (Math.round(value * DECIMALS) / DECIMALS || 0) as T; // never -0
  if (Array.isArray(value)) return value.map(shownFigures) as T;
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, shownFigures(inner)])) as T;
}

/** As `shownFigures`, of an answer that may be a refusal. */
export const withShownFigures = <T>(answer: Outcome<T>): Outcome<T> =>
  answer.ok ? done(shownFigures(answer.value)) : answer;
