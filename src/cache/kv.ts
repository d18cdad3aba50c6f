import { count } from '../metrics/recorder.ts';
import { log } from '../shared/log.ts';
import type { ByteCache } from './byte-cache.ts';
import { jittered } from './jitter.ts';
import { inKvTime } from './kv-time.ts';
import { NO_TALLY, type Tally } from './tally.ts';

/** The least KV accepts. */
const MIN_TTL_SECONDS = 60;

/**
 * A cache in Workers KV: shared by all isolates, eventually consistent (a new value takes up to a minute to be seen
 * elsewhere). KV being down is a miss, never a failure.
 *
 * @param later where writes go on after the answer, `waitUntil` in a Worker
 */
export function kvCache(kv: KVNamespace, later: (work: Promise<unknown>) => void, tally: Tally = NO_TALLY): ByteCache {
  return {
    async get(key) {
      count('kv_operations_total', { operation: 'read' });
      try {
        const value = await inKvTime(kv.get(key, 'arrayBuffer'));
        tally(value === null ? 'miss' : 'hit');
        return value === null ? null : new Uint8Array(value);
      } catch (error) {
        tally('miss');
        log.error('a KV cache read failed', { error });
        return null;
      }
    },

    async put(key, value, ttlSeconds) {
      const expirationTtl = Math.max(MIN_TTL_SECONDS, Math.floor(jittered(ttlSeconds, Math.random)));
      count('kv_operations_total', { operation: 'write' });
      const write = kv.put(key, value, { expirationTtl });
      later(write.catch((error: unknown) => log.error('a KV cache write failed', { error })));
    },

    async clear(prefix) {
      let cursor: string | null = null;
      do {
        const page: KVNamespaceListResult<unknown> = await kv.list({ prefix, cursor });
        count('kv_operations_total', { operation: 'list' });
        count('kv_operations_total', { operation: 'delete' }, page.keys.length);
        await Promise.all(page.keys.map(({ name }) => kv.delete(name)));
        cursor = page.list_complete ? null : page.cursor;
      } while (cursor !== null);
    },
  };
}
