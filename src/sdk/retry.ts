import { setTimeout as sleep } from 'node:timers/promises';
import { ConnectionError, ProblemError } from './errors.ts';

export interface RetryPolicy {
  /** milliseconds after the first failure until it gives up; a wait that the service asks for counts */
  giveUpAfterMs: number;
  /** wait after the first failure; it doubles up to `longestWaitMs`, half of it random */
  firstWaitMs: number;
  longestWaitMs: number;
  /** told of each failure before the wait */
  onWait?: (error: Error, waitMs: number) => void;
}

export const DEFAULT_RETRIES: RetryPolicy = { giveUpAfterMs: 300_000, firstWaitMs: 500, longestWaitMs: 30_000 };

const RETRIED = new Set([408, 425, 429, 500, 502, 503, 504]);

/** True for a failure that may pass: no answer, too fast, or the service in trouble. */
export const mayPass = (error: unknown): boolean =>
  error instanceof ConnectionError || (error instanceof ProblemError && RETRIED.has(error.status));

/** Repeats `work`, which must be safe to repeat, while its failure may pass; then throws the last failure. */
export async function withRetries<T>(work: () => Promise<T>, policy: RetryPolicy = DEFAULT_RETRIES): Promise<T> {
  let failedAt: number | undefined;
  for (let attempt = 0; ; attempt++) {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof Error) || !mayPass(error)) throw error;
      failedAt ??= Date.now();
      const wait = waitOf(error, attempt, policy);
      if (Date.now() + wait > failedAt + policy.giveUpAfterMs) throw error;
      policy.onWait?.(error, wait);
      await sleep(wait);
    }
  }
}

function waitOf(error: Error, attempt: number, policy: RetryPolicy): number {
  const asked = error instanceof ProblemError ? error.retryAfter : undefined;
  const own = Math.min(policy.longestWaitMs, policy.firstWaitMs * 2 ** attempt);
  // random, so that many clients that failed together do not come back together
  const spread = own / 2 + (Math.random() * own) / 2;
  return asked === undefined ? spread : Math.max(asked * 1000, policy.firstWaitMs);
}
