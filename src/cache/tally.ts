import { count } from '../metrics/recorder.ts';
import type { CacheName, CacheTier } from './policy.ts';

/**
 * What became of a question to a cache: `hit`; `miss`: nothing was there; `stale`: something was, but too old, or
 * overtaken by a write, and was not served. Two are no answers: `eviction`, an entry made room for another, and `renewal`,
 * it was made anew before its time was over, so that nobody waits for that.
 */
export type CacheResult = 'hit' | 'miss' | 'stale' | 'eviction' | 'renewal';

/** Counts results of one cache in one tier. */
export type Tally = (result: CacheResult) => void;

export const NO_TALLY: Tally = () => {};

/** Counts in the metrics of this isolate. */
export const tallyOf =
  (cache: CacheName, tier: CacheTier): Tally =>
  (result) =>
    count('cache_requests_total', { cache, tier, result });
