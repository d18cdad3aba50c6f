import type { Vec3 } from './model.ts';

/** A random projection of a unit vector has this much spread times sqrt(dimensions); 0.6 uses the space without crowding its walls. */
const SPREAD = 0.6;

const axesOf = new Map<number, Float32Array>();

/**
 * A point in the cube from -1 to 1 for a vector: a fixed random projection to three axes, bent so that it stays inside.
 * The same vector always has the same point, and like vectors lie near each other.
 *
 * @param vector [dimensions], unit length
 * @see Johnson & Lindenstrauss 1984; Achlioptas 2003, "Database-friendly random projections" (signs instead of Gaussians)
 */
export function project(vector: Float32Array): Vec3 {
  const { length } = vector;
  const axes = axesOf.get(length) ?? signAxes(length);
  axesOf.set(length, axes);
  const sums = [0, 0, 0];
  for (let axis = 0; axis < 3; axis++) {
    let sum = 0;
    for (let i = 0; i < length; i++) sum += vector[i]! * axes[axis * length + i]!;
    sums[axis] = Math.fround(Math.tanh(SPREAD * sum));
  }
  return [sums[0]!, sums[1]!, sums[2]!];
}

/** Row-major [3, dimensions] of signs from a linear congruential generator: the same in every isolate, for ever. */
function signAxes(dimensions: number): Float32Array {
  let state = 0x9a11;
  return Float32Array.from({ length: 3 * dimensions }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state >>> 31 ? 1 : -1;
  });
}
