import { frustumPlanes } from './frustum.ts';
import type { Shape } from './memories/contract.ts';

type Spot = readonly [number, number, number];

/** Relative error of float32, in which the index compares, over what a few sums of products add to it. */
const ROUNDING = 1e-5;

/**
 * Whether a spot (metres) lies in a shape or so near to its border that rounding may put it there. Never false of one
 * that the index would report.
 */
export function mayTouch(shape: Exclude<Shape, { type: 'nearest' }>, at: Spot): boolean {
  switch (shape.type) {
    case 'box': {
      const slack = slackOf([...shape.min, ...shape.max, ...at]);
      return at.every((x, axis) => x >= shape.min[axis]! - slack && x <= shape.max[axis]! + slack);
    }
    case 'sphere': {
      const slack = slackOf([...shape.center, shape.radius, ...at]);
      return Math.hypot(...at.map((x, axis) => x - shape.center[axis]!)) <= shape.radius + slack;
    }
    case 'frustum': {
      const slack = slackOf([...shape.position, shape.far, ...at]);
      const planes = frustumPlanes(shape);
      for (let p = 0; p < 24; p += 4) {
        const height = planes[p]! * at[0] + planes[p + 1]! * at[1] + planes[p + 2]! * at[2] + planes[p + 3]!;
        if (height < -slack) return false;
      }
      return true;
    }
  }
}

/** Metres. */
const slackOf = (lengths: readonly number[]): number => ROUNDING * (1 + Math.max(...lengths.map(Math.abs)));
