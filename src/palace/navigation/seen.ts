import type { Box, Vec3 } from '../model.ts';
import { distance, type Walk } from './shortest-walk.ts';

interface Placed {
  /** the memory's row */
  row: number;
  position: Vec3;
}

export interface SeenMemory extends Placed {
  /** row of the room in which it stands */
  room: number;
  /** metres from the start at which the walk comes nearest to it */
  at: number;
  /** metres from the walk at that point */
  distance: number;
}

/** The box of each leg in which everything lies that is within `radius` metres of it. */
export const legBoxes = ({ points }: Walk, radius: number): Box[] =>
  points.slice(1).map((to, leg) => {
    const from = points[leg]!;
    const edge = (pick: (a: number, b: number) => number, by: number): Vec3 => [
      pick(from[0], to[0]) + by,
      pick(from[1], to[1]) + by,
      pick(from[2], to[2]) + by,
    ];
    return { min: edge(Math.min, -radius), max: edge(Math.max, radius) };
  });

/**
 * What one comes by: memories of the rooms passed that lie within `radius` metres of the way. Walls hide what is in the
 * next room. If more than `limit`, the nearest to the way; in the order in which one comes by.
 *
 * @param byLeg for each leg, memories of its room: at least those in its box
 */
export function seenOnWalk(
  walk: Walk,
  byLeg: readonly (readonly Placed[])[],
  radius: number,
  limit: number,
): SeenMemory[] {
  const nearest = new Map<number, SeenMemory>();
  let start = 0;
  walk.rooms.forEach((room, leg) => {
    const [from, to] = [walk.points[leg]!, walk.points[leg + 1]!];
    const length = distance(from, to);
    for (const { row, position } of byLeg[leg]!) {
      const along = nearestOnLeg(from, to, length, position);
      const away = distance(pointOn(from, to, length, along), position);
      const known = nearest.get(row);
      if (away <= radius && !(known && known.distance <= away)) {
        nearest.set(row, { row, room, position, at: start + along, distance: away });
      }
    }
    start += length;
  });
  const kept = [...nearest.values()].sort((a, b) => a.distance - b.distance || a.row - b.row).slice(0, limit);
  return kept.sort((a, b) => a.at - b.at || a.row - b.row);
}

/** Metres from the leg's start to its point nearest to `p`. */
function nearestOnLeg(from: Vec3, to: Vec3, length: number, p: Vec3): number {
  if (length === 0) return 0;
  const dot = [0, 1, 2].reduce((sum, i) => sum + (to[i]! - from[i]!) * (p[i]! - from[i]!), 0);
  return Math.min(Math.max(dot / length, 0), length);
}

function pointOn(from: Vec3, to: Vec3, length: number, along: number): Vec3 {
  const share = length === 0 ? 0 : along / length;
  return [
    from[0] + (to[0] - from[0]) * share,
    from[1] + (to[1] - from[1]) * share,
    from[2] + (to[2] - from[2]) * share,
  ];
}
