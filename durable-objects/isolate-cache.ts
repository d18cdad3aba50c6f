import { MemoryCache } from '../src/cache/memory.ts';
import { CACHES, type CacheName } from '../src/cache/policy.ts';
import { type Tally, tallyOf } from '../src/cache/tally.ts';

/** The isolate's share of a cache, which all its objects use together. */
export const isolateCache = (name: CacheName, tally: Tally = tallyOf(name, 'l1')): MemoryCache =>
  new MemoryCache(CACHES[name].l1Bytes, { tally });
