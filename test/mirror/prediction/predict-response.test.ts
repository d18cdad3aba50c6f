import { expect, it } from 'vitest';
import { UNCALIBRATED } from '../../../src/mirror/prediction/personal-calibration.ts';
import type { PastReply, ReplyHistory } from '../../../src/mirror/prediction/ports.ts';
import { predictResponse } from '../../../src/mirror/prediction/predict-response.ts';

const turn = (text: string) => ({ text, vector: null });
const QUESTION = [turn('Shall we play tennis on Sunday?')];

const reply = (id: string, text: string): PastReply => ({
  ...{ id, turn: turn(text), context: [turn('Shall we play?')], sentAt: 0 },
});
const history = (past: PastReply[] = [], replies = 100): ReplyHistory => ({
  replies,
  similarContexts: (_, limit) => past.slice(0, limit),
  timesSaid: (text) => past.filter((one) => one.turn.text === text).length,
});
const ask = (candidates: string[] | null, past: ReplyHistory = history(), floor = 0) =>
  predictResponse(
    { context: QUESTION, candidates: candidates?.map(turn) ?? null, model: null, floor },
    past,
    UNCALIBRATED,
  );

it('ranks what answers above what does not', () => {
  expect(ask(['The soup was cold.', 'Yes, tennis on Sunday sounds good.']).answer?.text).toBe(
    'Yes, tennis on Sunday sounds good.',
  );
});

it('gives given candidates probabilities that add up to 1', () => {
  const { ranked } = ask(['Yes.', 'No.', 'The soup was cold.']);
  expect(ranked.reduce((sum, { probability }) => sum + probability, 0)).toBeCloseTo(1, 9);
});

it('abstains below the floor and still shows the ranking', () => {
  const prediction = ask(['Yes.', 'No.', 'Maybe.'], history(), 0.999);
  expect(prediction).toMatchObject({ answer: null, abstained: 'below_floor' });
  expect(prediction.ranked).toHaveLength(3);
});

it('draws candidates from replies in similar contexts and names them', () => {
  const past = history([reply('m1', 'Yes, tennis it is.'), reply('m2', 'Yes, tennis it is.'), reply('m3', 'No idea.')]);
  const { from, ranked } = ask(null, past);
  expect(from).toBe('past');
  expect(ranked.find(({ text }) => text === 'Yes, tennis it is.')).toMatchObject({
    sources: ['m1', 'm2'],
    timesSaid: 2,
  });
});

it('does not claim that the reply is among those of the past', () => {
  const { ranked } = ask(null, history([reply('m1', 'Yes, tennis it is.'), reply('m2', 'No idea.')]));
  expect(ranked.reduce((sum, { probability }) => sum + probability, 0)).toBeLessThan(0.9);
});

it('draws nothing from a person who has hardly said anything', () => {
  expect(ask(null, history([reply('m1', 'Yes.')], 3))).toMatchObject({ ranked: [], abstained: 'too_little_history' });
});

it('has nothing to say where there is nothing to reply to', () => {
  const request = { context: [], candidates: [turn('Yes.')], model: null };
  expect(predictResponse(request, history(), UNCALIBRATED)).toMatchObject({ answer: null, abstained: 'no_context' });
});

it('counts a candidate that is given twice once', () => {
  expect(
    ask(['Yes.', 'yes', 'No.'])
      .ranked.map(({ text }) => text)
      .sort(),
  ).toEqual(['No.', 'Yes.']);
});

it('prefers what the person is used to say', () => {
  const past = history([reply('m1', 'nope'), reply('m2', 'nope'), reply('m3', 'nope')]);
  const of = (from: ReplyHistory) => ask(['nope', 'nah'], from).ranked.find(({ text }) => text === 'nope')!.probability;
  expect(of(past)).toBeGreaterThan(of(history()));
});

it('claims a reply of the past that comes again and again', () => {
  const past = history(Array.from({ length: 30 }, (_, i) => reply(`m${i}`, i % 10 === 0 ? `no ${i}` : 'ok')));
  expect(ask(null, past, 0.5).answer).toMatchObject({ text: 'ok', probability: 27 / 32 });
});

it('compares a single candidate with what else the person says', () => {
  const past = history([reply('m1', 'The soup was cold.'), reply('m2', 'No idea.')]);
  const { ranked } = ask(['Yes, tennis on Sunday sounds good.'], past);
  expect(ranked).toHaveLength(1);
  expect(ranked[0]!.probability).toBeLessThan(1);
});

it('claims nothing of a single candidate where there is nothing to compare it with', () => {
  expect(ask(['Yes.'])).toMatchObject({ answer: null, abstained: 'no_candidates' });
});
