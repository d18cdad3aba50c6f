import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { Principal } from '../../src/auth/contract.ts';
import {
  KEY_FRESH_MS,
  KeyLookup,
  type KeyLookupPorts,
  type KnownKey,
  REFRESH_AFTER_MS,
} from '../../src/auth/key-lookup.ts';

const PRINCIPAL: Principal = { keyId: 'k', tenantId: 't', scopes: ['read'], userId: null, ratePerMinute: null };
const KNOWN: KnownKey = { principal: PRINCIPAL, expiresAt: null };

let now: number;
let reads: number;
let stored: Map<string, KnownKey>;
let kv: Map<string, string>;
let ports: KeyLookupPorts;
let lookup: KeyLookup;

beforeEach(() => {
  vi.spyOn(console, 'error').mockImplementation(() => {});
  now = 1_000_000;
  reads = 0;
  stored = new Map([['known', KNOWN]]);
  kv = new Map();
  ports = {
    find: async (hash) => {
      reads++;
      return stored.get(hash) ?? null;
    },
    recall: async (hash) => kv.get(hash) ?? null,
    remember: async (hash, text) => void kv.set(hash, text),
    now: () => now,
    random: () => 0.5,
  };
  lookup = new KeyLookup();
});
afterEach(() => vi.restoreAllMocks());

const down = async () => {
  throw new Error('down');
};

it('knows a stored key, and asks for it once within its time', async () => {
  expect(await lookup.principal('known', ports)).toEqual(PRINCIPAL);
  now += REFRESH_AFTER_MS - 1;
  expect(await lookup.principal('known', ports)).toEqual(PRINCIPAL);
  expect(reads).toBe(1);
});

it('answers at once only where it would ask nobody', async () => {
  expect(lookup.atOnce('known', now)).toBeUndefined();
  await lookup.principal('known', ports);
  await lookup.principal('unknown', ports);
  expect([lookup.atOnce('known', now), lookup.atOnce('unknown', now)]).toEqual([PRINCIPAL, null]);
  expect(lookup.atOnce('known', now + REFRESH_AFTER_MS - 1)).toEqual(PRINCIPAL);
  expect(lookup.atOnce('known', now + REFRESH_AFTER_MS)).toBeUndefined();
});

it('refuses at once a key that was revoked or has expired', async () => {
  stored.set('short', { principal: PRINCIPAL, expiresAt: now + 10 });
  await lookup.principal('short', ports);
  expect(lookup.atOnce('short', now + 10)).toBeNull();
  await lookup.principal('known', ports);
  await lookup.revoked('known', ports);
  expect(lookup.atOnce('known', now)).toBeNull();
});

it('reads a key that is in use anew before its time is over, once for all who come then', async () => {
  await lookup.principal('known', ports);
  now += REFRESH_AFTER_MS;
  await Promise.all(Array.from({ length: 100 }, () => lookup.principal('known', ports)));
  expect(reads).toBe(2);
  now += KEY_FRESH_MS - REFRESH_AFTER_MS;
  await Promise.all(Array.from({ length: 100 }, () => lookup.principal('known', ports)));
  expect(reads).toBe(2);
});

it('holds up nobody to read a key anew, and tells that apart from a question', async () => {
  const told: string[] = [];
  const later: Promise<void>[] = [];
  const counting = {
    ...ports,
    tally: (tier: string, result: string) => void told.push(`${tier} ${result}`),
    later: (work: Promise<void>) => void later.push(work),
  };
  await lookup.principal('known', counting);
  now += REFRESH_AFTER_MS;
  let answer: (found: null) => void = () => {};
  const slow = { ...counting, find: () => new Promise<null>((resolve) => (answer = resolve)) };
  const asked = [await lookup.principal('known', slow), await lookup.principal('known', slow)];
  answer(null); // it was revoked
  await Promise.all(later);
  expect([...asked, await lookup.principal('known', counting)]).toEqual([PRINCIPAL, PRINCIPAL, null]);
  expect(told).toEqual(['l1 miss', 'kv miss', 'l1 hit', 'l1 hit', 'l1 renewal', 'l1 hit']);
});

it('does not take up again a key that was revoked while it was read anew', async () => {
  const later: Promise<void>[] = [];
  await lookup.principal('known', ports);
  now += REFRESH_AFTER_MS;
  let answer: (found: KnownKey) => void = () => {};
  const find = () => new Promise<KnownKey>((resolve) => (answer = resolve));
  await lookup.principal('known', { ...ports, find, later: (work) => void later.push(work) });
  await new Promise(setImmediate); // until it asks
  await lookup.revoked('known', ports);
  answer(KNOWN);
  await Promise.all(later);
  expect(await lookup.principal('known', ports)).toBeNull();
});

it('forgets a revoked key within a minute', async () => {
  await lookup.principal('known', ports);
  stored.clear();
  now += KEY_FRESH_MS;
  expect(await lookup.principal('known', ports)).toBeNull();
});

it('forgets a revoked key within a minute also where another isolate has just read it', async () => {
  await new KeyLookup().principal('known', ports);
  stored.clear();
  now += KEY_FRESH_MS - 1;
  expect(await lookup.principal('known', ports)).toEqual(PRINCIPAL); // from KV, 59.999 s old
  now += 1;
  expect(await lookup.principal('known', ports)).toBeNull();
});

it('refuses an expired key at once, also from a fresh cache', async () => {
  stored.set('known', { principal: PRINCIPAL, expiresAt: now + 10 });
  expect(await lookup.principal('known', ports)).toEqual(PRINCIPAL);
  now += 10;
  expect(await lookup.principal('known', ports)).toBeNull();
});

it('reads from KV what another isolate has read', async () => {
  await new KeyLookup().principal('known', ports);
  expect(await lookup.principal('known', ports)).toEqual(PRINCIPAL);
  expect(reads).toBe(1);
});

it('never writes an unknown key to KV, and asks for it once within its time', async () => {
  expect(await lookup.principal('unknown', ports)).toBeNull();
  expect(await lookup.principal('unknown', ports)).toBeNull();
  expect(kv.size).toBe(0);
  expect(reads).toBe(1);
});

it('notes an answer in KV again only after ten minutes or so, and a changed one at once', async () => {
  let writes = 0;
  const remember = async (hash: string, text: string) => {
    kv.set(hash, text);
    writes++;
  };
  const counting = { ...ports, remember };
  for (let minute = 0; minute < 10; minute++, now += KEY_FRESH_MS) await lookup.principal('known', counting);
  expect(writes).toBe(1);
  await lookup.principal('known', counting);
  expect(writes).toBe(2);
  stored.set('known', { ...KNOWN, expiresAt: now + 1e9 });
  now += KEY_FRESH_MS;
  await lookup.principal('known', counting);
  expect(writes).toBe(3);
});

it('serves the last known answer while the database is down', async () => {
  await lookup.principal('known', ports);
  ports.find = down;
  now += 24 * 3_600_000;
  expect(await lookup.principal('known', ports)).toEqual(PRINCIPAL);
});

it('serves in a new isolate what KV knows while the database is down', async () => {
  await new KeyLookup().principal('known', ports);
  ports.find = down;
  now += 3_600_000;
  expect(await lookup.principal('known', ports)).toEqual(PRINCIPAL);
});

it('does not serve in a new isolate a key that was seen to be revoked before the database went down', async () => {
  await new KeyLookup().principal('known', ports);
  stored.clear();
  now += KEY_FRESH_MS;
  await new KeyLookup().principal('known', ports);
  ports.find = down;
  now += KEY_FRESH_MS;
  expect(await lookup.principal('known', ports)).toBeNull();
});

it('says that it cannot tell when the database is down and nothing is known of the key', async () => {
  ports.find = down;
  await expect(lookup.principal('known', ports)).rejects.toThrow('down');
});

it('works without KV', async () => {
  ports.recall = down;
  ports.remember = down;
  expect(await lookup.principal('known', ports)).toEqual(PRINCIPAL);
  expect(await lookup.principal('unknown', ports)).toBeNull();
});

it.each(['', 'no json', '{}', '{"key":{"principal":{}},"readAt":1}'])(
  'passes over what KV should not hold: %s',
  async (text) => {
    kv.set('known', text);
    expect(await lookup.principal('known', ports)).toEqual(PRINCIPAL);
  },
);

it('holds a bounded number of keys, and the one asked for last', async () => {
  const isolate = (lookup as unknown as { isolate: Map<string, unknown> }).isolate;
  for (let i = 0; i < 25_000; i++) await lookup.principal(`unknown ${i}`, ports);
  expect(isolate.size).toBeLessThanOrEqual(10_000);
  expect(isolate.has('unknown 24999')).toBe(true);
});
