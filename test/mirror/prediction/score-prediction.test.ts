import { expect, it } from 'vitest';
import { recordOf, scorePrediction } from '../../../src/mirror/prediction/score-prediction.ts';
import { seeded, unit } from '../../helpers/unit-vector.ts';

const RANKED = [
  { text: 'See you at eight!', probability: 0.7 },
  { text: 'Not today.', probability: 0.2 },
];
const SHOWN = { ranked: RANKED, confidence: 0.7, isAbstained: false };
const said = (text: string, vector: Float32Array | null = null) => ({ text, vector });

it('counts the same words as a hit, whatever their case and marks', () => {
  expect(scorePrediction(SHOWN, said('see you at eight'))).toMatchObject({ isHit: true, rank: 1, probability: 0.7 });
});

it('finds the truth further down', () => {
  expect(scorePrediction(SHOWN, said('Not today'))).toMatchObject({ isHit: false, rank: 2, probability: 0.2 });
});

it('knows when the truth was not among the candidates', () => {
  expect(scorePrediction(SHOWN, said('Who is this?'))).toMatchObject({ isHit: false, rank: null, probability: 0 });
});

it('takes another wording of the same for a hit', () => {
  const random = seeded(1);
  const [near, far] = [unit(random), unit(random)];
  expect(scorePrediction(SHOWN, said('until 8 then', near), [near, far]).rank).toBe(1);
});

it('punishes confidence in what did not happen', () => {
  expect(scorePrediction(SHOWN, said('Not today')).brier).toBeCloseTo(0.49, 12);
});

it('sums up hits apart from abstentions', () => {
  const right = { shown: SHOWN, score: scorePrediction(SHOWN, said('See you at eight')) };
  const wrong = { shown: SHOWN, score: scorePrediction(SHOWN, said('Never')) };
  const silent = { shown: { ...SHOWN, isAbstained: true }, score: wrong.score };
  expect(recordOf([right, wrong, silent])).toMatchObject({ scored: 3, abstained: 1, hitRate: 0.5, chance: 0.5 });
});

it('has no rates without predictions', () => {
  expect(recordOf([])).toMatchObject({ scored: 0, hitRate: null, brier: null, ece: null, reliability: [] });
});
