import { expect, it } from 'vitest';
import { type Piece, pairsOf, piecesOf } from '../../scripts/style-training/pairs.ts';
import { usualShares, variances } from '../../scripts/style-training/variances.ts';
import { RATES } from '../../src/mirror/style/rates.ts';
import { SLOT, SLOTS } from '../../src/mirror/style/slots.ts';
import { seeded } from '../../src/statistics/seeded.ts';

const [AUTHORS, WORDS] = [300, 400];
const slotOf = { comma: SLOT.comma, period: SLOT.period };
const random = seeded(3);

/** A piece in which commas are the author's habit and full stops are chance. */
function piece(author: number): Piece {
  const counts = new Float64Array(SLOTS);
  counts[SLOT.words] = WORDS;
  const habit = 0.02 + (0.1 * author) / AUTHORS;
  for (let i = 0; i < WORDS; i++) {
    if (random() < habit) counts[slotOf.comma]!++;
    if (random() < 0.07) counts[slotOf.period]!++;
  }
  return { author: String(author), counts };
}
const everyone = () => Array.from({ length: AUTHORS }, (_, author) => piece(author));

it('finds the variance between authors where they differ, and none where they do not', () => {
  const [one, other] = [everyone(), everyone()];
  const usual = usualShares([[...one, ...other].map(({ author, counts }) => ({ author, counts: [counts] }))]);
  const { between, noise } = variances([pairsOf(one, other, 3_000, 1)], usual);
  const at = (name: string) => RATES.findIndex((rate) => rate.name === name);
  // arcsine of the square root of uniform 0.02 to 0.12
  expect(between[at('comma')]).toBeGreaterThan(0.003);
  expect(between[at('comma')]).toBeLessThan(0.007);
  expect(between[at('period')]).toBeLessThan(0.0004);
  expect(noise[at('comma')]).toBeGreaterThan(0);
});

it('pairs of one author are of one author, and the same in every run', () => {
  const [one, other] = [everyone(), everyone()];
  const authorOf = new Map([...one, ...other].map(({ author, counts }) => [counts, author]));
  const pairs = pairsOf(one, other, 200, 7);
  expect(pairs.every(({ a, b, isSame }) => (authorOf.get(a) === authorOf.get(b)) === isSame)).toBe(true);
  expect(pairsOf(one, other, 200, 7)).toEqual(pairs);
});

it('cuts whole messages into pieces of at least the words asked for', () => {
  const counts = Array.from({ length: 5 }, () => piece(1).counts);
  expect(piecesOf([{ author: '1', counts }], 700).map((one) => one.counts[SLOT.words])).toEqual([800, 800]);
});
