import { anchorId, type Palace, parseRoomId, type Room, roomId } from '../../src/palace/model.ts';
import type { NavigateBody, Route } from '../../src/palace/navigation/contract.ts';
import { legsOf, middleOf, roomAround } from '../../src/palace/navigation/legs.ts';
import { legBoxes, type SeenMemory, seenOnWalk } from '../../src/palace/navigation/seen.ts';
import { type Place, shortestWalk, type Walk } from '../../src/palace/navigation/shortest-walk.ts';
import { done, type Outcome, refused } from '../../src/shared/errors.ts';
import type { Life } from '../stores/life-store.ts';
import type { PalaceApiPorts } from './palace-api.ts';

const NO_ROOM = refused('not_found', 'There is no such room in this palace.');

/** Finds the way from one place of a palace to another. Everything it needs is asked of the palace's own parts. */
export async function navigate(ports: PalaceApiPorts, body: NavigateBody, now: number): Promise<Outcome<Route>> {
  const { architect } = ports.work;
  const goal = goalMemory(ports, body);
  if (goal && !goal.ok) return goal;
  const palace = palaceOf(ports, body, goal?.value ?? null, now);
  if (!palace) return refused('not_found', 'No such palace.');
  if (goal && goal.value.palace !== palace.row) return refused('conflict', 'That memory is in another palace.');
  const rooms = architect.rooms(palace);
  const from = startOf(rooms, body.from);
  const to = goal
    ? { room: goal.value.room, position: goal.value.position }
    : namedPlace(ports, palace, rooms, body.to);
  if (!from || !to) return NO_ROOM;
  const walk = shortestWalk(ports.stores.palaces.doors(palace.row), from, to);
  const named = (row: number) => roomId(rooms.find((room) => room.row === row)!);
  if (!walk) return refused('conflict', `No doors lead from ${named(from.room)} to ${named(to.room)}.`);
  const seen = body.max_seen === 0 ? [] : await seenOn(ports, palace, walk, body);
  return done(routeOf(ports, palace, walk, seen, named));
}

function goalMemory({ find, stores }: PalaceApiPorts, { to }: NavigateBody): Outcome<Life> | null {
  if (!('memory_id' in to)) return null;
  const message = find(to.memory_id);
  if (!message) return refused('not_found', 'No such memory.');
  const life = stores.lives.find(message.row);
  return life ? done(life) : refused('conflict', 'The memory is not placed yet.');
}

function palaceOf({ work }: PalaceApiPorts, { palace_id }: NavigateBody, goal: Life | null, now: number) {
  if (palace_id !== undefined) return work.architect.byId(palace_id);
  return goal ? work.architect.byRow(goal.palace) : work.standard(now);
}

function startOf(rooms: readonly Room[], from: NavigateBody['from']): Place | null {
  if ('room_id' in from) return middleOfNamed(rooms, from.room_id);
  const position = [from.x, from.y, from.z] as const;
  const room = roomAround(rooms, position);
  return room && { room: room.row, position };
}

function namedPlace({ stores }: PalaceApiPorts, palace: Palace, rooms: readonly Room[], to: NavigateBody['to']) {
  if ('room_id' in to) return middleOfNamed(rooms, to.room_id);
  if (!('anchor_id' in to)) return null;
  const room = rooms.find((one) => to.anchor_id.startsWith(`${roomId(one)}.`));
  const anchor = stores.palaces
    .anchors(palace.row)
    .find((one) => one.room === room?.row && anchorId(room, one.number) === to.anchor_id);
  return anchor ? { room: anchor.room, position: anchor.position } : null;
}

function middleOfNamed(rooms: readonly Room[], id: string): Place | null {
  const named = parseRoomId(id);
  const room = named && rooms.find(({ theme, ordinal }) => theme === named.theme && ordinal === named.ordinal);
  return room ? middleOf(room) : null;
}

async function seenOn({ work, stores }: PalaceApiPorts, palace: Palace, walk: Walk, options: NavigateBody) {
  const byLeg = await Promise.all(
    legBoxes(walk, options.radius).map(async ({ min, max }, leg) => {
      const box = { type: 'box' as const, min: [...min] as Triple, max: [...max] as Triple };
      const { rows } = await work.host.find(palace, box, undefined, walk.rooms[leg]!);
      return [...stores.lives.byRows([...rows]).values()];
    }),
  );
  return seenOnWalk(walk, byLeg, options.radius, options.max_seen);
}

type Triple = [number, number, number];

function routeOf(
  { stores }: PalaceApiPorts,
  palace: Palace,
  walk: Walk,
  seen: readonly SeenMemory[],
  named: (row: number) => string,
): Route {
  const rows = seen.map(({ row }) => row);
  const ids = new Map(stores.messages.byRows(rows).map(({ row, id }) => [row, id]));
  const lives = stores.lives.byRows(rows);
  return {
    palace_id: palace.id,
    length: walk.length,
    rooms: walk.rooms.map(named),
    doors: walk.doors.map(({ rooms: [a, b], position, width }) => ({
      rooms: [named(a), named(b)],
      position: [...position],
      width,
    })),
    legs: legsOf(walk).map(({ room, from, to, ...rest }) => ({
      room_id: named(room),
      from: [...from],
      to: [...to],
      ...rest,
    })),
    seen: seen.flatMap(({ row, room, position, at, distance }) => {
      const [memory_id, life] = [ids.get(row), lives.get(row)];
      if (memory_id === undefined || !life) return [];
      return [
        { memory_id, room_id: named(room), category: life.category, position: [...position] as Triple, at, distance },
      ];
    }),
  };
}
