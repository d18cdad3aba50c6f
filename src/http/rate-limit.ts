interface Bucket {
  tokens: number;
  /** epoch ms */
  filledAt: number;
}

/** Requests a minute of a key that names no rate of its own. */
export const DEFAULT_RATE_PER_MINUTE = 6_000;
/** Requests a minute about one user, from all keys that name no rate of their own together. */
export const DEFAULT_USER_RATE_PER_MINUTE = 3_000;
const MAX_BUCKETS = 10_000;

/**
 * Token buckets by name: `ratePerMinute` on average, a tenth of a minute's worth at once. It counts within one isolate;
 * a key that spreads over several gets that many times its rate.
 */
export class RateLimiter {
  private readonly buckets = new Map<string, Bucket>();

  /** @returns 0 if the request may pass, else the seconds to wait */
  take(name: string, ratePerMinute: number, now: number): number {
    const size = Math.max(1, ratePerMinute / 10);
    const perMs = ratePerMinute / 60_000;
    const bucket = this.buckets.get(name) ?? { tokens: size, filledAt: now };
    bucket.tokens = Math.min(size, bucket.tokens + Math.max(0, now - bucket.filledAt) * perMs);
    bucket.filledAt = now;
    if (!this.buckets.has(name)) {
      // a full bucket says nothing, so forgetting all of them only forgives
      if (this.buckets.size >= MAX_BUCKETS) this.buckets.clear();
      this.buckets.set(name, bucket);
    }
    if (bucket.tokens < 1) return Math.ceil((1 - bucket.tokens) / perMs / 1_000);
    bucket.tokens -= 1;
    return 0;
  }
}
