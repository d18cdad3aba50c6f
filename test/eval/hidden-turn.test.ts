import { expect, it } from 'vitest';
import { meanReciprocalRank, placeOf, recallAtOne, topDecileAccuracy } from './hidden-turn-figures.ts';

const judged = (rank: number, first: number, confidence = 0.5) => ({ set: 'reply' as const, rank, first, confidence });

it('puts a scorer that knows nothing at the average rank', () => {
  expect(placeOf(new Float64Array(10), 3)).toEqual({ rank: 5.5, first: 0.1 });
});

it('shares a place among equals', () => {
  expect(placeOf([1, 3, 3, 0], 2)).toEqual({ rank: 1.5, first: 0.5 });
});

it('counts those above', () => {
  expect(placeOf([5, 4, 3, 9], 2)).toEqual({ rank: 4, first: 0 });
});

it('averages over the items', () => {
  const items = [judged(1, 1), judged(2, 0)];
  expect([recallAtOne(items), meanReciprocalRank(items)]).toEqual([0.5, 0.75]);
});

it('looks at the surest tenth alone', () => {
  const items = [judged(1, 1, 0.99), ...Array.from({ length: 9 }, () => judged(4, 0, 0.4))];
  expect(topDecileAccuracy(items)).toBe(1);
});
