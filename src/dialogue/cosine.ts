import { dot } from './projection.ts';

/** Of two unit vectors of one model; 0 where one is missing. */
export const cosine = (a: Float32Array | null, b: Float32Array | null): number =>
  a === null || b === null || a.length !== b.length ? 0 : dot(a, b);
