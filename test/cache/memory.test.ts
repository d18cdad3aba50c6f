import { expect, it } from 'vitest';
import { MemoryCache } from '../../src/cache/memory.ts';
import { SingleFlight } from '../../src/cache/single-flight.ts';
import type { CacheResult } from '../../src/cache/tally.ts';

const value = new Uint8Array(8);

it('counts what became of each question, and what had to go', () => {
  const seen: CacheResult[] = [];
  let now = 0;
  const cache = new MemoryCache(500, { now: () => now, random: () => 0, tally: (result) => seen.push(result) });
  cache.read('a');
  cache.write('a', value, 10);
  cache.read('a');
  cache.read('a', () => false); // overtaken
  cache.write('a', value, 10);
  now = 10_000;
  cache.read('a'); // too old
  for (const key of ['a', 'b', 'c']) cache.write(key, value, 10);
  expect(seen).toEqual(['miss', 'hit', 'stale', 'stale', 'eviction']);
});

it('lets entries of one moment expire at different times, none of them late', () => {
  let now = 0;
  let draws = 0;
  const cache = new MemoryCache(1e6, { now: () => now, random: () => draws++ / 100 });
  for (let i = 0; i < 100; i++) cache.write(`k${i}`, value, 100);
  const alive = () =>
    Array.from({ length: 100 }, (_, i) => cache.read(`k${i}`)).filter((found) => found !== null).length;
  now = 89_000;
  expect(alive()).toBe(100);
  now = 95_000;
  expect(alive()).toBeGreaterThan(30);
  expect(alive()).toBeLessThan(70);
  now = 100_000;
  expect(alive()).toBe(0);
});

it('tells its owner what is in use and in time, and takes that for no question', () => {
  const seen: CacheResult[] = [];
  let now = 0;
  const cache = new MemoryCache(1e6, { now: () => now, random: () => 0, tally: (result) => seen.push(result) });
  cache.write('a', value, 10);
  const before = cache.inUse('a');
  cache.read('a');
  const used = cache.inUse('a');
  cache.renew('a', value, 10);
  const renewed = cache.inUse('a');
  cache.read('a');
  now = 10_000;
  expect([before, used, renewed, cache.inUse('a'), cache.inUse('b')]).toEqual([
    ...[null, { value, secondsLeft: 10 }],
    ...[null, null, null],
  ]);
  expect(seen).toEqual(['hit', 'renewal', 'hit']);
});

it('waits no longer than two seconds for work whose request was ended without a word', async () => {
  let now = 0;
  const turn = async () => {
    now += 500;
  };
  const flights = new SingleFlight(turn, () => now);
  void flights.alone(['a'], () => new Promise(() => {}));
  expect(await flights.alone(['a', 'b'], async (hasWaited) => [hasWaited, now])).toEqual([true, 2_000]);
});
