import { expect, it } from 'vitest';
import { seeded } from '../../../src/statistics/seeded.ts';
import { balancedOrder, overheadOf } from './overhead.ts';

/** Pairs on a machine that slows down and speeds up, and that now and then somebody else has. */
function noisyPairs(count: number, cost: number, seed: number) {
  const random = seeded(seed);
  const block = (at: number) =>
    (100 + 30 * Math.sin(at / 50)) * (1 + 0.1 * (random() - 0.5)) * (random() < 0.1 ? 1.6 : 1);
  return balancedOrder(count, seed).map((isWithFirst, i) => {
    const [first, second] = [block(2 * i), block(2 * i + 1)];
    return isWithFirst ? { with: first * (1 + cost), without: second } : { with: second * (1 + cost), without: first };
  });
}

it('finds a cost that no single pair shows', () => {
  const { value, low, high, n } = overheadOf(noisyPairs(1_000, 0.015, 1));
  expect([Math.abs(value - 0.015) < 0.006, low < 0.015, high > 0.015, high - low < 0.03, n]).toEqual([
    ...[true, true, true, true],
    1_000,
  ]);
});

it('leaves a true cost outside its interval about one time in twenty', () => {
  const outside = Array.from({ length: 40 }, (_, seed) => overheadOf(noisyPairs(120, 0.01, seed + 1))).filter(
    ({ low, high }) => low > 0.01 || high < 0.01,
  );
  expect(outside.length).toBeLessThanOrEqual(6);
});

it('sees no cost where there is none, though one side is always first in a pair that slows down', () => {
  const slowing = balancedOrder(400, 7).map((isWithFirst) =>
    isWithFirst ? { with: 100, without: 101 } : { with: 101, without: 100 },
  );
  expect(Math.abs(overheadOf(slowing).value)).toBeLessThan(1e-9);
});

it('measures as many pairs one way round as the other, each two neighbours differently', () => {
  const order = balancedOrder(200, 3);
  expect(order.filter(Boolean).length).toBe(100);
  expect(Array.from({ length: 100 }, (_, i) => order[2 * i] !== order[2 * i + 1])).not.toContain(false);
  expect(new Set(Array.from({ length: 100 }, (_, i) => order[2 * i])).size).toBe(2);
});
