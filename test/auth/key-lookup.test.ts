import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { Principal } from '../../src/auth/contract.ts';
import {
  KEY_FRESH_MS,
  KeyLookup,
  type KeyLookupPorts,
  type KnownKey,
  REFRESH_AFTER_MS,
} from '../../src/auth/key-lookup.ts';
import { PATIENCE_MS } from '../../src/auth/key-questions.ts';

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
    pause: () => new Promise(setImmediate),
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

/** Time as the lookup and a hundred requests see it. */
function inTime(): { later: Promise<void>[]; ask(count: number): Promise<(Principal | null)[]> } {
  vi.useFakeTimers({ now });
  ports.now = Date.now;
  ports.pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
  const later: Promise<void>[] = [];
  ports.later = (work) => void later.push(work);
  const ask = (count: number) => Promise.all(Array.from({ length: count }, () => lookup.principal('known', ports)));
  return { later, ask };
}
afterEach(() => void vi.useRealTimers());

const silent = () => {
  reads++;
  return new Promise<never>(() => {});
};
const slow = (ms: number) => async (hash: string) => {
  reads++;
  await new Promise((resolve) => setTimeout(resolve, ms));
  return stored.get(hash) ?? null;
};

it('asks once for all who need the same key in the same moment', async () => {
  const { ask } = inTime();
  ports.find = slow(700);
  const asked = ask(100);
  await vi.advanceTimersByTimeAsync(1_100);
  expect(new Set(await asked)).toEqual(new Set([PRINCIPAL]));
  expect(reads).toBe(1);
});

it('lets nobody in with a key that was revoked while nobody used it, however many come at once', async () => {
  const { ask } = inTime();
  await ask(1);
  stored.clear();
  ports.find = slow(700);
  await vi.advanceTimersByTimeAsync(3_600_000);
  const asked = ask(100);
  await vi.advanceTimersByTimeAsync(1_100);
  expect(new Set(await asked)).toEqual(new Set([null]));
  expect(reads).toBe(2);
});

it('goes on with what it knows where the database says nothing, and holds up nobody who keeps asking', async () => {
  const { ask } = inTime();
  await ask(1);
  ports.find = silent;
  for (let second = 0; second < 120; second++) {
    expect(await ask(100)).toEqual(Array(100).fill(PRINCIPAL)); // no time passes in here
    await vi.advanceTimersByTimeAsync(1_000);
  }
});

const refusing = async () => {
  reads++;
  return down();
};

it.each([
  ['says nothing', silent],
  ['refuses', refusing],
])('asks a database that %s once in its patience, not with each request', async (_how, find) => {
  const { ask } = inTime();
  await ask(1);
  ports.find = find;
  for (let second = 0; second < 120; second++) {
    await ask(100);
    await vi.advanceTimersByTimeAsync(1_000);
  }
  expect(reads - 1).toBe((120_000 - REFRESH_AFTER_MS) / PATIENCE_MS);
});

it('waits its whole patience for a database that says nothing, where nobody has asked lately', async () => {
  const { ask } = inTime();
  await ask(1);
  ports.find = silent;
  await vi.advanceTimersByTimeAsync(3_600_000);
  let ended = 0;
  const asked = ask(100).then((found) => {
    ended = Date.now();
    return found;
  });
  const began = Date.now();
  await vi.advanceTimersByTimeAsync(PATIENCE_MS + 400);
  expect(await asked).toEqual(Array(100).fill(PRINCIPAL));
  expect(ended - began).toBeGreaterThanOrEqual(PATIENCE_MS);
  expect(reads).toBe(3); // and once more when its patience was over
});

it('lets nobody in with a key that was revoked since somebody asked for it in vain', async () => {
  const { ask } = inTime();
  await ask(1);
  ports.find = silent;
  await vi.advanceTimersByTimeAsync(KEY_FRESH_MS);
  void ask(1);
  await vi.advanceTimersByTimeAsync(3_600_000);
  stored.clear();
  ports.find = slow(700);
  const asked = ask(100);
  await vi.advanceTimersByTimeAsync(1_100);
  expect(new Set(await asked)).toEqual(new Set([null]));
});

it('knows again who was revoked during an outage, soon after it', async () => {
  const { ask } = inTime();
  await ask(1);
  const { find } = ports;
  ports.find = silent;
  for (let second = 0; second < 90; second++, await vi.advanceTimersByTimeAsync(1_000)) await ask(1);
  stored.clear();
  ports.find = find;
  await vi.advanceTimersByTimeAsync(PATIENCE_MS);
  await ask(1); // asks
  expect(await ask(1)).toEqual([null]);
});

it('serves what KV knows of a key that is new here, where the database says nothing', async () => {
  const { ask } = inTime();
  await new KeyLookup().principal('known', ports);
  ports.find = silent;
  await vi.advanceTimersByTimeAsync(3_600_000);
  const asked = ask(100);
  await vi.advanceTimersByTimeAsync(PATIENCE_MS + 400);
  expect(await asked).toEqual(Array(100).fill(PRINCIPAL));
});

it('tells all who ask for a key of which nothing is known that the database refuses', async () => {
  const { ask } = inTime();
  ports.find = down;
  const asked = Promise.allSettled(Array.from({ length: 100 }, () => lookup.principal('known', ports)));
  await vi.advanceTimersByTimeAsync(400);
  expect(new Set((await asked).map(({ status }) => status))).toEqual(new Set(['rejected']));
  await expect(ask(1)).rejects.toThrow('down');
});

it('asks by itself where who asked first for a key of which nothing is known gets no answer', async () => {
  const { ask } = inTime();
  ports.find = silent;
  void ask(1);
  await vi.advanceTimersByTimeAsync(1_000);
  ports.find = async (hash) => stored.get(hash) ?? null;
  const asked = ask(1);
  await vi.advanceTimersByTimeAsync(PATIENCE_MS);
  expect(await asked).toEqual([PRINCIPAL]);
});
