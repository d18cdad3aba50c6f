import fc from 'fast-check';
import { expect, it } from 'vitest';
import { type DataKey, keyIdOf, open, type Place, seal } from '../../../src/persistence/sealing/envelope.ts';
import { type KeyRing, parseKeyRing } from '../../../src/persistence/sealing/key-ring.ts';

const newKey = async (id: string): Promise<DataKey> => ({
  id,
  key: await crypto.subtle.importKey('raw', crypto.getRandomValues(new Uint8Array(32)), 'AES-GCM', false, [
    'encrypt',
    'decrypt',
  ]),
});
const KEY = await newKey('00112233445566ff');
const OTHER = await newKey('ffeeddccbbaa9988');
const KEYS = new Map([KEY, OTHER].map((key) => [key.id, key]));
const OWNER = { tenantId: 't', userId: 'ana' };
const PLACE: Place = { table: 'messages', column: 'sealed', id: 'm1' };

const value = fc.uint8Array({ maxLength: 300 });

it('gives back what was sealed, whatever it was, and seals it otherwise each time', async () => {
  await fc.assert(
    fc.asyncProperty(value, async (bytes) => {
      const [one, two] = [await seal(KEY, OWNER, PLACE, bytes), await seal(KEY, OWNER, PLACE, bytes)];
      expect(await open(KEYS, OWNER, PLACE, one)).toEqual({ ok: true, bytes });
      expect(one).not.toEqual(two);
      expect(keyIdOf(one)).toBe(KEY.id);
    }),
  );
});

it('refuses a value of which any bit was flipped', async () => {
  await fc.assert(
    fc.asyncProperty(value, fc.nat(), fc.nat(7), async (bytes, at, bit) => {
      const sealed = await seal(KEY, OWNER, PLACE, bytes);
      sealed[at % sealed.length]! ^= 1 << bit;
      expect((await open(KEYS, OWNER, PLACE, sealed)).ok).toBe(false);
    }),
    { numRuns: 500 },
  );
});

it('refuses a value that was cut or grew, at any length', async () => {
  const sealed = await seal(KEY, OWNER, PLACE, new TextEncoder().encode('what was said'));
  for (let length = 0; length < sealed.length; length++) {
    expect((await open(KEYS, OWNER, PLACE, sealed.slice(0, length))).ok).toBe(false);
  }
  expect((await open(KEYS, OWNER, PLACE, Uint8Array.from([...sealed, 0]))).ok).toBe(false);
});

it.each([
  ['of another row', OWNER, { ...PLACE, id: 'm2' }],
  ['of another column', OWNER, { ...PLACE, column: 'sealed_life' }],
  ['of another table', OWNER, { ...PLACE, table: 'records' as const }],
  ['of another user', { ...OWNER, userId: 'bo' }, PLACE],
  ['of another tenant', { ...OWNER, tenantId: 'u' }, PLACE],
])('refuses a value that stands in the place %s', async (_what, owner, place) => {
  const sealed = await seal(KEY, OWNER, PLACE, Uint8Array.of(1));
  expect(await open(KEYS, owner, place, sealed)).toEqual({ ok: false, reason: 'altered' });
});

it('says why it cannot read a value', async () => {
  const sealed = await seal(KEY, OWNER, PLACE, Uint8Array.of(1));
  const reasonOf = async (bytes: Uint8Array, keys: ReadonlyMap<string, DataKey> = KEYS) => {
    const opened = await open(keys, OWNER, PLACE, bytes);
    return opened.ok ? null : opened.reason;
  };
  expect(await reasonOf(sealed.slice(0, 20))).toBe('truncated');
  expect(await reasonOf(Uint8Array.from([2, ...sealed.slice(1)]))).toBe('unknown_version');
  expect(await reasonOf(sealed, new Map())).toBe('key_missing');
  expect(await reasonOf(sealed, new Map([[KEY.id, { ...OTHER, id: KEY.id }]]))).toBe('altered');
});

const secret = (letter: string) => letter.repeat(32);
const ring = (text: string): KeyRing => parseKeyRing(text)!;
const BYTES = Uint8Array.from({ length: 32 }, (_, i) => i);

it('unwraps with any secret that is named, and wraps with the first', async () => {
  const old = await ring(`old:${secret('o')}`).wrap(OWNER, 'id', BYTES);
  const both = ring(`new:${secret('n')},old:${secret('o')}`);
  expect(await both.unwrap(OWNER, old)).toEqual(BYTES);
  expect((await both.wrap(OWNER, 'id', BYTES)).keyName).toBe('new');
  expect(await ring(`new:${secret('n')}`).unwrap(OWNER, old)).toBeNull();
});

it('unwraps no key with another secret of that name, of another tenant or user, under another id, or changed', async () => {
  const one = ring(`a:${secret('o')}`);
  const wrapped = await one.wrap(OWNER, 'id', BYTES);
  expect(await ring(`a:${secret('x')}`).unwrap(OWNER, wrapped)).toBeNull();
  expect(await one.unwrap({ ...OWNER, tenantId: 'u' }, wrapped)).toBeNull();
  expect(await one.unwrap({ ...OWNER, userId: 'bo' }, wrapped)).toBeNull();
  expect(await one.unwrap(OWNER, { ...wrapped, id: 'other' })).toBeNull();
  for (const [at] of wrapped.wrapped.entries()) {
    const changed = wrapped.wrapped.map((byte, i) => (i === at ? byte ^ 1 : byte));
    expect(await one.unwrap(OWNER, { ...wrapped, wrapped: changed })).toBeNull();
  }
});

it.each(['', 'a', 'a:short', `a:${secret('a')},a:${secret('b')}`, `a:${secret('a')},`, `:${secret('a')}`])(
  'reads no keys from "%s"',
  (text) => {
    expect(parseKeyRing(text)).toBeNull();
  },
);
