/** A camera; `direction` and `up` of any length, not parallel. Metres, degrees. */
export interface Camera {
  position: readonly number[];
  direction: readonly number[];
  up: readonly number[];
  /** from the lower to the upper edge of the view */
  fov_degrees: number;
  /** width over height */
  aspect: number;
  near: number;
  far: number;
}

type Vector = [number, number, number];

/** The six planes of what a camera sees: [6, 4] row-major, a·x + b·y + c·z + d >= 0 inside. */
export function frustumPlanes(camera: Camera): Float32Array {
  const { position, near, far } = camera;
  const ahead = unit(camera.direction);
  const right = unit(cross(ahead, camera.up));
  const above = cross(right, ahead);
  const tall = Math.tan((camera.fov_degrees * Math.PI) / 360);
  const wide = tall * camera.aspect;
  const planes = [
    through(ahead, position, near),
    through(scaled(ahead, -1), position, -far),
    // a side's normal leans inwards: the view direction times the slope, plus or minus the axis
    through(unit(sum(scaled(ahead, wide), right)), position, 0),
    through(unit(sum(scaled(ahead, wide), scaled(right, -1))), position, 0),
    through(unit(sum(scaled(ahead, tall), above)), position, 0),
    through(unit(sum(scaled(ahead, tall), scaled(above, -1))), position, 0),
  ];
  return Float32Array.from(planes.flat());
}

/** The plane with this normal, `offset` along it from a point. */
const through = (normal: Vector, point: readonly number[], offset: number): number[] => [
  ...normal,
  -(normal[0] * point[0]! + normal[1] * point[1]! + normal[2] * point[2]!) - offset,
];

const scaled = ([x, y, z]: Vector, by: number): Vector => [x * by, y * by, z * by];
const sum = (a: Vector, b: Vector): Vector => [a[0] + b[0], a[1] + b[1], a[2] + b[2]];

function unit(v: readonly number[]): Vector {
  const length = Math.hypot(v[0]!, v[1]!, v[2]!);
  return [v[0]! / length, v[1]! / length, v[2]! / length];
}

const cross = (a: readonly number[], b: readonly number[]): Vector => [
  a[1]! * b[2]! - a[2]! * b[1]!,
  a[2]! * b[0]! - a[0]! * b[2]!,
  a[0]! * b[1]! - a[1]! * b[0]!,
];
