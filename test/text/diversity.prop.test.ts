import fc from 'fast-check';
import { expect, it } from 'vitest';
import { mtld, repeatedPairs, repeatedPairsInBuckets, simpsonD, yuleK } from '../../src/text/diversity.ts';

const text = fc.array(fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'), { maxLength: 120 });
const ids = (words: readonly string[]) => words.map((word) => word.charCodeAt(0));

it('simpsonD is the share of ordered pairs of places that hold the same word', () => {
  fc.assert(
    fc.property(text, (words) => {
      let same = 0;
      for (let i = 0; i < words.length; i++) {
        for (let j = 0; j < words.length; j++) if (i !== j && words[i] === words[j]) same++;
      }
      const pairs = words.length * (words.length - 1);
      expect(simpsonD(repeatedPairs(ids(words)), words.length)).toBeCloseTo(pairs === 0 ? 0 : same / pairs, 12);
    }),
  );
});

it('yuleK is what the frequency spectrum gives in the words of Yule', () => {
  fc.assert(
    fc.property(text, (words) => {
      const frequencies = [...Map.groupBy(words, (word) => word).values()].map((places) => places.length);
      const spectrum = Map.groupBy(frequencies, (frequency) => frequency); // V(m): words that stand m times
      let sum = 0;
      for (const [m, all] of spectrum) sum += all.length * m * m;
      const n = words.length;
      expect(yuleK(repeatedPairs(ids(words)), n)).toBeCloseTo(n === 0 ? 0 : (1e4 * (sum - n)) / (n * n), 8);
    }),
  );
});

it('repeatedPairsInBuckets is right in the mean over hash functions', () => {
  const frequencies = [40, 25, 12, 9, 5, 3, 3, 2, 1, 1, 1, 1, 1];
  const truth = frequencies.reduce((sum, f) => sum + f * (f - 1), 0);
  let sum = 0;
  const runs = 4_000;
  let state = 7;
  for (let run = 0; run < runs; run++) {
    const buckets = new Float64Array(16);
    for (const frequency of frequencies) {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      buckets[state >>> 28]! += frequency;
    }
    sum += repeatedPairsInBuckets(buckets);
  }
  expect(sum / runs / truth).toBeCloseTo(1, 1);
});

it('mtld is at least the shortest possible run, at most what one repeat in all gives, and the same read backwards', () => {
  fc.assert(
    fc.property(text, (words) => {
      const value = mtld(words);
      expect(value).toBeGreaterThanOrEqual(Math.min(words.length, 2));
      expect(value).toBeLessThanOrEqual(Math.max(words.length, 0.28 * words.length ** 2) + 1e-9);
      expect(mtld(words.toReversed())).toBeCloseTo(value, 9);
    }),
  );
});
