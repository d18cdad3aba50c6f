import fc from 'fast-check';
import { expect, it } from 'vitest';
import { countCharacterGrams, countTokenGrams, hashOf } from '../../src/text/hashed-grams.ts';

const text = fc.string({ unit: fc.constantFrom('a', 'b', 'c', ' ', 'é'), maxLength: 60 });
const BUCKETS = 65_536;

it('counts each character n-gram as often as it stands, in the bucket of its hash', () => {
  fc.assert(
    fc.property(text, fc.integer({ min: 1, max: 4 }), (given, size) => {
      const expected = new Float32Array(BUCKETS);
      for (let i = 0; i + size <= given.length; i++) expected[hashOf(given.slice(i, i + size)) % BUCKETS]! += 1;
      const counted = new Float32Array(BUCKETS);
      countCharacterGrams(given, size, 1, counted);
      expect(counted).toEqual(expected);
    }),
  );
});

it('takes out exactly what it put in', () => {
  fc.assert(
    fc.property(text, text, (kept, taken) => {
      const before = new Float32Array(1024);
      countCharacterGrams(kept, 3, 1, before);
      const after = before.slice();
      countCharacterGrams(taken, 3, 1, after);
      countCharacterGrams(taken, 3, -1, after);
      expect(after).toEqual(before);
    }),
  );
});

it('counts token n-grams alike wherever they stand, and as many as there are', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(3), { maxLength: 40 }), fc.integer({ min: 1, max: 3 }), (ids, size) => {
      const buckets = new Float32Array(BUCKETS);
      countTokenGrams(ids, size, 1, buckets);
      const grams = Map.groupBy(
        Array.from({ length: Math.max(0, ids.length - size + 1) }, (_, i) => ids.slice(i, i + size).join(' ')),
        (gram) => gram,
      );
      const counts = [...grams.values()].map((places) => places.length).sort((a, b) => a - b);
      expect([...buckets.filter((count) => count > 0)].sort((a, b) => a - b)).toEqual(counts);
    }),
  );
});

it('overestimates an inner product by the product of the lengths over the buckets', () => {
  const [left, right] = [new Float32Array(256), new Float32Array(256)];
  for (let i = 0; i < 2_000; i++) {
    countTokenGrams([i], 1, 1, left);
    countTokenGrams([i + 1_000_000], 1, 1, right);
  }
  const dot = left.reduce((sum, count, i) => sum + count * right[i]!, 0);
  expect(dot / ((2_000 * 2_000) / 256)).toBeCloseTo(1, 1);
});
