import type { MemoryCache } from './memory.ts';

const [encoder, decoder] = [new TextEncoder(), new TextDecoder()];

/** A value of JSON from a cache of the isolate, or made and kept. Its key must name the version of what it is made of. */
export function keptJson<T>(cache: MemoryCache, key: string, ttlSeconds: number, make: () => T): T {
  const kept = cache.read(key);
  if (kept) return JSON.parse(decoder.decode(kept));
  const made = make();
  cache.write(key, encoder.encode(JSON.stringify(made)), ttlSeconds);
  return made;
}
