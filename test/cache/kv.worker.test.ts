import { env } from 'cloudflare:workers';
import { afterEach, expect, it, vi } from 'vitest';
import { kvCache } from '../../src/cache/kv.ts';
import type { Env } from '../../src/env.ts';

const { KV } = env as unknown as Env;
const writes: Promise<unknown>[] = [];
const cache = kvCache(KV, (work) => {
  writes.push(work);
});

afterEach(() => {
  vi.restoreAllMocks();
});

it('keeps bytes as they were put', async () => {
  const value = Uint8Array.of(0, 1, 255);
  await cache.put('kv-test:a', value, 60);
  await Promise.all(writes);
  expect(await cache.get('kv-test:a')).toEqual(value);
  expect(await cache.get('kv-test:b')).toBeNull();
});

it('clears every key of a prefix and none beside it', async () => {
  for (const key of ['x:1', 'x:2', 'xy:1']) await cache.put(`kv-test:${key}`, Uint8Array.of(1), 60);
  await Promise.all(writes);
  await cache.clear('kv-test:x:');
  expect(await cache.get('kv-test:x:1')).toBeNull();
  expect(await cache.get('kv-test:xy:1')).not.toBeNull();
});

it('raises a time to live that KV would refuse', async () => {
  await cache.put('kv-test:short', Uint8Array.of(1), 1);
  await Promise.all(writes);
  expect(await cache.get('kv-test:short')).not.toBeNull();
});

it('has nothing while KV is down, fails nothing, and says so only when asked to forget', async () => {
  vi.spyOn(console, 'error').mockImplementation(() => {});
  const down = () => Promise.reject(new Error('KV is down'));
  const late: Promise<unknown>[] = [];
  const broken = kvCache({ get: down, put: down, list: down } as unknown as KVNamespace, (work) => {
    late.push(work);
  });
  expect(await broken.get('a')).toBeNull();
  await broken.put('a', Uint8Array.of(1), 60);
  await expect(Promise.all(late)).resolves.toHaveLength(1);
  await expect(broken.clear('a')).rejects.toThrow('KV is down');
});
