const FIRST_MS = 1_000;
/** Nothing is put off for longer. */
export const LONGEST_BACKOFF_MS = 300_000;

/** About a day of tries: a model or database that is down for hours costs nothing but time. */
export const MAX_ATTEMPTS = 300;

/**
 * Exponential backoff in ms: 1 s, 2 s, 4 s … 5 min, less up to a quarter so that many objects do not return as one.
 *
 * @param attempts failed tries so far, at least 1
 * @param random in [0, 1)
 */
export function backoffMs(attempts: number, random: number): number {
  const full = Math.min(FIRST_MS * 2 ** Math.min(attempts - 1, 30), LONGEST_BACKOFF_MS);
  return Math.round(full * (1 - random / 4));
}
