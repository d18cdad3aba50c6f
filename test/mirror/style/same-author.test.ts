import { expect, it } from 'vitest';
import { countsOf, readingsOf, sameAuthor, sameAuthorLogit } from '../../../src/mirror/style/same-author.ts';
import { STYLE_WEIGHTS } from '../../../src/mirror/style/weights.ts';
import { VOICES } from './voices.ts';

const known = countsOf(VOICES.casual(1));
const probability = (texts: readonly string[]) => {
  const judged = sameAuthor(known, texts);
  return judged.state === 'scored' ? judged.probability : Number.NaN;
};

it('finds the person’s own manner likelier than another’s', () => {
  expect(probability(VOICES.casual(2))).toBeGreaterThan(0.9);
  expect(probability(VOICES.careful(2))).toBeLessThan(0.1);
});

it('claims no more certainty than its calibration has seen, however plain the case', () => {
  expect(probability(VOICES.casual(3))).toBeLessThanOrEqual(0.98);
  expect(probability(VOICES.careful(3))).toBeGreaterThanOrEqual(0.02);
});

it('says from how much it judges', () => {
  expect(sameAuthor(known, ['one two three', 'four'])).toEqual({
    state: 'insufficient',
    words: 4,
    messages: 2,
    knownWords: known[2],
  });
});

it('says nothing of a person it hardly knows', () => {
  expect(sameAuthor(countsOf(['hello there']), VOICES.casual(2)).state).toBe('insufficient');
});

it('holds short messages against short messages once more, and says so in the evidence', () => {
  const long = (texts: readonly string[]) => countsOf([texts.join(' ')]);
  const evidence = (a: Float64Array, b: Float64Array) =>
    readingsOf(a, b, STYLE_WEIGHTS.rates).map((one) => one.evidence);
  const texts = VOICES.casual(2);
  expect(evidence(known, long(texts))).toHaveLength(1);
  const [all, short] = evidence(known, countsOf(texts));
  expect(short).toEqual(all); // none of them is long
  const judged = sameAuthor(known, texts);
  expect(judged.state === 'scored' && judged.evidence.choices).toBeCloseTo(2 * all!.choices, 10);
});

it('judges two sides alike, whichever is the known one', () => {
  const other = countsOf(VOICES.careful(4));
  expect(sameAuthorLogit(known, other)).toBeCloseTo(sameAuthorLogit(other, known), 10);
});
