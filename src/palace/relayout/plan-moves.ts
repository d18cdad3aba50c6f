import type { Box, Vec3 } from '../model.ts';
import { WALL_INSET } from '../placement.ts';

/** A memory that a new layout has a place for. */
export interface Standing {
  row: number;
  /** row of its room */
  room: number;
}

export interface RoomToFill {
  row: number;
  /** rooms of one wing share their memories out */
  wing: string;
  bounds: Box;
  capacity: number;
  /** memories in it now */
  memories: number;
}

export interface Move {
  row: number;
  room: number;
  position: Vec3;
}

/**
 * Turns a layout of a palace into places in its rooms: every memory stays in its wing, what lies together comes into one
 * room, and the layout of a room's memories fills it. Rooms keep space for memories that the layout does not know.
 *
 * @param places row-major [memories, 3], any unit
 */
export function planMoves(memories: readonly Standing[], places: Float32Array, rooms: readonly RoomToFill[]): Move[] {
  const wingOf = new Map(rooms.map(({ row, wing }) => [row, wing]));
  const byWing = Map.groupBy(memories.keys(), (at) => wingOf.get(memories[at]!.room)!);
  const known = Map.groupBy(memories, ({ room }) => room);
  return [...byWing].flatMap(([wing, group]) => {
    const open = rooms
      .filter((room) => room.wing === wing)
      .map((room) => ({ room, free: room.capacity - room.memories + (known.get(room.row)?.length ?? 0) }))
      .filter(({ free }) => free > 0);
    return share(group, places, open).flatMap(({ room, members }) => furnish(members, memories, places, room));
  });
}

interface OpenRoom {
  room: RoomToFill;
  /** memories that it can take */
  free: number;
}

/** Shares memories out among rooms, in proportion to their space, by cuts across the layout's widest axis. */
function share(
  members: readonly number[],
  places: Float32Array,
  rooms: readonly OpenRoom[],
): { room: RoomToFill; members: readonly number[] }[] {
  const [only] = rooms;
  if (!only) return [];
  if (rooms.length === 1) return [{ room: only.room, members }];
  const half = rooms.length >> 1;
  const [first, second] = [rooms.slice(0, half), rooms.slice(half)];
  const [here, there] = [spaceOf(first), spaceOf(second)];
  const cut = Math.round((members.length * here) / (here + there)); // all fit, so either part fits its half
  const axis = spreads(members, places)[0]!.axis;
  const sorted = members.toSorted((a, b) => places[3 * a + axis]! - places[3 * b + axis]! || a - b);
  return [...share(sorted.slice(0, cut), places, first), ...share(sorted.slice(cut), places, second)];
}

const spaceOf = (rooms: readonly OpenRoom[]): number => rooms.reduce((sum, { free }) => sum + free, 0);

interface Spread {
  axis: number;
  low: number;
  width: number;
}

/** How far places reach along each axis, the widest first. */
function spreads(members: readonly number[], places: Float32Array): Spread[] {
  return [0, 1, 2]
    .map((axis) => {
      let [low, high] = [Infinity, -Infinity];
      for (const at of members) {
        low = Math.min(low, places[3 * at + axis]!);
        high = Math.max(high, places[3 * at + axis]!);
      }
      return { axis, low, width: high - low };
    })
    .toSorted((a, b) => b.width - a.width || a.axis - b.axis);
}

/** The layout's widest axis along the room's longest, each stretched from wall to wall. */
function furnish(
  members: readonly number[],
  memories: readonly Standing[],
  places: Float32Array,
  { row: room, bounds }: RoomToFill,
): Move[] {
  if (members.length === 0) return [];
  const from = spreads(members, places);
  const to = [0, 1, 2]
    .map((axis) => ({ axis, low: bounds.min[axis]! + WALL_INSET, length: bounds.max[axis]! - bounds.min[axis]! }))
    .toSorted((a, b) => b.length - a.length || a.axis - b.axis);
  return members.map((at) => {
    const position = [0, 0, 0];
    to.forEach(({ axis, low, length }, i) => {
      const { axis: source, low: start, width } = from[i]!;
      const along = width > 0 ? (places[3 * at + source]! - start) / width : 0.5;
      position[axis] = Math.fround(low + along * (length - 2 * WALL_INSET));
    });
    return { row: memories[at]!.row, room, position: [position[0]!, position[1]!, position[2]!] };
  });
}
