/** Corners of flat triangles: row-major [corners, 3], a normal to each corner. */
export interface Shape {
  positions: Float32Array<ArrayBuffer>;
  normals: Float32Array<ArrayBuffer>;
}

type Corner = readonly [number, number, number];
type Triangle = readonly [Corner, Corner, Corner];

/** One normal to a whole triangle, so that edges are sharp. Corners run counter-clockwise seen from outside. */
function flat(triangles: readonly Triangle[]): Shape {
  const positions = new Float32Array(triangles.length * 9);
  const normals = new Float32Array(triangles.length * 9);
  triangles.forEach(([a, b, c], i) => {
    const [u, v] = [minus(b, a), minus(c, a)];
    const cross = [u[1] * v[2] - u[2] * v[1], u[2] * v[0] - u[0] * v[2], u[0] * v[1] - u[1] * v[0]] as const;
    const length = Math.hypot(...cross);
    const normal = cross.map((x) => x / length);
    for (const [k, corner] of [a, b, c].entries()) {
      positions.set(corner, i * 9 + k * 3);
      normals.set(normal, i * 9 + k * 3);
    }
  });
  return { positions, normals };
}

const minus = (a: Corner, b: Corner): Corner => [a[0] - b[0], a[1] - b[1], a[2] - b[2]];

const quad = (a: Corner, b: Corner, c: Corner, d: Corner): Triangle[] => [
  [a, b, c],
  [a, c, d],
];

/** Corners of the unit cube, y up: its floor seen from above against the clock, then its ceiling. */
const CUBE: readonly Corner[] = [
  [0, 0, 0],
  [0, 0, 1],
  [1, 0, 1],
  [1, 0, 0],
  [0, 1, 0],
  [0, 1, 1],
  [1, 1, 1],
  [1, 1, 0],
];
const side = (a: number, b: number, c: number, d: number) => quad(CUBE[a]!, CUBE[b]!, CUBE[c]!, CUBE[d]!);

/** The floor of the unit cube, seen from above. */
export const floor = (): Shape => flat(side(0, 1, 2, 3));

/** The four walls of the unit cube, seen from within. */
export const walls = (): Shape =>
  flat([...side(0, 4, 5, 1), ...side(1, 5, 6, 2), ...side(2, 6, 7, 3), ...side(3, 7, 4, 0)]);

/** The unit cube. */
export const box = (): Shape =>
  flat([
    ...side(4, 5, 6, 7),
    ...side(0, 3, 2, 1),
    ...side(0, 1, 5, 4),
    ...side(1, 2, 6, 5),
    ...side(2, 3, 7, 6),
    ...side(3, 0, 4, 7),
  ]);

const GOLDEN = (1 + Math.sqrt(5)) / 2;
const FACES = [
  ...[0, 11, 5, 0, 5, 1, 0, 1, 7, 0, 7, 10, 0, 10, 11, 1, 5, 9, 5, 11, 4, 11, 10, 2, 10, 7, 6, 7, 1, 8],
  ...[3, 9, 4, 3, 4, 2, 3, 2, 6, 3, 6, 8, 3, 8, 9, 4, 9, 5, 2, 4, 11, 6, 2, 10, 8, 6, 7, 9, 8, 1],
];

/** A regular icosahedron of radius 1 around the origin. */
export function icosahedron(): Shape {
  const signs = [
    [-1, 1],
    [1, 1],
    [-1, -1],
    [1, -1],
  ] as const;
  // three golden rectangles, each at right angles to the others
  const corners: Corner[] = [
    ...signs.map(([a, b]): Corner => [a, b * GOLDEN, 0]),
    ...signs.map(([a, b]): Corner => [0, a, b * GOLDEN]),
    ...signs.map(([a, b]): Corner => [b * GOLDEN, 0, a]),
  ];
  const radius = Math.hypot(1, GOLDEN);
  const unit = corners.map(([x, y, z]): Corner => [x / radius, y / radius, z / radius]);
  const triangles: Triangle[] = [];
  for (let i = 0; i < FACES.length; i += 3) {
    triangles.push([unit[FACES[i]!]!, unit[FACES[i + 1]!]!, unit[FACES[i + 2]!]!]);
  }
  return flat(triangles);
}
