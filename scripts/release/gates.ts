import type { Sample } from './exposition.ts';

/** What a deployment says of itself at one moment; counters since it began. */
export interface Health {
  requests: number;
  /** answered with 5xx; what is shed with 429 is no fault of a version */
  errors: number;
  /** requests that took at most so many seconds */
  upTo: ReadonlyMap<number, number>;
  /** age of the oldest change that Postgres does not have, in seconds; 0 where nobody has reported one */
  outboxSeconds: number;
}

export interface Limits {
  /** of the requests of the new version */
  errorRatio: number;
  /** of all requests, in seconds */
  p95Seconds: number;
  outboxSeconds: number;
  /** the new version must have had so many requests before its errors are judged */
  requests: number;
}
export const LIMITS: Limits = { errorRatio: 0.01, p95Seconds: 0.5, outboxSeconds: 60, requests: 50 };

export interface Judgement {
  /** why the version must go; empty: nothing speaks against it */
  faults: string[];
  /** requests that the new version has had, estimated by its share */
  seen: number;
  errorRatio: number;
  p95Seconds: number | null;
  outboxSeconds: number;
}

/** What is told by `/metrics`. */
export function healthOf(samples: readonly Sample[]): Health {
  const all = (name: string) => samples.filter((sample) => sample.name === name);
  const sum = (found: readonly Sample[]) => found.reduce((total, { value }) => total + value, 0);
  const requests = all('http_requests_total');
  const upTo = new Map<number, number>();
  for (const { labels, value } of all('http_request_duration_seconds_bucket')) {
    const bound = labels.le === '+Inf' ? Number.POSITIVE_INFINITY : Number(labels.le);
    upTo.set(bound, (upTo.get(bound) ?? 0) + value);
  }
  return {
    requests: sum(requests),
    errors: sum(requests.filter(({ labels }) => labels.status === '5xx')),
    upTo,
    outboxSeconds: Math.max(0, ...all('outbox_oldest_unsent_seconds').map(({ value }) => value)),
  };
}

/**
 * Judges a new version by what changed from `before` it had traffic to `now`. Metrics are of all versions together, so
 * its own errors are what goes beyond the share of the old version, at the ratio that one had.
 *
 * @param share of the traffic that is the new version's, in (0, 1]
 * @param usual error ratio before the new version had any traffic
 */
export function judge(before: Health, now: Health, share: number, usual: number, limits: Limits = LIMITS): Judgement {
  const requests = now.requests - before.requests;
  const seen = requests * share;
  const errors = now.errors - before.errors - usual * requests * (1 - share);
  const errorRatio = seen > 0 ? Math.min(1, Math.max(0, errors / seen)) : 0;
  const p95Seconds = quantile(before.upTo, now.upTo, 0.95);
  const faults: string[] = [];
  if (seen >= limits.requests && errorRatio > limits.errorRatio) {
    faults.push(`${percent(errorRatio)} of its requests failed; ${percent(limits.errorRatio)} may`);
  }
  if (seen >= limits.requests && p95Seconds !== null && p95Seconds > limits.p95Seconds) {
    faults.push(`p95 of all requests is ${p95Seconds.toFixed(3)} s; ${limits.p95Seconds} s is allowed`);
  }
  if (now.outboxSeconds > limits.outboxSeconds) {
    faults.push(`Postgres is ${Math.round(now.outboxSeconds)} s behind; ${limits.outboxSeconds} s is allowed`);
  }
  return { faults, seen, errorRatio, p95Seconds, outboxSeconds: now.outboxSeconds };
}

/** Share of the requests of a whole lifetime that failed. */
export const errorRatioOf = ({ requests, errors }: Health): number => (requests === 0 ? 0 : errors / requests);

/** As Prometheus interpolates it within a bucket; null without observations. */
function quantile(before: Health['upTo'], now: Health['upTo'], q: number): number | null {
  const bounds = [...now.keys()].sort((a, b) => a - b);
  const counts = bounds.map((bound) => now.get(bound)! - (before.get(bound) ?? 0));
  const total = counts.at(-1) ?? 0;
  if (total <= 0) return null;
  const at = counts.findIndex((count) => count >= q * total);
  if (bounds[at] === Number.POSITIVE_INFINITY) return bounds[at - 1] ?? Number.POSITIVE_INFINITY;
  const [low, below] = at === 0 ? [0, 0] : [bounds[at - 1]!, counts[at - 1]!];
  const inBucket = counts[at]! - below;
  return low + ((bounds[at]! - low) * (q * total - below)) / Math.max(1, inBucket);
}

const percent = (ratio: number): string => `${(100 * ratio).toFixed(1)} %`;
