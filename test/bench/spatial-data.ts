import { seeded } from '../../src/statistics/seeded.ts';

/** Rooms of 12 × 12 × 4 m stand every 15 m, 16 × 16 to a floor of 6 m. */
const PITCH = 15;
const FLOOR_HEIGHT = 6;
const ROOMS_A_ROW = 16;
const MEMORIES_A_ROOM = 200;
/** Half the edges of a query box, in metres: about 100 points of 10^5 lie in one. */
const HALF_WIDTH = 3.1;
const HALF_HEIGHT = 1.8;

/** Points of a palace, row-major `[n, 3]`; slot i is row i. */
export interface SpatialData {
  slots: Uint32Array;
  points: Float32Array;
  /** around random points: `[x, y, z]` */
  centres: Float32Array[];
  /** a box about each centre */
  boxes: Float32Array[];
  random: () => number;
}

/** Memories as people have them: some rooms full and some not, in three to six clumps a room. */
export function palaceData(count: number, queries: number, seed: number): SpatialData {
  const random = seeded(seed);
  const rooms = Array.from({ length: Math.max(4, Math.ceil(count / MEMORIES_A_ROOM)) }, (_, i) => roomAt(i, random));
  const points = new Float32Array(count * 3);
  for (let i = 0; i < count; ) {
    const room = rooms[Math.floor(random() * rooms.length)]!;
    if (random() * 1.7 > room.weight) continue;
    const clump = room.clumps[Math.floor(random() * room.clumps.length)]!;
    points.set(near(clump, [1.2, 1.2, 0.5], random), i * 3);
    i++;
  }
  const centres = Array.from({ length: queries }, () => {
    const row = Math.floor(random() * count) * 3;
    return Float32Array.from(near([...points.subarray(row, row + 3)], [0.5, 0.5, 0.2], random));
  });
  const boxes = centres.map(([x = 0, y = 0, z = 0]) =>
    Float32Array.of(x - HALF_WIDTH, y - HALF_WIDTH, z - HALF_HEIGHT, x + HALF_WIDTH, y + HALF_WIDTH, z + HALF_HEIGHT),
  );
  return { slots: Uint32Array.from({ length: count }, (_, slot) => slot), points, centres, boxes, random };
}

/** A point drawn from a normal distribution about `centre`; `spread` has a standard deviation for each axis. */
export function near(centre: readonly number[], spread: readonly number[], random: () => number): number[] {
  return centre.map((value, axis) => value + normal(random) * spread[axis]!);
}

function roomAt(index: number, random: () => number): { weight: number; clumps: number[][] } {
  const column = index % ROOMS_A_ROW;
  const row = Math.floor(index / ROOMS_A_ROW) % ROOMS_A_ROW;
  const floor = Math.floor(index / ROOMS_A_ROW ** 2);
  const centre = [column * PITCH + 6, row * PITCH + 6, floor * FLOOR_HEIGHT + 2];
  const weight = 0.3 + 1.4 * random();
  const clumps = Array.from({ length: 3 + Math.floor(random() * 4) }, () => near(centre, [2.5, 2.5, 0.7], random));
  return { weight, clumps };
}

/** Box and Muller. */
const normal = (random: () => number) => Math.sqrt(-2 * Math.log(random() + 1e-12)) * Math.cos(2 * Math.PI * random());
