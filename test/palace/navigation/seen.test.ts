import { expect, it } from 'vitest';
import type { Vec3 } from '../../../src/palace/model.ts';
import { legsOf } from '../../../src/palace/navigation/legs.ts';
import { legBoxes, seenOnWalk } from '../../../src/palace/navigation/seen.ts';
import type { Walk } from '../../../src/palace/navigation/shortest-walk.ts';

// along x through room 1 to a door at (10, 0, 0), then along y through room 2
const walk: Walk = {
  length: 15,
  points: [
    [0, 0, 0],
    [10, 0, 0],
    [10, 5, 0],
  ],
  rooms: [1, 2],
  doors: [{ rooms: [1, 2], position: [10, 0, 0], width: 1 }],
};
const [BESIDE, BEHIND, FAR, LATER] = [1, 2, 3, 4];
const at = (row: number, position: Vec3) => ({ row, position });
const byLeg = [[at(BESIDE, [4, 2, 0]), at(BEHIND, [-1, 0, 0]), at(FAR, [5, 3.5, 0])], [at(LATER, [9, 4, 0])]];

it('sees what lies near the way in the rooms passed, in the order of the walk', () => {
  expect(seenOnWalk(walk, byLeg, 2, 10).map((seen) => [seen.row, seen.room, seen.at, seen.distance])).toEqual([
    [BEHIND, 1, 0, 1],
    [BESIDE, 1, 4, 2],
    [LATER, 2, 14, 1],
  ]);
});

it('keeps the nearest when there are too many', () => {
  expect(seenOnWalk(walk, byLeg, 4, 2).map(({ row }) => row)).toEqual([BEHIND, LATER]);
});

it('takes the nearest of several legs through one room', () => {
  const there = { ...walk, rooms: [1, 1] };
  const both = [[at(1, [9, 5, 0])], [at(1, [9, 5, 0])]];
  expect(seenOnWalk(there, both, 5, 9)).toMatchObject([{ at: 15, distance: 1 }]);
});

it('looks for it in a box around each leg', () => {
  expect(legBoxes(walk, 2)).toEqual([
    { min: [-2, -2, -2], max: [12, 2, 2] },
    { min: [8, -2, -2], max: [12, 7, 2] },
  ]);
});

it('stands still on a walk of no length', () => {
  const here: Vec3 = [1, 1, 1];
  const still: Walk = { length: 0, points: [here, here], rooms: [1], doors: [] };
  expect(seenOnWalk(still, [[at(1, [1, 1, 2])]], 1, 9)).toMatchObject([{ at: 0, distance: 1 }]);
  expect(legsOf(still)).toMatchObject([{ length: 0, heading: 0, pitch: 0 }]);
});

it('heads along each leg: east is 0, north a quarter turn; up the stairs it keeps its heading', () => {
  const up: Walk = { ...walk, points: [...walk.points, [10, 5, 6]], rooms: [1, 2, 3] };
  expect(legsOf(up).map(({ heading, pitch }) => [heading, pitch])).toEqual([
    [0, 0],
    [Math.PI / 2, 0],
    [Math.PI / 2, Math.PI / 2],
  ]);
});
