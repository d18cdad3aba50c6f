import { hexOf } from '../shared/hex.ts';
import type { ByteCache } from './byte-cache.ts';
import { sealedCache } from './sealed.ts';

interface ScopeKeys {
  entries: ByteCache;
  names: CryptoKey;
}

/** Scopes whose keys are held; they are derived again in a moment. */
const MAX_SCOPES = 200;
const encoder = new TextEncoder();

/**
 * Entries of another cache, each scope under a key of its own that is derived from a secret (HKDF-SHA-256). The end of a
 * name is replaced by its HMAC: it may be the hash of a text, by which a guess could be confirmed. The start, by which a
 * scope is forgotten, stays.
 *
 * @param secret another one finds nothing of what was put under this one
 */
export function scopeSealedCache(inner: ByteCache, secret: string): ByteCache {
  const held = new Map<string, ScopeKeys>();
  const keysOf = async (prefix: string): Promise<ScopeKeys> => {
    const known = held.get(prefix);
    if (known) return known;
    const made = await derivedKeys(inner, secret, prefix);
    held.set(prefix, made);
    if (held.size > MAX_SCOPES) held.delete(held.keys().next().value!);
    return made;
  };
  const locate = async (name: string) => {
    const prefix = name.slice(0, name.lastIndexOf(':') + 1);
    const { entries, names } = await keysOf(prefix);
    const mac = await crypto.subtle.sign('HMAC', names, encoder.encode(name));
    return { entries, stored: prefix + hexOf(new Uint8Array(mac)) };
  };
  return {
    async get(name) {
      const { entries, stored } = await locate(name);
      return entries.get(stored);
    },

    async put(name, value, ttlSeconds) {
      const { entries, stored } = await locate(name);
      await entries.put(stored, value, ttlSeconds);
    },

    clear: (prefix) => inner.clear(prefix),
  };
}

/** @see RFC 5869 (HKDF) */
async function derivedKeys(inner: ByteCache, secret: string, prefix: string): Promise<ScopeKeys> {
  const material = await crypto.subtle.importKey('raw', encoder.encode(secret), 'HKDF', false, ['deriveBits']);
  const parameters = { name: 'HKDF', hash: 'SHA-256', salt: encoder.encode('palimpsest') };
  const derived = (purpose: string) =>
    crypto.subtle.deriveBits({ ...parameters, info: encoder.encode(`${purpose} ${prefix}`) }, material, 256);
  const hmac = { name: 'HMAC', hash: 'SHA-256' };
  return {
    entries: await sealedCache(inner, new Uint8Array(await derived('cache'))),
    names: await crypto.subtle.importKey('raw', await derived('cache-name'), hmac, false, ['sign']),
  };
}
