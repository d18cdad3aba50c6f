import fc from 'fast-check';
import { expect, it } from 'vitest';
import { dequantize, quantize } from '../../src/spatial/quantize.ts';

// no denormal numbers: of those a scale of 4 bytes would be 0
const component = fc.float({ min: -4, max: 4, noNaN: true }).map((x) => (Math.abs(x) < 1e-30 ? 0 : x));
const vector = fc.array(component, { minLength: 1, maxLength: 40 }).map((list) => Float32Array.from(list));

it('gives back each component to half a step', () => {
  fc.assert(
    fc.property(vector, (given) => {
      const { bytes, scale } = quantize(given);
      const back = dequantize(bytes, scale);
      for (const [i, component] of given.entries()) {
        expect(Math.abs(back[i]! - component)).toBeLessThanOrEqual(scale * 0.501); // the scale itself is rounded
      }
    }),
  );
});
