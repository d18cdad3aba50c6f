import type { Arena } from '../../spatial/arena.ts';

const UNIT = 2 ** 14;

/** As Backend.project defines it. */
export function projectRows({ size, vectors }: Arena, axes: Float32Array): Float64Array {
  if (vectors === null) throw new RangeError('The arena has no vectors.');
  const { dimensions, rows } = vectors;
  const count = axes.length / dimensions;
  const whole = Float64Array.from(axes, (x) => Math.round(x * UNIT));
  const row = new Float64Array(dimensions);
  const out = new Float64Array(size * count);
  const isBytes = vectors.kind === 'int8';
  for (let r = 0; r < size; r++) {
    for (let i = 0; i < dimensions; i++) {
      const x = rows[r * dimensions + i]!;
      row[i] = isBytes ? x : Math.round(x * UNIT);
    }
    for (let axis = 0; axis < count; axis++) {
      let sum = 0; // whole numbers below 2^53, so exact
      for (let i = 0, at = axis * dimensions; i < dimensions; i++, at++) sum += row[i]! * whole[at]!;
      const wrapped = sum | 0;
      out[r * count + axis] = isBytes ? (wrapped / UNIT) * vectors.scales[r]! : wrapped / UNIT / UNIT;
    }
  }
  return out;
}
