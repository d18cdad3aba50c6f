import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { Door, Vec3 } from '../../../src/palace/model.ts';
import { distance, shortestWalk } from '../../../src/palace/navigation/shortest-walk.ts';

const ROOMS = 9;
const whole = fc.integer({ min: 0, max: 12 });
const position = fc.oneof(
  fc.tuple(whole, whole, whole),
  fc.tuple(...([0, 1, 2].map(() => fc.double({ min: -50, max: 50, noNaN: true })) as [never, never, never])),
) as fc.Arbitrary<Vec3>;
const room = fc.integer({ min: 0, max: ROOMS - 1 });
const door: fc.Arbitrary<Door> = fc
  .tuple(room, room, position)
  .filter(([a, b]) => a !== b)
  .map(([a, b, at]) => ({ rooms: [Math.min(a, b), Math.max(a, b)], position: at, width: 1 }));
const place = fc.record({ room, position });

/** Floyd and Warshall over all spots: start, goal and doors. */
function oracle(doors: Door[], from: { room: number; position: Vec3 }, to: { room: number; position: Vec3 }): number {
  const spots = [
    { rooms: [from.room], position: from.position },
    { rooms: [to.room], position: to.position },
    ...doors,
  ];
  const way = spots.map((a) =>
    spots.map((b) => (a.rooms.some((r) => b.rooms.includes(r)) ? distance(a.position, b.position) : Infinity)),
  );
  for (let k = 0; k < spots.length; k++)
    for (let i = 0; i < spots.length; i++)
      for (let j = 0; j < spots.length; j++) way[i]![j] = Math.min(way[i]![j]!, way[i]![k]! + way[k]![j]!);
  return way[0]![1]!;
}

it('is as short as the shortest of all ways, and there is one where there is any', () => {
  fc.assert(
    fc.property(fc.array(door, { maxLength: 16 }), place, place, (doors, from, to) => {
      const walk = shortestWalk(doors, from, to);
      const least = oracle(doors, from, to);
      if (walk === null) expect(least).toBe(Infinity);
      else expect(walk.length).toBeCloseTo(least, 9);
    }),
    { numRuns: 500 },
  );
});

it('leads from room to room through doors that they share, and is as long as its legs', () => {
  fc.assert(
    fc.property(fc.array(door, { maxLength: 16 }), place, place, (doors, from, to) => {
      const walk = shortestWalk(doors, from, to);
      if (walk === null) return;
      expect([walk.rooms[0], walk.rooms.at(-1)]).toEqual([from.room, to.room]);
      expect([walk.points[0], walk.points.at(-1)]).toEqual([from.position, to.position]);
      walk.doors.forEach(({ rooms, position: at }, i) => {
        expect([...rooms].sort()).toEqual([walk.rooms[i]!, walk.rooms[i + 1]!].sort());
        expect(at).toEqual(walk.points[i + 1]);
      });
      const legs = walk.points.slice(1).map((point, i) => distance(walk.points[i]!, point));
      expect(legs.reduce((sum, leg) => sum + leg, 0)).toBeCloseTo(walk.length, 9);
    }),
  );
});

it('is the same whatever order the doors come in, also where several ways are equally long', () => {
  fc.assert(
    fc.property(
      fc
        .array(door, { maxLength: 16 })
        .chain((doors) => fc.tuple(fc.constant(doors), fc.shuffledSubarray(doors, { minLength: doors.length }))),
      place,
      place,
      ([doors, shuffled], from, to) => {
        expect(shortestWalk(shuffled, from, to)).toEqual(shortestWalk(doors, from, to));
      },
    ),
  );
});
