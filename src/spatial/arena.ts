/**
 * Vectors of one arena, row-major [size, dimensions]. An int8 component stands for `rows[i] * scales[row]`. Unit length is
 * usual, not required; a row's length is at most 4.
 */
export type Vectors =
  | { kind: 'float32'; dimensions: number; rows: Float32Array }
  | { kind: 'int8'; dimensions: number; rows: Int8Array; scales: Float32Array };

/**
 * Points, vectors or both of one palace, its rows numbered from 0. Immutable: a change is a new arena with a higher epoch.
 * Numbers are finite. Where threads are to read it, its arrays lie in SharedArrayBuffers.
 */
export interface Arena {
  readonly id: string;
  readonly epoch: number;
  /** rows */
  readonly size: number;
  /** [size, 3] */
  readonly points: Float32Array | null;
  readonly vectors: Vectors | null;
}

export type ShapeKind = 'box' | 'sphere' | 'frustum';
export type QueryKind = ShapeKind | 'nearest' | 'cosine';

/** Numbers of one query; a cosine query is as wide as the vectors. */
export const WIDTH_OF = { box: 6, sphere: 4, frustum: 24, nearest: 4 } as const;

/** Most rows that a query may rank. */
export const MOST_NEIGHBOURS = 64;

/** Queries of one kind over any number of arenas. */
export interface Batch {
  arenas: readonly Arena[];
  /** [queries]: which of `arenas` each asks */
  which: Uint32Array;
  /**
   * Row-major [queries, width]. box: lower and upper corner; sphere: centre and radius; frustum: six planes, as
   * SpatialIndex.frustum takes them; nearest: point and greatest distance (Infinity for any); cosine: the vector.
   */
  values: Float32Array;
}

/** Rows of all queries one after another: query q owns the next min(counts[q], cap) of them. */
export interface Hits {
  /** [queries]: how many rows match, even where fewer are stored */
  counts: Uint32Array;
  /** of each query its lowest matching rows, ascending */
  rows: Uint32Array;
}

/** Rows of all queries one after another, of each query the best first, equal ones by row. */
export interface Ranked {
  /** [queries]: how many of `rows` are a query's */
  counts: Uint32Array;
  rows: Uint32Array;
  /** as long as `rows`; nearest: Euclidean distance; cosine: dot product */
  values: Float64Array;
}
