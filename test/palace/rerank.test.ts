import fc from 'fast-check';
import { expect, it } from 'vitest';
import { fusedOrder } from '../../src/palace/rerank.ts';

it('keeps an order that both agree on', () => {
  expect(fusedOrder([0.9, 0.5, 0.1])).toEqual([0, 1, 2]);
});

it('keeps the order of the search where the model has no opinion', () => {
  expect(fusedOrder([0.2, 0.2, 0.2, 0.2])).toEqual([0, 1, 2, 3]);
});

it('lifts what the model puts first, more than what it puts second', () => {
  const order = fusedOrder([0, 0, 0, 0, 0, 0, 0.8, 0.9]);
  expect(order.indexOf(7)).toBeLessThan(7);
  expect(order.indexOf(7)).toBeLessThan(order.indexOf(6));
});

it('puts nothing before what both rank higher, and loses none', () => {
  fc.assert(
    fc.property(fc.array(fc.double({ noNaN: true }), { maxLength: 60 }), (scores) => {
      const order = fusedOrder(scores);
      expect(order.toSorted((a, b) => a - b)).toEqual([...scores.keys()]);
      const rank = new Map(order.map((place, at) => [place, at]));
      for (let a = 0; a < scores.length; a++) {
        for (let b = a + 1; b < scores.length; b++) {
          if (scores[a]! > scores[b]!) expect(rank.get(a)!).toBeLessThan(rank.get(b)!);
        }
      }
    }),
  );
});
