import { expect, it } from 'vitest';
import { predictDecision } from '../../../src/mirror/prediction/decisions.ts';
import type { Decision } from '../../../src/mirror/prediction/ports.ts';

const DAY = 86_400_000;
const NOW = 1_000 * DAY;
const decided = (id: string, choice: string, more: Partial<Decision> = {}): Decision => ({
  ...{ id, choice, context: 'where to spend the summer holiday', vector: null, model: null },
  ...{ options: ['sea', 'mountains'], outcome: null, decidedAt: NOW - DAY },
  ...more,
});
const ask = (past: Decision[], options = ['sea', 'mountains'], floor = 0) =>
  predictDecision({ context: 'where to spend the holiday', vector: null, model: null, options, now: NOW, floor }, past);
const chanceOfSea = (past: Decision[]) => ask(past).ranked.find(({ option }) => option === 'sea')!.probability;

it('expects what was chosen in like cases and names them', () => {
  expect(ask([decided('d1', 'sea'), decided('d2', 'sea'), decided('d3', 'mountains')]).answer).toMatchObject({
    option: 'sea',
    sources: ['d1', 'd2'],
  });
});

it('gives given options probabilities that add up to 1', () => {
  const { ranked } = ask([decided('d1', 'sea')]);
  expect(ranked.reduce((sum, { probability }) => sum + probability, 0)).toBeCloseTo(1, 12);
});

it('shares the chance of a choice among given options that say the same', () => {
  const { ranked } = ask([decided('d1', 'sea')], ['sea', 'Sea!', 'mountains']);
  const chance = (text: string) => ranked.find(({ option }) => option === text)!.probability;
  expect(ranked.reduce((sum, { probability }) => sum + probability, 0)).toBeCloseTo(1, 12);
  expect(chance('sea')).toBe(chance('Sea!'));
  expect(chance('sea')).toBeGreaterThan(chance('mountains'));
});

it('is surer of what was chosen more often', () => {
  const often = Array.from({ length: 5 }, (_, i) => decided(`d${i}`, 'sea'));
  expect(chanceOfSea(often)).toBeGreaterThan(chanceOfSea([decided('d1', 'sea')]));
});

it('lets the recent outweigh the old', () => {
  const past = [decided('old', 'sea', { decidedAt: NOW - 700 * DAY }), decided('new', 'mountains')];
  expect(ask(past).answer?.option).toBe('mountains');
});

it('expects less of what turned out badly', () => {
  const other = decided('d2', 'mountains');
  const glad = chanceOfSea([decided('d1', 'sea', { outcome: 1 }), other]);
  const sorry = chanceOfSea([decided('d1', 'sea', { outcome: -1 }), other]);
  expect(glad).toBeGreaterThan(0.5);
  expect(sorry).toBeLessThan(0.5);
});

it('is not moved by a decision about something else', () => {
  expect(ask([decided('d1', 'sea', { context: 'which bank account to open' })])).toMatchObject({
    answer: null,
    abstained: 'no_like_decision',
  });
});

it('abstains below the floor', () => {
  expect(ask([decided('d1', 'sea'), decided('d2', 'mountains')], undefined, 0.9).abstained).toBe('below_floor');
});

it('without options takes what was chosen before, and leaves room for something new', () => {
  const { ranked } = ask([decided('d1', 'sea'), decided('d2', 'sea')], []);
  expect(ranked.map(({ option }) => option)).toEqual(['sea']);
  expect(ranked[0]!.probability).toBeLessThan(1);
});

it('bears a clock that runs backwards', () => {
  expect(chanceOfSea([decided('d1', 'sea', { decidedAt: NOW + 5_000 * DAY })])).toBeLessThan(1);
});
