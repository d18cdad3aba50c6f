import type { ByteCache } from './byte-cache.ts';

const IV_BYTES = 12;

/**
 * Entries of another cache, encrypted (AES-256-GCM, bound to their key). Once the secret is gone nobody can read what
 * is still stored; what was put under another secret, or was changed, counts as missing.
 *
 * @param secret 32 bytes
 */
export async function sealedCache(inner: ByteCache, secret: Uint8Array): Promise<ByteCache> {
  const key = await crypto.subtle.importKey('raw', secret, 'AES-GCM', false, ['encrypt', 'decrypt']);
  const algorithm = (iv: Uint8Array, name: string) => ({
    ...{ name: 'AES-GCM', iv },
    additionalData: new TextEncoder().encode(name),
  });
  return {
    async get(name) {
      const sealed = await inner.get(name);
      if (sealed === null) return null;
      const iv = sealed.subarray(0, IV_BYTES);
      try {
        return new Uint8Array(await crypto.subtle.decrypt(algorithm(iv, name), key, sealed.subarray(IV_BYTES)));
      } catch {
        return null;
      }
    },

    async put(name, value, ttlSeconds) {
      const iv = crypto.getRandomValues(new Uint8Array(IV_BYTES));
      const body = new Uint8Array(await crypto.subtle.encrypt(algorithm(iv, name), key, value));
      const sealed = new Uint8Array(IV_BYTES + body.length);
      sealed.set(iv);
      sealed.set(body, IV_BYTES);
      await inner.put(name, sealed, ttlSeconds);
    },

    clear: (prefix) => inner.clear(prefix),
  };
}
