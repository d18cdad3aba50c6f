import type { ByteCache } from './byte-cache.ts';

/** The least KV accepts. */
const MIN_TTL_SECONDS = 60;

/**
 * A cache in Workers KV: shared by all isolates, eventually consistent (a new value takes up to a minute to be seen
 * elsewhere). KV being down is a miss, never a failure.
 *
 * @param later where writes go on after the answer, `waitUntil` in a Worker
 */
export function kvCache(kv: KVNamespace, later: (work: Promise<unknown>) => void): ByteCache {
  return {
    async get(key) {
      try {
        const value = await kv.get(key, 'arrayBuffer');
        return value === null ? null : new Uint8Array(value);
      } catch (error) {
        console.error('a KV cache read failed', { error });
        return null;
      }
    },

    async put(key, value, ttlSeconds) {
      const expirationTtl = Math.max(MIN_TTL_SECONDS, ttlSeconds);
      const write = kv.put(key, value, { expirationTtl });
      later(write.catch((error: unknown) => console.error('a KV cache write failed', { error })));
    },

    async clear(prefix) {
      let cursor: string | null = null;
      do {
        const page: KVNamespaceListResult<unknown> = await kv.list({ prefix, cursor });
        await Promise.all(page.keys.map(({ name }) => kv.delete(name)));
        cursor = page.list_complete ? null : page.cursor;
      } while (cursor !== null);
    },
  };
}
