import type { MemoryCache } from '../cache/memory.ts';
import { CACHES } from '../cache/policy.ts';
import { mayTouch } from './may-touch.ts';
import type { Shape } from './memories/contract.ts';

/** A shape whose answer can be kept. The k nearest pass filters one by one, so their answer cannot be filtered afterwards. */
export type KeptShape = Exclude<Shape, { type: 'nearest' }>;

/** Rows that lie in a shape, with their distance in metres from its centre, point or eye; NaN for a box. */
export interface Found {
  rows: Uint32Array;
  distances: Float64Array;
}

interface Change {
  /** the change made the palaces those of this epoch */
  epoch: number;
  palace: number;
  row: number;
  /** metres: the memory left or came to this spot */
  at: readonly [number, number, number];
}

/** Finds what lies in a shape: among all memories, or among some rows. */
export type Search = (among: readonly number[] | null) => Found;

/** Changes that are remembered; an answer from before them is stale. */
const MOST_CHANGES = 512;
/** Changes in a shape after which its answer is rather found anew than mended. */
const MOST_MENDED = 64;
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
  private readonly life: string;
  /** oldest first; all of those after epoch `since` */
  private changes: Change[] = [];
  private since: number;

  /**
   * @param life names what the epochs count, across sleeps of the object: an erased person's epochs begin anew
   * @param epoch of the palaces now
   */
  constructor(cache: MemoryCache, life: string, epoch: number) {
    this.cache = cache;
    this.life = life;
    this.since = epoch;
  }

  /** A memory left or came to a spot, with the change that made the palaces those of `epoch`. */
  changed(change: Change): void {
    this.changes.push(change);
    if (this.changes.length < 2 * MOST_CHANGES) return;
    this.since = this.changes[MOST_CHANGES - 1]!.epoch;
    this.changes = this.changes.filter(({ epoch }) => epoch > this.since);
  }

  /** What lies in a shape of a palace (a row) at `epoch`: kept, mended, or found and kept. */
  find(palace: number, shape: KeptShape, epoch: number, search: Search): Found {
    const key = `spq2:${this.life}:${palace}:${JSON.stringify(shape)}`;
    let changed: number[] | null = null;
    const kept = this.cache.read(key, (value) => {
      changed = this.changedSince(epochOf(value), epoch, palace, shape);
      return changed !== null;
    });
    const rows: readonly number[] = changed ?? [];
    if (kept && rows.length === 0) return unpack(kept);
    const found = kept ? mended(unpack(kept), rows, search(rows)) : search(null);
    this.cache.write(key, pack(found, epoch), CACHES.spatialQueries.ttlSeconds);
    return found;
  }

  /** Rows that changed in or about a shape between two epochs, each once; null: they are not known, or too many. */
  private changedSince(then: number, now: number, palace: number, shape: KeptShape): number[] | null {
    if (then < this.since || then > now) return null;
    const rows = new Set<number>();
    for (let i = this.changes.length - 1; i >= 0 && this.changes[i]!.epoch > then; i--) {
      const change = this.changes[i]!;
      if (change.palace === palace && mayTouch(shape, change.at)) rows.add(change.row);
      if (rows.size > MOST_MENDED) return null;
    }
    return [...rows];
  }
}

/** An answer without some rows, and with those of them that lie in the shape now. Both in order, as is what comes out. */
function mended(before: Found, gone: readonly number[], now: Found): Found {
  const out = new Set(gone);
  const stay = [...before.rows.keys()].filter((i) => !out.has(before.rows[i]!));
  const all = [
    ...stay.map((i) => [before.rows[i]!, before.distances[i]!] as const),
    ...Array.from(now.rows, (row, i) => [row, now.distances[i]!] as const),
  ].sort(([rowA, a], [rowB, b]) => (a === b || Number.isNaN(a) ? rowA - rowB : a - b));
  return { rows: Uint32Array.from(all, ([row]) => row), distances: Float64Array.from(all, ([, distance]) => distance) };
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
