import { expect, it } from 'vitest';
import { bearerKey, hashKey, newApiKey } from '../../src/auth/api-key.ts';

const KEY = `pal_ABCDwxyz_${'0123456789abcdef'.repeat(2)}`;

it('reads the key of a bearer header, whatever the case of the scheme', () => {
  expect(bearerKey(`Bearer ${KEY}`)).toBe(KEY);
  expect(bearerKey(`bearer   ${KEY}`)).toBe(KEY);
});

it.each([
  ['no header', undefined],
  ['an empty one', ''],
  ['no scheme', KEY],
  ['another scheme', `Basic ${KEY}`],
  ['two keys', `Bearer ${KEY} ${KEY}`],
  ['a short secret', `Bearer ${KEY.slice(0, -1)}`],
  ['a long secret', `Bearer ${KEY}0`],
  ['another prefix', `Bearer ${KEY.replace('pal', 'sk')}`],
  ['a letter outside the alphabet', `Bearer ${KEY.slice(0, -1)}é`],
])('reads none from %s', (_what, header) => {
  expect(bearerKey(header)).toBeNull();
});

it('makes keys of the form it reads, which begin with the part that may be shown', () => {
  const { key, prefix } = newApiKey();
  expect(bearerKey(`Bearer ${key}`)).toBe(key);
  expect(key.startsWith(`${prefix}_`)).toBe(true);
  expect(prefix).toHaveLength(12);
});

it('makes keys of which no two are alike, from all letters about equally often', () => {
  const keys = Array.from({ length: 1_000 }, () => newApiKey().key);
  expect(new Set(keys).size).toBe(1_000);
  const counts = new Map<string, number>();
  for (const key of keys) for (const char of key.slice(13)) counts.set(char, (counts.get(char) ?? 0) + 1);
  const expected = 32_000 / 62; // a standard deviation is about 23
  expect(counts.size).toBe(62);
  expect(Math.min(...counts.values())).toBeGreaterThan(expected - 150);
  expect(Math.max(...counts.values())).toBeLessThan(expected + 150);
});

it('stores the SHA-256 of the whole key', async () => {
  // FIPS 180-4, example of one block
  expect(hashKey('abc')).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
});
