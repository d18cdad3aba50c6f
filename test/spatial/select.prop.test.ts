import fc from 'fast-check';
import { expect, it } from 'vitest';
import { selectByCentre } from '../../src/spatial/select.ts';
import { seeded } from '../../src/statistics/seeded.ts';

it.each([
  ['points', 3],
  ['boxes', 6],
])('puts the right one of %s in its place, smaller ones before it and larger ones behind', (_, width) => {
  const far = width - 3;
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 3000 }), fc.nat(), fc.nat(2), fc.integer(), (n, choice, axis, seed) => {
      const random = seeded(seed);
      const coords = Float32Array.from({ length: n * width }, () => Math.floor(random() * n * 2) - n);
      const original = coords.slice();
      const slots = Uint32Array.from({ length: n }, (__, slot) => slot);
      const centreAt = (at: number) => coords[at * width + axis]! + coords[at * width + axis + far]!;
      const sorted = Array.from({ length: n }, (__, at) => centreAt(at)).sort((a, b) => a - b);
      const k = choice % n;
      selectByCentre({ slots, coords, width, far }, k, 0, n - 1, axis);
      expect(centreAt(k)).toBe(sorted[k]);
      for (let at = 0; at < n; at++) {
        expect(at < k ? centreAt(at) <= sorted[k]! : centreAt(at) >= sorted[k]!).toBe(true);
        const slot = slots[at]!;
        const same = coords.subarray(at * width, at * width + width);
        expect(same.every((value, part) => value === original[slot * width + part])).toBe(true);
      }
    }),
    { numRuns: 60 },
  );
});
