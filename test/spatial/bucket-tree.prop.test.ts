import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ItemKind } from '../../src/spatial/spatial-index.ts';
import { seeded } from '../../src/statistics/seeded.ts';
import { floatNumber, itemOf, Pair, wholeNumber } from './items.ts';

const KINDS: ItemKind[] = ['points', 'boxes'];
const NUMBERS = { 'whole-number': wholeNumber, float: floatNumber };
const SLOTS = 250;

/** Six planes, some of which shut nothing out: six real ones would leave nothing inside. */
const planesOf = (number: fc.Arbitrary<number>) => {
  const plane = fc.oneof(fc.constant([0, 0, 0, 0]), fc.tuple(number, number, number, number));
  return fc.array(plane, { minLength: 6, maxLength: 6 }).map((planes) => Float32Array.from(planes.flat()));
};

describe.each(KINDS)('an index of %s', (kind) => {
  it.each(Object.entries(NUMBERS))('answers as a plain scan does after any changes, %s coordinates', (_, number) => {
    const slot = fc.nat(SLOTS - 1);
    const change = fc.oneof(
      { weight: 5, arbitrary: fc.tuple(fc.constant('insert' as const), slot, itemOf(kind, number)) },
      { weight: 2, arbitrary: fc.tuple(fc.constant('move' as const), slot, itemOf(kind, number)) },
      { weight: 2, arbitrary: fc.tuple(fc.constant('remove' as const), slot, itemOf(kind, number)) },
    );
    const query = fc.record({
      corners: fc.array(number, { minLength: 6, maxLength: 6 }),
      radius: fc.oneof(number, fc.constantFrom(0, 1, 3)).map(Math.abs),
      k: fc.integer({ min: 1, max: 60 }),
      planes: planesOf(number),
    });
    fc.assert(
      fc.property(
        fc.array(change, { maxLength: 400, size: 'max' }),
        fc.array(query, { minLength: 1, maxLength: 5 }),
        (changes, asked) => {
          const pair = new Pair(kind);
          for (const [how, which, item] of changes) pair[how](which, item);
          for (const { corners, radius, k, planes } of asked) pair.expectSameAnswers(corners, radius, k, planes);
        },
      ),
      { numRuns: 300 },
    );
  });

  it.each([
    ['whole-number', 1],
    ['float', 1000],
  ])('stays equal to a plain scan through 10^5 random operations, %s coordinates', (_, steps) => {
    const random = seeded(11);
    const coordinate = () => Math.round((random() * 16 - 8) * steps) / steps;
    const numbers = (count: number) => Float32Array.from({ length: count }, coordinate);
    const item = () => {
      const corner = numbers(3);
      if (kind === 'points') return corner;
      const size = () => Math.round(random() * 2 * steps) / steps;
      return Float32Array.of(...corner, corner[0]! + size(), corner[1]! + size(), corner[2]! + size());
    };
    const pair = new Pair(kind);
    for (let step = 0; step < 100_000; step++) {
      const slot = Math.floor(random() * 1500);
      // from growing to shrinking and back, so that the tree splits, collapses and empties
      const growing = Math.floor(step / 12_500) % 2 === 0;
      const draw = random();
      if (draw < 0.3) pair.move(slot, item());
      else if (draw < (growing ? 0.85 : 0.35)) pair.insert(slot, item());
      else pair.remove(slot);
      if (step % 500 === 0) {
        const planes = new Float32Array(24);
        planes.set(numbers(8));
        pair.expectSameAnswers([...numbers(6)], Math.abs(coordinate()), 10, planes);
      }
    }
    expect(pair.tree.stats().rebuilds).toBeGreaterThan(0);
  });

  it('finds what lies exactly on the border of a query', () => {
    fc.assert(
      fc.property(
        fc.array(itemOf(kind, floatNumber), { minLength: 1, maxLength: 80, size: 'max' }),
        fc.nat(),
        (items, choice) => {
          const pair = new Pair(kind);
          for (const [slot, item] of items.entries()) pair.insert(slot, item);
          const chosen = items[choice % items.length]!;
          const upper = chosen.subarray(chosen.length - 3);
          const other = items[(choice + 1) % items.length]!;
          const planes = new Float32Array(24);
          // the plane x >= the chosen item's x; the others shut nothing out
          planes.set([1, 0, 0, -upper[0]!]);
          pair.expectSameAnswers([...upper, ...other.subarray(0, 3)], 0, items.length, planes);
          pair.expectSameAnswers([...upper, ...upper], Math.hypot(...upper), 3, planes);
        },
      ),
    );
  });
});

it('holds any number of equal points and tells them apart by slot', () => {
  const pair = new Pair('points');
  const place = Float32Array.of(1, 2, 3);
  for (let slot = 999; slot >= 0; slot--) pair.insert(slot, place);
  pair.expectSameAnswers([1, 2, 3, 1, 2, 3], 0, 25, new Float32Array(24));
  for (let slot = 0; slot < 1000; slot += 3) pair.remove(slot);
  pair.expectSameAnswers([1, 2, 3, 1, 2, 3], 0, 25, new Float32Array(24));
});

const HOSTILE: Record<string, (i: number) => [number, number, number]> = {
  'sorted along x': (i) => [i / 10, (i * 7919) % 100, (i * 104_729) % 10],
  'sorted backwards': (i) => [-i / 10, (i * 7919) % 100, (i * 104_729) % 10],
  'on one line': (i) => [i, 0, 0],
  'room by room': (i) => [Math.floor(i / 1000) * 15 + ((i * 31) % 120) / 10, ((i * 17) % 120) / 10, (i * 13) % 4],
  'ever finer': (i) => [2 ** -(i % 100), 2 ** -(i % 37), 0],
};

it.each(Object.entries(HOSTILE))('stays balanced and small when points come %s', (_, pointAt) => {
  const count = 20_000;
  const pair = new Pair('points');
  for (let i = 0; i < count; i++) pair.insert(i, Float32Array.from(pointAt(i)));
  const { depth, bytes } = pair.tree.stats();
  expect(depth).toBeLessThan(30);
  expect(bytes / count).toBeLessThan(60);
  pair.expectSameAnswers(
    [3, 5, 0, 40, 30, 2],
    20,
    10,
    Float32Array.from({ length: 24 }, (__, i) => (i % 5) - 2),
  );
});

it('gives memory back to use when points leave, and is like new when all have left', () => {
  const pair = new Pair('points');
  const random = seeded(5);
  for (let round = 0; round < 4; round++) {
    for (let slot = 0; slot < 5000; slot++) pair.insert(slot, Float32Array.of(random(), random(), random()));
    for (let slot = 0; slot < 5000; slot++) pair.remove(slot);
  }
  expect(pair.tree.stats().depth).toBe(1);
  expect(pair.tree.stats().bytes).toBeLessThan(60 * 5000);
  expect(pair.tree.box(Float32Array.of(-9, -9, -9, 9, 9, 9), new Uint32Array(1))).toBe(0);
});
