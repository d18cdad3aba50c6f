import { customType } from 'drizzle-orm/pg-core';

export type Point = readonly [x: number, y: number, z: number];

/** Postgres `cube` that holds one point of 3D space, in metres. */
export const cubePoint = customType<{ data: Point; driverData: string }>({
  dataType: () => 'cube',
  toDriver: ([x, y, z]) => `(${x},${y},${z})`,
  fromDriver: (text) => text.slice(1, -1).split(',').map(Number) as unknown as Point,
});

export const bytea = customType<{ data: Uint8Array; driverData: Uint8Array }>({
  dataType: () => 'bytea',
  fromDriver: (bytes) => new Uint8Array(bytes), // the driver gives its own Buffer class
});
