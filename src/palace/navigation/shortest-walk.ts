import type { Door, Vec3 } from '../model.ts';
import { MinHeap } from './min-heap.ts';

/** A spot in a room, metres. */
export interface Place {
  /** row of the room */
  room: number;
  position: Vec3;
}

/** A way through doors. `points` has one more than `rooms`: leg i leads through room i from point i to point i + 1. */
export interface Walk {
  /** metres */
  length: number;
  points: Vec3[];
  /** rows of the rooms, in order */
  rooms: number[];
  /** the doors between them */
  doors: Door[];
}

export const distance = (a: Vec3, b: Vec3): number => Math.hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2]);

/**
 * The shortest way from one spot to another: straight lines from door to door. Rooms are boxes, so what is in one room
 * is reached without a bend. Of ways equally long always the same is chosen, whatever order the doors come in.
 *
 * @returns null if no doors lead there
 * @see Hart, Nilsson & Raphael 1968 (A*); the straight line never exceeds the way, so no door is settled twice
 */
export function shortestWalk(doors: readonly Door[], from: Place, to: Place): Walk | null {
  if (from.room === to.room) {
    const points = [from.position, to.position];
    return { length: distance(from.position, to.position), points, rooms: [from.room], doors: [] };
  }
  const sorted = [...doors].sort(byRooms);
  const exits = exitsOf(sorted);
  const reached = new Float64Array(sorted.length).fill(Infinity);
  const previous = new Int32Array(sorted.length).fill(-1);
  const ahead = new Int32Array(sorted.length);
  const settled = new Uint8Array(sorted.length);
  const open = new MinHeap();
  const reach = (door: number, length: number, via: number, room: number) => {
    if (length >= reached[door]!) return;
    reached[door] = length;
    previous[door] = via;
    ahead[door] = beyond(sorted[door]!, room);
    open.push(door, length + distance(sorted[door]!.position, to.position));
  };
  for (const door of exits.get(from.room) ?? []) {
    reach(door, distance(from.position, sorted[door]!.position), -1, from.room);
  }
  for (let entry = open.pop(); entry !== null; entry = open.pop()) {
    const here = entry.item;
    if (settled[here]) continue;
    settled[here] = 1;
    const room = ahead[here]!; // to turn round in a door is never shorter
    // from a door of its room the goal is a straight line away, which is what the estimate said
    if (room === to.room) return walkBack(sorted, previous, here, from, to, entry.cost);
    for (const next of exits.get(room)!) {
      reach(next, reached[here]! + distance(sorted[here]!.position, sorted[next]!.position), here, room);
    }
  }
  return null;
}

function byRooms(a: Door, b: Door): number {
  return (
    a.rooms[0] - b.rooms[0] ||
    a.rooms[1] - b.rooms[1] ||
    a.position[0] - b.position[0] ||
    a.position[1] - b.position[1] ||
    a.position[2] - b.position[2]
  );
}

function exitsOf(doors: readonly Door[]): Map<number, number[]> {
  const exits = new Map<number, number[]>();
  doors.forEach(({ rooms }, door) => {
    for (const room of rooms) {
      const list = exits.get(room);
      if (list) list.push(door);
      else exits.set(room, [door]);
    }
  });
  return exits;
}

function walkBack(
  sorted: readonly Door[],
  previous: Int32Array,
  last: number,
  from: Place,
  to: Place,
  length: number,
): Walk {
  const doors: Door[] = [];
  for (let door = last; door !== -1; door = previous[door]!) doors.unshift(sorted[door]!);
  const rooms = [from.room];
  for (const door of doors) rooms.push(beyond(door, rooms.at(-1)!));
  return { length, points: [from.position, ...doors.map((door) => door.position), to.position], rooms, doors };
}

const beyond = ({ rooms: [a, b] }: Door, room: number): number => (a === room ? b : a);
