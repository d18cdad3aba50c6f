import fc from 'fast-check';
import { expect, it } from 'vitest';
import { planMoves, type RoomToFill } from '../../../src/palace/relayout/plan-moves.ts';
import { seeded } from '../../../src/statistics/seeded.ts';

const world = fc
  .record({
    wings: fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1, maxLength: 4 }),
    strangers: fc.integer({ min: 0, max: 4 }),
    seed: fc.integer(),
    flat: fc.boolean(),
  })
  .map(({ wings, strangers, seed, flat }) => {
    const random = seeded(seed);
    const rooms: RoomToFill[] = wings.flatMap((count, wing) =>
      Array.from({ length: count }, (_, ordinal) => ({
        row: wing * 10 + ordinal + 1,
        wing: `w${wing}`,
        bounds: { min: [12 * ordinal, 12 * wing, 0] as const, max: [12 * ordinal + 12, 12 * wing + 12, 6] as const },
        capacity: 12,
        memories: 0,
      })),
    );
    const memories = rooms.flatMap((room) => {
      const count = Math.floor(random() * (13 - strangers));
      room.memories = count + strangers; // strangers: memories that the layout does not know
      return Array.from({ length: count }, () => ({ row: Math.floor(random() * 1e9), room: room.row }));
    });
    const places = Float32Array.from({ length: 3 * memories.length }, () => (flat ? 1 : random() * 10));
    return { rooms, memories, places, strangers };
  });

it('gives every memory one place, in its wing, inside the walls, and no room more than it holds', () => {
  fc.assert(
    fc.property(world, ({ rooms, memories, places, strangers }) => {
      const moves = planMoves(memories, places, rooms);
      expect(moves.map(({ row }) => row).toSorted()).toEqual(memories.map(({ row }) => row).toSorted());
      const roomOf = new Map(rooms.map((room) => [room.row, room]));
      const before = new Map(memories.map(({ row, room }) => [row, room]));
      for (const { row, room, position } of moves) {
        const { wing, bounds } = roomOf.get(room)!;
        expect(wing).toBe(roomOf.get(before.get(row)!)!.wing);
        expect(position.every((x, i) => x > bounds.min[i]! && x < bounds.max[i]! && Math.fround(x) === x)).toBe(true);
      }
      for (const { row, capacity } of rooms) {
        expect(moves.filter(({ room }) => room === row).length + strangers).toBeLessThanOrEqual(capacity);
      }
    }),
    { numRuns: 300 },
  );
});

it('keeps what lies together in one room, in the order of the layout', () => {
  const bounds = (i: number) => ({ min: [12 * i, 0, 0] as const, max: [12 * i + 12, 12, 6] as const });
  const rooms = [0, 1].map((i) => ({ row: i + 1, wing: 'w', bounds: bounds(i), capacity: 10, memories: 4 }));
  const memories = Array.from({ length: 8 }, (_, i) => ({ row: i, room: 1 + (i % 2) }));
  const places = Float32Array.from(memories.flatMap((_, i) => [0, i < 4 ? i : 100 + i, 0]));
  const moves = planMoves(memories, places, rooms).toSorted((a, b) => a.row - b.row);
  expect(moves.map(({ room }) => room)).toEqual([1, 1, 1, 1, 2, 2, 2, 2]);
  const along = moves.slice(0, 4).map(({ position }) => position[0]);
  expect(along).toEqual(along.toSorted((a, b) => a - b));
  expect(along[0]).not.toBe(along[3]);
});
