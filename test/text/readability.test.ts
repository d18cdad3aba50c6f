import { expect, it } from 'vitest';
import { readability } from '../../src/text/readability.ts';
import { syllables } from '../../src/text/syllables.ts';

it('gives the published values for "The cat sat on the mat."', () => {
  const { fleschEase, fleschKincaidGrade, automatedIndex } = readability({
    sentences: 1,
    words: 6,
    syllables: 6,
    letters: 17,
  })!;
  expect(fleschEase).toBeCloseTo(116.145, 3);
  expect(fleschKincaidGrade).toBeCloseTo(-1.45, 2);
  expect(automatedIndex).toBeCloseTo(-5.085, 3);
});

it('is null where there is no sentence', () => {
  expect(readability({ sentences: 0, words: 0, syllables: 0, letters: 0 })).toBeNull();
});

it.each([
  ['cat', 1],
  ['make', 1],
  ['table', 2],
  ['happy', 2],
  ['jumped', 1],
  ['wanted', 2],
  ['boxes', 2],
  ['beautiful', 3],
  ['conversation', 4],
  ['hmm', 1],
  ['the', 1],
])('hears %s as %i', (word, count) => {
  expect(syllables(word)).toBe(count);
});
