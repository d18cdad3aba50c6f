import { beforeEach, expect, it } from 'vitest';
import { MemoryCache } from '../../src/cache/memory.ts';
import { EmbeddingCache } from '../../src/embedding/cached.ts';
import { FakeEmbedder } from '../helpers/fake-embedder.ts';

const BUDGET = 100_000;
let local: FakeEmbedder;
let remote: FakeEmbedder;
let l1: MemoryCache;
let l2: MemoryCache;
let cache: EmbeddingCache;

beforeEach(() => {
  [local, remote] = [new FakeEmbedder('local'), new FakeEmbedder('remote', true)];
  [l1, l2] = [new MemoryCache(BUDGET), new MemoryCache(BUDGET)];
  cache = new EmbeddingCache({ l1, l2 });
});

it('computes a text once a scope and answers with the same bits', async () => {
  const computed = await local.embed(['hello', 'world']);
  const first = await cache.embed(local, ['hello', 'world'], 'ana', 'message');
  const again = await cache.embed(local, ['world', 'hello', 'world'], 'ana', 'message');
  expect(first).toEqual(computed);
  expect(again).toEqual(Float32Array.of(...computed.slice(3), ...computed.slice(0, 3), ...computed.slice(3)));
  expect(local.calls).toHaveLength(2);
});

it('asks the model only for what is missing, each text once', async () => {
  await cache.embed(local, ['a'], 'ana', 'message');
  await cache.embed(local, ['b', 'a', 'b'], 'ana', 'message');
  expect(local.calls).toEqual([['a'], ['b']]);
});

it('takes texts that the models read alike for one', async () => {
  await cache.embed(local, ['a b', ' a\n b '], 'ana', 'message');
  expect(local.calls).toEqual([['a b']]);
});

it('shares nothing between scopes', async () => {
  await cache.embed(remote, ['a'], 'ana', 'query');
  await cache.embed(remote, ['a'], 'bob', 'query');
  expect(remote.calls).toHaveLength(2);
});

it('keeps the models apart', async () => {
  await cache.embed(local, ['a'], 'ana', 'message');
  const other = await cache.embed(remote, ['a'], 'ana', 'message');
  expect(other).toEqual(Float32Array.from(remote.vectorOf('a')));
});

it('caches nothing without a scope', async () => {
  await cache.embed(local, ['a'], undefined, 'query');
  expect(l1.size + l2.size).toBe(0);
});

it('writes queries of a remote model to the shared cache, and finds them there in a new isolate', async () => {
  const computed = await cache.embed(remote, ['a'], 'ana', 'query');
  const isolate = new EmbeddingCache({ l1: new MemoryCache(BUDGET), l2 });
  expect(await isolate.embed(remote, ['a'], 'ana', 'query')).toEqual(computed);
  expect(remote.calls).toHaveLength(1);
});

it('keeps messages, and what a local model computes, out of the shared cache', async () => {
  await cache.embed(remote, ['a'], 'ana', 'message');
  await cache.embed(local, ['a'], 'ana', 'query');
  expect(l2.size).toBe(0);
});

it('computes again what the cache holds in a wrong length', async () => {
  await cache.embed(local, ['a'], 'ana', 'message');
  const wider = Object.assign(new FakeEmbedder('local'), { dimensions: 4, embed: async () => new Float32Array(4) });
  expect(await cache.embed(wider, ['a'], 'ana', 'message')).toHaveLength(4);
});

it('forgets a scope and no other', async () => {
  await cache.embed(remote, ['a'], 'ana', 'query');
  await cache.embed(remote, ['a'], 'bob', 'query');
  await cache.forget('ana');
  await cache.embed(remote, ['a'], 'bob', 'query');
  expect(remote.calls).toHaveLength(2);
  await cache.embed(remote, ['a'], 'ana', 'query');
  expect(remote.calls).toHaveLength(3);
});

it('keeps nothing of a batch that failed', async () => {
  local.fail();
  await expect(cache.embed(local, ['a'], 'ana', 'message')).rejects.toThrow();
  expect(l1.size).toBe(0);
});
