import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { anchorsOf, contains, doorsOf, firstRooms, MAX_ROOMS_A_THEME, planRoom } from '../../src/palace/layouts.ts';
import type { Door, Room, RoomPlan } from '../../src/palace/model.ts';
import { CATEGORIES, Layout } from '../../src/palace/rooms/contract.ts';

const growth = fc.array(fc.integer({ min: 0, max: CATEGORIES.length - 1 }), { maxLength: 60 });

/** A palace whose themes grew in the order given. */
function grown(layout: Layout, order: readonly number[]): { rooms: Room[]; doors: Door[] } {
  const counts = CATEGORIES.map(() => 1);
  const more = order.map((theme) => planRoom(layout, CATEGORIES[theme]!, counts[theme]!++));
  const rooms: Room[] = [];
  const doors: Door[] = [];
  for (const plan of [...firstRooms(layout), ...more]) {
    const room: Room = { ...plan, row: rooms.length + 1, palace: 1, memories: 0 };
    doors.push(...doorsOf(layout, room, rooms));
    rooms.push(room);
  }
  return { rooms, doors };
}

const overlap = (a: RoomPlan, b: RoomPlan) =>
  [0, 1, 2].every((i) => a.bounds.min[i]! < b.bounds.max[i]! && b.bounds.min[i]! < a.bounds.max[i]!);

describe.each(Layout.options)('a %s', (layout) => {
  it('has no two rooms in one place, however it grew', () => {
    fc.assert(
      fc.property(growth, (order) => {
        const { rooms } = grown(layout, order);
        for (const [i, a] of rooms.entries()) for (const b of rooms.slice(i + 1)) expect(overlap(a, b)).toBe(false);
      }),
      { numRuns: 50 },
    );
  });

  it('lets one walk from every room to every other', () => {
    fc.assert(
      fc.property(growth, (order) => {
        const { rooms, doors } = grown(layout, order);
        const reached = new Set([1]);
        for (let before = 0; before < reached.size; ) {
          before = reached.size;
          for (const { rooms: ends } of doors)
            if (ends.some((row) => reached.has(row))) ends.forEach((row) => void reached.add(row));
        }
        expect(reached.size).toBe(rooms.length);
      }),
      { numRuns: 50 },
    );
  });

  it('has its doors in the wall that both rooms share', () => {
    const { rooms, doors } = grown(layout, [0, 0, 1, 1, 2, 2, 3, 3, 0, 0, 0, 0, 0, 0, 0]);
    const byRow = new Map(rooms.map((room) => [room.row, room]));
    for (const { rooms: ends, position } of doors) {
      for (const row of ends) expect(contains(byRow.get(row)!.bounds, position)).toBe(true);
    }
    expect(new Set(doors.map((door) => door.rooms.join())).size).toBe(doors.length);
  });

  it('puts a room where it always stands, whatever was built before it', () => {
    fc.assert(
      fc.property(fc.constantFrom(...CATEGORIES), fc.nat(MAX_ROOMS_A_THEME - 1), (theme, ordinal) => {
        expect(planRoom(layout, theme, ordinal)).toEqual(planRoom(layout, theme, ordinal));
        for (const x of Object.values(planRoom(layout, theme, ordinal).bounds).flat()) expect(Math.fround(x)).toBe(x);
      }),
    );
  });

  it('has nine anchors a room, inside it, each in a spot of its own', () => {
    for (const room of grown(layout, [4]).rooms) {
      const anchors = anchorsOf(room);
      expect(anchors.map(({ number }) => number)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
      expect(anchors.every(({ position }) => contains(room.bounds, position))).toBe(true);
      expect(new Set(anchors.map(({ position }) => position.join())).size).toBe(9);
    }
  });

  it('refuses a room that it has no place for', () => {
    expect(() => planRoom(layout, 'work', MAX_ROOMS_A_THEME)).toThrow(RangeError);
    expect(() => planRoom(layout, 'hall', 1_000)).toThrow(RangeError);
  });
});
