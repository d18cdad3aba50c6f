import { expect, it } from 'vitest';
import { cosine, wordsKey } from '../../src/palace/duplicates.ts';

it.each([
  ['The heron came back this morning.', 'the heron  came back, this morning!!'],
  ['我今天很累，想早点睡觉。', '我今天很累 想早点睡觉'],
])('has one key for texts that differ in case, punctuation and spacing: %s', (a, b) => {
  expect(wordsKey(a)).toBe(wordsKey(b));
  expect(wordsKey(a)).not.toBeNull();
});

it.each([
  ['another word', 'The heron came back this morning.', 'The heron came back this evening.'],
  ['another order', 'The dog bit Ana yesterday.', 'Ana bit the dog yesterday.'],
  ['one word more', 'The heron came back this morning.', 'The heron came back this early morning.'],
])('has different keys for %s', (_what, a, b) => {
  expect(wordsKey(a)).not.toBe(wordsKey(b));
});

it('has none for texts too short to be told apart', () => {
  for (const text of ['', 'ok', 'Yes, please!', '...']) expect(wordsKey(text)).toBeNull();
});

it('compares by direction alone', () => {
  expect(cosine(Int8Array.of(1, 2, 3), Int8Array.of(2, 4, 6))).toBeCloseTo(1, 12);
  expect(cosine(Int8Array.of(1, 0), Int8Array.of(0, 1))).toBe(0);
  expect(cosine(Int8Array.of(0, 0), Int8Array.of(0, 1))).toBe(0);
});
