import type { Box, Room, Vec3 } from '../model.ts';
import { distance, type Place, type Walk } from './shortest-walk.ts';

export interface WalkLeg {
  /** row of the room */
  room: number;
  from: Vec3;
  to: Vec3;
  /** metres */
  length: number;
  /** radians on the floor: 0 along +x, growing towards +y, within ±π; a leg straight up keeps the one before */
  heading: number;
  /** radians over the horizontal */
  pitch: number;
}

/** A standing person's chest, in metres over the floor: the height at which door centres lie too. */
const WALKING_HEIGHT = 1.25;

/** The straight lines of a walk and where one looks on each. */
export function legsOf({ points, rooms }: Walk): WalkLeg[] {
  let heading = 0;
  return rooms.map((room, leg) => {
    const [from, to] = [points[leg]!, points[leg + 1]!];
    const [dx, dy, dz] = [to[0] - from[0], to[1] - from[1], to[2] - from[2]];
    if (dx !== 0 || dy !== 0) heading = Math.atan2(dy, dx);
    return { room, from, to, length: distance(from, to), heading, pitch: Math.atan2(dz, Math.hypot(dx, dy)) };
  });
}

/** The middle of a room, at walking height. */
export const middleOf = ({ row, bounds: { min, max } }: Room): Place => ({
  room: row,
  position: [(min[0] + max[0]) / 2, (min[1] + max[1]) / 2, min[2] + WALKING_HEIGHT],
});

/** The room in which a point lies; on a shared wall the room opened first, outside of all the nearest. */
export function roomAround(rooms: readonly Room[], point: Vec3): Room | null {
  let [nearest, least]: [Room | null, number] = [null, Infinity];
  for (const room of rooms) {
    const away = distanceToBox(room.bounds, point);
    if (away < least) [nearest, least] = [room, away];
  }
  return nearest;
}

const distanceToBox = ({ min, max }: Box, p: Vec3): number =>
  Math.hypot(...([0, 1, 2] as const).map((i) => Math.max(min[i] - p[i], 0, p[i] - max[i])));
