/** Where a cache keeps its entries: `l1` in the isolate, `kv` in Workers KV behind it. */
export type CacheTier = 'l1' | 'kv';

/** What one cache may keep, and for how long. */
export interface CachePolicy {
  /** shape of its keys: the first part is unique to the cache and its version */
  key: string;
  /** at most: up to a tenth is taken off each entry by chance, so that they do not expire together */
  ttlSeconds: number;
  /** all tiers together; KV cannot enforce it, so it is what time to live and the choice of writes are planned for */
  budgetBytes: number;
  /** share of one isolate; an isolate has 128 MB, of which the embedding model takes about 42 */
  l1Bytes: number;
  tiers: readonly CacheTier[];
  /** who holds it to its bytes and time */
  enforced: Partial<Record<CacheTier, string>>;
  /** what makes an entry untrue, and how that is noticed */
  invalidation: string;
  /** what is remembered of what is not there; null: nothing, since asking again costs little or never happens */
  negative: string | null;
}

const MB = 1_000_000;
const LRU = 'src/cache/memory.ts: bytes by least recent use, time';
const KV_TIME = 'time alone, at least 60 s';

/** Every cache of the service. Hashes are SHA-256, in hex, so that no text can be read from a key. */
export const CACHES = {
  embeddings: {
    key: 'emb1:{scope hash, 32 digits}:{hash of model and normalised text}',
    ttlSeconds: 86_400,
    budgetBytes: 500 * MB,
    l1Bytes: 8 * MB,
    tiers: ['l1', 'kv'],
    enforced: { l1: LRU, kv: KV_TIME },
    invalidation:
      'none: a vector of a text by a model never changes; forgotten with its person, but for questions that three people of the tenant asked. The object itself holds the last four questions for a minute',
    negative: null,
  },
  personality: {
    key: 'per3:{life of the mirror}',
    ttlSeconds: 3_600,
    budgetBytes: 50 * MB,
    l1Bytes: 4 * MB,
    // the object is the only reader, and has what it is made of: KV would be slower, and one more place to erase
    tiers: ['l1'],
    enforced: { l1: LRU },
    invalidation:
      '2 % more messages or words overtake it: the object then concludes anew, in idle time, what has been read; a message taken back or a withdrawn consent begins another life, which shares no key',
    negative: null,
  },
  spatialQueries: {
    key: 'spq3:{log of changes}:{palace and shape}',
    ttlSeconds: 1_800,
    budgetBytes: 100 * MB,
    l1Bytes: 8 * MB,
    tiers: ['l1'],
    enforced: { l1: LRU },
    invalidation:
      'epoch: an older answer is mended by the changes that the isolate has noted since, without a gap, or is not served',
    negative: 'an empty answer is an answer',
  },
  textModelResponses: {
    key: 'llm1:{scope hash, 32 digits}:{hash of life, model, template and variables}',
    ttlSeconds: 7_200,
    budgetBytes: 200 * MB,
    l1Bytes: 4 * MB,
    tiers: ['l1', 'kv'],
    enforced: { l1: LRU, kv: KV_TIME },
    invalidation: 'a deleted message or a withdrawn consent begins another life, which shares no key',
    negative: 'the object knows which answers KV holds, and asks it for no other',
  },
  apiKeys: {
    key: 'key:{hash of the key}',
    ttlSeconds: 60,
    budgetBytes: 10 * MB,
    l1Bytes: 6 * MB,
    tiers: ['l1', 'kv'],
    enforced: { l1: 'src/auth/key-lookup.ts: 10,000 entries, time', kv: 'time; a day for an outage of Postgres' },
    invalidation:
      'time, from the last quarter of it read anew while the old answer serves, by one for all; a revocation at once where it was made',
    negative: 'an unknown key, in the isolate alone',
  },
  flags: {
    key: 'flags1:{tenant hash, 32 digits}',
    ttlSeconds: 30,
    budgetBytes: 10 * MB,
    l1Bytes: 1 * MB,
    tiers: ['l1'],
    enforced: { l1: LRU },
    invalidation:
      'time, from the last third of it read anew while the old answer serves; a change at once where it was made',
    negative: 'a tenant that has set none',
  },
} as const satisfies Record<string, CachePolicy>;

export type CacheName = keyof typeof CACHES;
