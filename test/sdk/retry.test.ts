import { expect, it } from 'vitest';
import { ConnectionError, ProblemError } from '../../src/sdk/errors.ts';
import { type RetryPolicy, withRetries } from '../../src/sdk/retry.ts';

const problem = (status: number, retryAfter?: number) =>
  new ProblemError({ status, code: `http_${status}`, detail: '', faults: [], retryAfter, requestId: undefined });
const waits: number[] = [];
const policy = (changes: Partial<RetryPolicy> = {}): RetryPolicy => ({
  giveUpAfterMs: 60_000,
  firstWaitMs: 8,
  longestWaitMs: 32,
  onWait: (_, ms) => waits.push(ms),
  ...changes,
});
/** Fails with each error in turn, then answers. */
const failing = (errors: Error[]) => {
  let calls = 0;
  return { work: async () => (calls < errors.length ? Promise.reject(errors[calls++]) : 'done'), calls: () => calls };
};

it('repeats what may pass, with waits that double up to the longest', async () => {
  waits.length = 0;
  const errors = [429, 503, 502, 500, 504].map((status) => problem(status));
  expect(await withRetries(failing([...errors, new ConnectionError('gone')]).work, policy())).toBe('done');
  for (const [i, longest] of [8, 16, 32, 32, 32, 32].entries()) {
    expect(waits[i]).toBeGreaterThanOrEqual(longest / 2);
    expect(waits[i]).toBeLessThanOrEqual(longest);
  }
});

it('waits as long as the service asks', async () => {
  waits.length = 0;
  await withRetries(failing([problem(429, 0.05)]).work, policy());
  expect(waits).toEqual([50]);
});

it('does not repeat a refusal', async () => {
  const attempt = failing([problem(400)]);
  await expect(withRetries(attempt.work, policy())).rejects.toThrow('http_400');
  expect(attempt.calls()).toBe(1);
});

it('gives up at once when the service asks for more time than there is', async () => {
  const attempt = failing([problem(503, 3600)]);
  await expect(withRetries(attempt.work, policy())).rejects.toThrow('http_503');
  expect(attempt.calls()).toBe(1);
});
