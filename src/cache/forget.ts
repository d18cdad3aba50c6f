import { kvCache } from './kv.ts';
import { CACHES } from './policy.ts';
import { scopePrefix } from './scope.ts';

/** Start of the keys of each cache that KV holds by scope. */
const IN_KV = Object.values(CACHES).flatMap(({ key, tiers }) =>
  (tiers as readonly string[]).includes('kv') && key.includes(':{scope hash') ? [key.split(':')[0]!] : [],
);

/**
 * Forgets everything that KV holds of a scope, whichever cache put it there.
 * @throws when KV does not answer
 */
export async function forgetInKv(kv: KVNamespace, scope: string): Promise<void> {
  const cache = kvCache(kv, () => {});
  for (const name of IN_KV) await cache.clear(await scopePrefix(name, scope));
}

/** How much KV holds of a scope; as far as it tells, since it is eventually consistent. */
export async function countInKv(kv: KVNamespace, scope: string): Promise<number> {
  let count = 0;
  for (const name of IN_KV) count += (await kv.list({ prefix: await scopePrefix(name, scope) })).keys.length;
  return count;
}
