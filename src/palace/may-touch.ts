import { frustumPlanes } from './frustum.ts';
import type { Shape } from './memories/contract.ts';

type Spot = readonly [number, number, number];

/** Relative error of float32, in which the index compares, over what a few sums of products add to it. */
const ROUNDING = 1e-5;

/**
 * Tells whether a spot (metres) lies in a shape or so near to its border that rounding may put it there. Never false of one
 * that the index would report.
 */
export function touching(shape: Exclude<Shape, { type: 'nearest' }>): (at: Spot) => boolean {
  switch (shape.type) {
    case 'box': {
      const { min, max } = shape;
      const size = sizeOf([...min, ...max]);
      return (at) => {
        const slack = ROUNDING * Math.max(size, sizeOf(at));
        return at.every((x, axis) => x >= min[axis]! - slack && x <= max[axis]! + slack);
      };
    }
    case 'sphere': {
      const { center, radius } = shape;
      const size = sizeOf([...center, radius]);
      return (at) => {
        const slack = ROUNDING * Math.max(size, sizeOf(at));
        return Math.hypot(at[0] - center[0], at[1] - center[1], at[2] - center[2]) <= radius + slack;
      };
    }
    case 'frustum': {
      const size = sizeOf([...shape.position, shape.far]);
      const planes = frustumPlanes(shape);
      return (at) => {
        const slack = ROUNDING * Math.max(size, sizeOf(at));
        for (let p = 0; p < 24; p += 4) {
          const height = planes[p]! * at[0] + planes[p + 1]! * at[1] + planes[p + 2]! * at[2] + planes[p + 3]!;
          if (height < -slack) return false;
        }
        return true;
      };
    }
  }
}

/** Metres: the longest length that a comparison is made of, and one. */
const sizeOf = (lengths: readonly number[]): number => {
  let longest = 0;
  for (const length of lengths) longest = Math.max(longest, Math.abs(length));
  return 1 + longest;
};
