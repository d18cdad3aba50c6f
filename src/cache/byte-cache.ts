/** Bytes under text keys for a time. What is put may be gone at once: a cache is never the only place. */
export interface ByteCache {
  /** The bytes as they were put, not to be changed by the caller, or null. A cache that is down has nothing. */
  get(key: string): Promise<Uint8Array | null>;
  put(key: string, value: Uint8Array, ttlSeconds: number): Promise<void>;
  /**
   * Forgets every key that starts with `prefix`.
   * @throws when it cannot: what was asked to be forgotten may still be there
   */
  clear(prefix: string): Promise<void>;
}
