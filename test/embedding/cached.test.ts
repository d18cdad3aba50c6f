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

const person = (name: string, tenant = 't') => JSON.stringify([tenant, name]);
const askedBy = (names: string[], text = 'a', model = remote) =>
  Promise.all(names.map((name) => cache.embed(model, [text], person(name), 'query')));

it('shares a question among the people of a tenant once three of them have asked it', async () => {
  await askedBy(['ana', 'bo']);
  expect(remote.calls).toHaveLength(2);
  for (const name of ['chi', 'dee']) await askedBy([name]);
  expect(remote.calls).toHaveLength(3);
  await cache.embed(remote, ['a'], person('ana', 'another tenant'), 'query');
  expect(remote.calls).toHaveLength(4);
});

it('takes one who asks again and again for one person', async () => {
  for (let i = 0; i < 5; i++) await askedBy(['ana', 'bo']);
  await askedBy(['chi']);
  expect(remote.calls).toHaveLength(3);
});

it('writes what is common to the shared cache, and finds it there in a new isolate', async () => {
  const [computed] = await askedBy(['ana', 'bo', 'chi']);
  const isolate = new EmbeddingCache({ l1: new MemoryCache(BUDGET), l2 });
  expect(await isolate.embed(remote, ['a'], person('dee'), 'query')).toEqual(computed);
  expect(remote.calls).toHaveLength(3);
});

it('keeps what is of one person, of a message, or of a local model out of the shared cache', async () => {
  await askedBy(['ana', 'bo']);
  for (const name of ['ana', 'bo', 'chi']) await cache.embed(remote, ['m'], person(name), 'message');
  await askedBy(['ana', 'bo', 'chi'], 'q', local);
  expect(l2.size).toBe(0);
});

it('counts questions, and takes no message for one', async () => {
  const seen: string[] = [];
  const counted = new EmbeddingCache({ l1, tally: (result) => seen.push(result) });
  await counted.embed(local, ['new'], person('ana'), 'message');
  for (const text of ['new', 'other', 'other']) await counted.embed(local, [text], person('ana'), 'query');
  expect(seen).toEqual(['hit', 'miss', 'hit']);
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

it('computes once what several ask for at the same time', async () => {
  const asked = [1, 2, 3].map(() => cache.embed(local, ['a', 'b'], 'ana', 'query'));
  const [first, ...others] = await Promise.all(asked);
  expect(others).toEqual([first, first]);
  expect(local.calls).toEqual([['a', 'b']]);
});

it('lets those who wait try themselves when the first one fails', async () => {
  local.fail();
  const asked = [1, 2].map(() => cache.embed(local, ['a'], 'ana', 'query'));
  expect((await Promise.allSettled(asked)).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  local.recover();
  expect(await cache.embed(local, ['a'], 'ana', 'query')).toHaveLength(3);
});
