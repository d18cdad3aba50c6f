/** Where a cache keeps its entries: `l1` in the isolate, `kv` in Workers KV behind it. */
type CacheTier = 'l1' | 'kv';

/** What one cache may keep, and for how long. */
export interface CachePolicy {
  /** shape of its keys: the first part is unique to the cache and its version */
  key: string;
  ttlSeconds: number;
  /** all tiers together; KV cannot enforce it, so it is what time to live and the choice of writes are planned for */
  budgetBytes: number;
  /** share of one isolate, enforced; an isolate has 128 MB, of which the embedding model takes about 42 */
  l1Bytes: number;
  tiers: readonly CacheTier[];
}

const MB = 1_000_000;

/** Every cache of the service. Hashes are SHA-256, in hex, so that no text can be read from a key. */
export const CACHES = {
  embeddings: {
    key: 'emb1:{scope hash, 32 digits}:{hash of model and normalised text}',
    ttlSeconds: 86_400,
    budgetBytes: 500 * MB,
    l1Bytes: 8 * MB,
    tiers: ['l1', 'kv'],
  },
  personality: {
    key: 'per1:{scope hash, 32 digits}:{epoch}:{model}',
    ttlSeconds: 3_600,
    budgetBytes: 50 * MB,
    l1Bytes: 4 * MB,
    tiers: ['l1', 'kv'],
  },
  spatialQueries: {
    key: 'spq1:{life of the object}:{epoch}:{hash of palace and shape}',
    ttlSeconds: 1_800,
    budgetBytes: 100 * MB,
    l1Bytes: 8 * MB,
    tiers: ['l1'],
  },
  textModelResponses: {
    key: 'llm1:{scope hash, 32 digits}:{hash of life, model, template and variables}',
    ttlSeconds: 7_200,
    budgetBytes: 200 * MB,
    l1Bytes: 4 * MB,
    tiers: ['l1', 'kv'],
  },
} as const satisfies Record<string, CachePolicy>;
