import { expect, it } from 'vitest';
import { prepare } from '../../src/dialogue/prepared-turn.ts';
import { RIVAL_SIGNALS, rivalSignals } from '../../src/dialogue/rivals.ts';
import { seeded, unit } from '../helpers/unit-vector.ts';

const evenly = () => 1;
const turn = (text: string, vector: Float32Array | null = null) => prepare({ text, vector }, evenly);
const signals = (candidates: string[], before: string[], after: string[] = []) =>
  rivalSignals(
    candidates.map((text) => turn(text)),
    { before: before.map((text) => turn(text)), after: after.map((text) => turn(text)) },
    evenly,
  );

it('takes a word that all candidates hold for less telling than one that a single one holds', () => {
  const [common, own] = signals(['harbour boats', 'harbour lanterns', 'harbour'], ['lanterns harbour']);
  expect(common!.telling_most).toBeCloseTo(1 / 3);
  expect(own!.telling_most).toBe(1);
});

it('counts a word that goes through the place apart from one that stands on one side', () => {
  const [one, through] = signals(['lanterns', 'boats'], ['boats', 'lanterns'], ['boats']);
  expect([one!.telling_through, through!.telling_through]).toEqual([0, 1]);
});

it('looks at the two nearest apart from those farther off', () => {
  const [found] = signals(['lanterns'], ['boats', 'lanterns']);
  expect(found).toMatchObject({ telling: 1, telling_near: 0 });
});

it('says how much of a candidate others say too', () => {
  expect(signals(['harbour boats', 'harbour lanterns'], [])[0]!.commonplace).toBe(0.5);
});

it('has the mean cosine with the others, the candidate itself left aside', () => {
  const random = seeded(7);
  const [a, b, c] = [unit(random), unit(random), unit(random)];
  const cosine = (x: Float32Array, y: Float32Array) => x.reduce((sum, value, d) => sum + value * y[d]!, 0);
  const rows = rivalSignals([turn('a', a), turn('b', b), turn('c', c)], { before: [turn('x', b)], after: [] }, evenly);
  expect(rows[0]!.typical_meaning).toBeCloseTo((cosine(a, b) + cosine(a, c)) / 2, 5);
});

it.each([[['']], [['one', '']], [['a', 'a', 'a']]])(
  'gives numbers for %j, with nothing around and with a turn',
  (candidates) => {
    const rows = [...signals(candidates, []), ...signals(candidates, ['', 'a'], [''])];
    expect(rows.every((row) => RIVAL_SIGNALS.every((signal) => Number.isFinite(row[signal])))).toBe(true);
  },
);
