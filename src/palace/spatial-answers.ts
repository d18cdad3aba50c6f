import type { MemoryCache } from '../cache/memory.ts';
import { CACHES } from '../cache/policy.ts';
import type { ChangeLog, Overtaken, Spot } from './change-log.ts';
import type { Shape } from './memories/contract.ts';

/** A shape whose answer can be kept. The k nearest pass filters one by one, so their answer cannot be filtered afterwards. */
export type KeptShape = Exclude<Shape, { type: 'nearest' }>;

/** Rows that lie in a shape, with their distance in metres from its centre, point or eye; NaN for a box. */
export interface Found {
  rows: Uint32Array;
  distances: Float64Array;
}

/** Finds what lies in a shape: among all memories, or among some that are told with their spots. */
export type Search = (among: ReadonlyMap<number, Spot> | null) => Found;

/** Bytes before the rows: the epoch of the answer, float64. */
const HEAD = 8;

/**
 * Answers to spatial queries of one person, in a cache that an isolate's objects share. An answer is of an epoch. At a
 * later one, memories that have changed since within or about its shape are taken out of it and looked for again, so what
 * is served is always what the index would say now. A conversation that adds memories in one room costs a view of
 * another room nothing, and a view of the same room little.
 */
export class SpatialAnswers {
  private readonly cache: MemoryCache;
  private readonly log: ChangeLog;

  /** @param log of all changes since the first of the answers was found; another log has other answers */
  constructor(cache: MemoryCache, log: ChangeLog) {
    this.cache = cache;
    this.log = log;
  }

  /**
   * What lies in a shape of a palace (a row): kept, mended, or found and kept. Its time to live counts from when it was
   * last known to be true.
   *
   * @param epoch of the palaces now; the log has come to it
   */
  find(palace: number, shape: KeptShape, epoch: number, search: Search): Found {
    const key = `spq3:${this.log.id}:${palace}:${JSON.stringify(shape)}`;
    let overtaken: Overtaken | null = null;
    const kept = this.cache.read(key, (value) => {
      overtaken = this.log.overtaken(shape, { palace, epoch: epochOf(value), rows: unpack(value).rows });
      return overtaken !== null;
    });
    const found = kept && overtaken ? mended(unpack(kept), overtaken, search) : search(null);
    const isSame = kept !== null && epochOf(kept) === epoch;
    this.cache.write(key, isSame ? kept : pack(found, epoch), CACHES.spatialQueries.ttlSeconds);
    return found;
  }
}

/** An answer without the rows that are gone, and with those of the others that lie in the shape. Both are in order, as is what comes out. */
function mended(before: Found, { gone, come }: Overtaken, search: Search): Found {
  if (gone.size === 0 && come.size === 0) return before;
  const now = come.size === 0 ? NOTHING : search(come);
  const most = before.rows.length + now.rows.length;
  const [rows, distances] = [new Uint32Array(most), new Float64Array(most)];
  let count = 0;
  const take = (from: Found, i: number) => {
    rows[count] = from.rows[i]!;
    distances[count++] = from.distances[i]!;
  };
  let next = 0;
  for (let i = 0; i < before.rows.length; i++) {
    if (gone.has(before.rows[i]!)) continue;
    while (next < now.rows.length && isBefore(now, next, before, i)) take(now, next++);
    take(before, i);
  }
  while (next < now.rows.length) take(now, next++);
  return { rows: rows.subarray(0, count), distances: distances.subarray(0, count) };
}

const NOTHING: Found = { rows: new Uint32Array(0), distances: new Float64Array(0) };

/** By distance, equal ones and those of a box by row. */
function isBefore(a: Found, i: number, b: Found, j: number): boolean {
  const [one, other] = [a.distances[i]!, b.distances[j]!];
  return one === other || Number.isNaN(one) ? a.rows[i]! < b.rows[j]! : one < other;
}

const epochOf = (bytes: Uint8Array): number => new Float64Array(bytes.buffer, bytes.byteOffset, 1)[0]!;

/** The epoch, then the distances, since they must lie at multiples of 8 bytes, then the rows. */
function pack({ rows, distances }: Found, epoch: number): Uint8Array {
  const bytes = new Uint8Array(HEAD + 12 * rows.length);
  new Float64Array(bytes.buffer, 0, 1)[0] = epoch;
  bytes.set(new Uint8Array(distances.buffer, distances.byteOffset, 8 * rows.length), HEAD);
  bytes.set(new Uint8Array(rows.buffer, rows.byteOffset, 4 * rows.length), HEAD + 8 * rows.length);
  return bytes;
}

function unpack(bytes: Uint8Array): Found {
  const count = (bytes.length - HEAD) / 12;
  const at = bytes.byteOffset + HEAD;
  return {
    distances: new Float64Array(bytes.buffer, at, count),
    rows: new Uint32Array(bytes.buffer, at + 8 * count, count),
  };
}
