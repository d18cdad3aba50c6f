import { expect, it } from 'vitest';
import { mtld, repeatedPairs, simpsonD, yuleK } from '../../src/text/diversity.ts';

it('mtld closes a factor as soon as the ratio falls to 0.72', () => {
  // "a b a": 2 types of 3 words = 0.667, one factor of three words; the same backwards
  expect(mtld(['a', 'b', 'a'])).toBe(3);
  expect(mtld(['a', 'b', 'a', 'a', 'b', 'a'])).toBe(3);
});

it('mtld counts the run at the end for the way it has come', () => {
  // forwards one factor and "c d" at ratio 1: no part of a factor. Backwards "d c a b a" at 4 of 5: 0.2 / 0.28 of one
  expect(mtld(['a', 'b', 'a', 'c', 'd'])).toBeCloseTo((5 / 1 + 5 / (0.2 / 0.28)) / 2, 10);
});

it('a text without a repeat is as diverse as it is long', () => {
  expect(mtld(['a', 'b', 'c', 'd'])).toBe(4);
});

it('nothing is neither diverse nor repetitive', () => {
  expect([mtld([]), simpsonD(0, 0), simpsonD(0, 1), yuleK(0, 0), repeatedPairs([])]).toEqual([0, 0, 0, 0, 0]);
});

it('one word said over and over is as repetitive as can be', () => {
  expect(simpsonD(repeatedPairs([5, 5, 5, 5]), 4)).toBe(1);
});
