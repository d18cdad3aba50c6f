import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { planWindows, poolWindows, toUnitLength } from '../../src/embedding/windows.ts';

const lengths = fc.integer({ min: 0, max: 5000 });
const sizes = fc.integer({ min: 1, max: 64 });
const mosts = fc.integer({ min: 1, max: 20 });

it('covers a sequence that fits without gap or overlap', async () => {
  await fc.assert(
    fc.property(sizes, mosts, fc.double({ min: 0, max: 1, noNaN: true }), (size, most, share) => {
      const length = Math.floor(size * most * share);
      const positions = planWindows(length, size, most).flatMap(({ start, end }) =>
        Array.from({ length: end - start }, (_, i) => start + i),
      );
      expect(positions).toEqual(Array.from({ length }, (_, i) => i));
    }),
  );
});

it('keeps to the bounds and reaches both ends, however long the sequence is', async () => {
  await fc.assert(
    fc.property(lengths, sizes, fc.integer({ min: 2, max: 20 }), (length, size, most) => {
      const windows = planWindows(length, size, most);
      expect(windows.length).toBeLessThanOrEqual(most);
      for (const { start, end } of windows) expect(end - start).toBeLessThanOrEqual(size);
      if (length > 0) expect([windows[0]!.start, windows.at(-1)!.end]).toEqual([0, length]);
    }),
  );
});

it('spreads the windows of a long sequence evenly', () => {
  expect(planWindows(1000, 10, 4).map(({ start }) => start)).toEqual([0, 330, 660, 990]);
});

it('hands a single vector on with its exact bits', () => {
  const vector = Float32Array.of(0.1, 0.2, 0.3);
  expect(poolWindows([vector], [7])).toBe(vector);
});

it('leans to the vector of more weight and keeps unit length', () => {
  const pooled = poolWindows([Float32Array.of(1, 0), Float32Array.of(0, 1)], [3, 1]);
  expect(pooled[0]! / pooled[1]!).toBeCloseTo(3, 5);
  expect(Math.hypot(...pooled)).toBeCloseTo(1, 6);
});

it('leaves a zero vector zero', () => {
  expect(Array.from(toUnitLength([0, 0]))).toEqual([0, 0]);
});
