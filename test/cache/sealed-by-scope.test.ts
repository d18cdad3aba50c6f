import { expect, it } from 'vitest';
import { MemoryCache } from '../../src/cache/memory.ts';
import { scopePrefix, sha256Hex } from '../../src/cache/scope.ts';
import { scopeSealedCache } from '../../src/cache/sealed-by-scope.ts';

const SECRET = 's'.repeat(32);
const TEXT = 'where did Marta move';
const prefix = await scopePrefix('emb1', 'ana');
const NAME = prefix + (await sha256Hex(TEXT));
const bytes = new TextEncoder().encode(`a vector of "${TEXT}"`);

/** A cache that shows what it was given. */
class Shown extends MemoryCache {
  readonly seen: [name: string, value: Uint8Array][] = [];
  override put(name: string, value: Uint8Array, ttlSeconds: number) {
    this.seen.push([name, value]);
    return super.put(name, value, ttlSeconds);
  }
}

it('gives back what was put, and shows neither it nor the hash of its text to who holds it', async () => {
  const inner = new Shown(1_000_000);
  const cache = scopeSealedCache(inner, SECRET);
  await cache.put(NAME, bytes, 60);
  expect(await cache.get(NAME)).toEqual(bytes);
  const [[name, value]] = inner.seen as [[string, Uint8Array]];
  expect(name.startsWith(prefix)).toBe(true);
  expect(name).not.toContain(await sha256Hex(TEXT));
  expect(new TextDecoder().decode(value)).not.toContain('Marta');
});

it('finds nothing of another scope or another secret, and nothing that was moved', async () => {
  const inner = new Shown(1_000_000);
  const cache = scopeSealedCache(inner, SECRET);
  await cache.put(NAME, bytes, 60);
  const other = NAME.replace(prefix, await scopePrefix('emb1', 'bo'));
  expect(await cache.get(other)).toBeNull();
  expect(await scopeSealedCache(inner, 'x'.repeat(32)).get(NAME)).toBeNull();
  await cache.put(other, Uint8Array.of(1), 60);
  await inner.put(inner.seen[1]![0], inner.seen[0]![1], 60);
  expect(await cache.get(other)).toBeNull();
});

it('forgets a scope by the start of its names', async () => {
  const cache = scopeSealedCache(new MemoryCache(1_000_000), SECRET);
  await cache.put(NAME, bytes, 60);
  await cache.clear(prefix);
  expect(await cache.get(NAME)).toBeNull();
});
