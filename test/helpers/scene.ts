import type { SceneFrame, SceneMemory } from '../../src/palace/export/contract.ts';
import { anchorsOf, doorsOf, firstRooms } from '../../src/palace/layouts.ts';
import { anchorId, type Room, roomId } from '../../src/palace/model.ts';
import { themeName } from '../../src/palace/room-names/theme-name.ts';
import { CATEGORIES, type Layout } from '../../src/palace/rooms/contract.ts';

/** A palace as it is when new. */
export function newFrame(layout: Layout): SceneFrame {
  const rooms = firstRooms(layout).map((plan, i): Room => ({ ...plan, row: i + 1, palace: 1, memories: 0 }));
  const doors = rooms.flatMap((room, i) => doorsOf(layout, room, rooms.slice(0, i)));
  return {
    palace: {
      id: '01PALACE',
      name: `A ${layout}`,
      layout,
      is_default: true,
      rooms: rooms.length,
      memories: 0,
      created_at: '2026-05-03T09:00:00.000Z',
    },
    rooms: rooms.map((room) => ({
      id: roomId(room),
      palace_id: '01PALACE',
      theme: room.theme,
      name: themeName(room),
      name_origin: 'theme' as const,
      name_generated: false,
      grid: [...room.grid],
      bounds: { min: [...room.bounds.min], max: [...room.bounds.max] },
      capacity: room.capacity,
      memories: 0,
      anchors: anchorsOf(room).map(({ number, position }) => ({
        id: anchorId(room, number),
        room_id: roomId(room),
        number,
        position: [...position],
      })),
    })),
    doors: doors.map(({ rooms: [a, b], position, width }) => ({
      rooms: [roomId(rooms[a - 1]!), roomId(rooms[b - 1]!)],
      position: [...position],
      width,
    })),
  };
}

/** Memories strewn over the rooms of their categories: the same ones each time. */
export function strewnMemories(frame: SceneFrame, count: number): SceneMemory[] {
  const homes = new Map(frame.rooms.map((room) => [room.theme, room]));
  let state = 1;
  const random = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
  return Array.from({ length: count }, (_, i) => {
    const category = CATEGORIES[i % CATEGORIES.length]!;
    const { id, bounds } = homes.get(category)!;
    const at = (axis: 0 | 1 | 2) =>
      Math.fround(bounds.min[axis] + 0.5 + random() * (bounds.max[axis] - bounds.min[axis] - 1));
    return {
      id: `01MEMORY${i}`,
      room_id: id,
      category,
      position: [at(0), at(1), at(2)],
      strength: random(),
      timestamp: new Date(Date.UTC(2026, 0, 1, 0, i)).toISOString(),
      title: i % 7 === 0 ? 'Größe „drei“\n\u0001 </script> 🦉' : `Memory number ${i}`,
    };
  });
}

/** The items in pages, the last one empty. */
export async function* inPages<T>(items: readonly T[], size: number): AsyncGenerator<readonly T[]> {
  for (let i = 0; i <= items.length; i += size) yield items.slice(i, i + size);
}
