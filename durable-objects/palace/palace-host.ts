import { createHash } from 'node:crypto';
import { MemoryCache } from '../../src/cache/memory.ts';
import { CACHES } from '../../src/cache/policy.ts';
import { frustumPlanes } from '../../src/palace/frustum.ts';
import { LifeTable } from '../../src/palace/life-table.ts';
import type { MemoryFilters, Shape } from '../../src/palace/memories/contract.ts';
import type { Palace } from '../../src/palace/model.ts';
import { BucketTree } from '../../src/spatial/bucket-tree.ts';
import type { SpatialIndex } from '../../src/spatial/spatial-index.ts';
import type { Life } from '../stores/life-store.ts';
import type { Stores } from '../stores/stores.ts';

/** Shared by the objects of an isolate, as its budget is. */
const cache = new MemoryCache(CACHES.spatialQueries.l1Bytes);

/** The index is saved when so many memories have moved, and so large a share of all. */
const SAVE_AFTER = 256;
const SAVE_SHARE = 20;

/** Rows that lie in a shape, with their distance in metres from its centre, point or eye; NaN for a box. */
export interface Found {
  rows: Uint32Array;
  distances: Float64Array;
}

/** No filter at all. Compared by identity, so pass this one: facts are then not needed. */
export const EVERYTHING: MemoryFilters = { include_superseded: true, include_duplicates: true };

/** Where one person's memories are, in memory (L1): loaded when it is first asked for, kept up with storage from then on. */
export class PalaceHost {
  private table: LifeTable | null = null;
  private readonly indexes = new Map<number, SpatialIndex>();
  private loaded = false;
  /** tells this life of the object from others: a cache of the isolate may have outlived them */
  private readonly life = crypto.randomUUID();
  private epochNow: number | null = null;
  private readonly stores: Stores;

  constructor(stores: Stores) {
    this.stores = stores;
  }

  /** Grows with every change. */
  get epoch(): number {
    this.epochNow ??= this.stores.meta.epoch();
    return this.epochNow;
  }

  /** Called within the transaction of a change: what was answered before it is stale. */
  bump(): void {
    this.epochNow = this.stores.meta.bumpEpoch();
  }

  /** Throws the index away; the next query builds it anew. */
  reset(): void {
    this.loaded = false;
    this.epochNow = null;
    this.indexes.clear();
    this.table = null;
  }

  /** Takes in what was written. What was never asked for is not built. */
  note(lives: readonly Life[]): void {
    for (const life of lives) {
      this.table?.set(life.row, life);
      if (!this.loaded) continue;
      for (const [palace, index] of this.indexes) if (palace !== life.palace) index.remove(life.row);
      this.index(life.palace).insert(life.row, Float32Array.from(life.position));
    }
  }

  /** Takes a memory out. */
  forget(row: number): void {
    this.table?.remove(row);
    for (const index of this.indexes.values()) index.remove(row);
  }

  /** What filters and statistics ask, of all memories. */
  facts(): LifeTable {
    if (this.table) return this.table;
    const table = new LifeTable();
    for (const life of this.stores.lives.all()) table.set(life.row, life);
    this.table = table;
    return table;
  }

  /** Saves where everything is, once enough has moved: the next life of the object then starts from there. */
  save(): void {
    const { palaces } = this.stores;
    const moved = palaces.movedCount();
    if (moved < SAVE_AFTER) return;
    this.load();
    const size = [...this.indexes.values()].reduce((sum, index) => sum + index.size, 0);
    if (moved * SAVE_SHARE < size) return;
    const parts = new Map([...this.indexes].map(([palace, index]) => [palace, index.snapshot()]));
    this.stores.transaction(() => palaces.saveSnapshots(parts));
  }

  private load(): void {
    if (this.loaded) return;
    if (!this.loadSaved()) {
      this.indexes.clear();
      for (const { palace, rows, positions } of this.stores.lives.positions()) {
        this.index(palace).bulkLoad(rows, positions);
      }
    }
    this.loaded = true;
  }

  /** What was saved, brought up to date. False if nothing was, or what was cannot be read. */
  private loadSaved(): boolean {
    const { palaces, lives } = this.stores;
    const saved = palaces.snapshots();
    if (saved.size === 0) return false;
    try {
      for (const [palace, parts] of saved) this.index(palace).load(parts);
    } catch (error) {
      console.error('a saved spatial index cannot be read, building it anew', { error: String(error) });
      return false;
    }
    const moved = palaces.moved();
    for (const index of this.indexes.values()) for (const row of moved) index.remove(row);
    for (const { palace, row, position } of lives.byRows(moved).values()) {
      this.index(palace).insert(row, Float32Array.from(position));
    }
    return true;
  }

  /**
   * What lies in a shape and passes the filters: by distance, equal distances by row; a box by row.
   *
   * @param room row of the room that the filters name
   */
  async find(
    { row: palace }: Palace,
    shape: Shape,
    filters: MemoryFilters = EVERYTHING,
    room?: number,
    now: number = Date.now(),
  ): Promise<Found> {
    this.load();
    const isOpen = filters === EVERYTHING && room === undefined;
    const accepts = isOpen ? undefined : this.facts().filter(filters, room, now);
    // the k nearest that pass are not those of the k nearest that pass: they cannot be filtered afterwards
    if (shape.type === 'nearest') return this.nearest(palace, shape, accepts);
    const all = await this.cached(palace, shape);
    return accepts ? keep(all, accepts) : all;
  }

  private async cached(palace: number, shape: Exclude<Shape, { type: 'nearest' }>): Promise<Found> {
    const digest = createHash('sha256')
      .update(JSON.stringify([palace, shape]))
      .digest('hex');
    const key = `spq1:${this.life}:${this.epoch}:${digest}`;
    const kept = await cache.get(key);
    if (kept) return unpack(kept);
    const found = this.within(palace, shape);
    await cache.put(key, pack(found), CACHES.spatialQueries.ttlSeconds);
    return found;
  }

  private within(palace: number, shape: Exclude<Shape, { type: 'nearest' }>): Found {
    const index = this.index(palace);
    const out = new Uint32Array(index.size);
    switch (shape.type) {
      case 'box': {
        const count = index.box(Float32Array.from([...shape.min, ...shape.max]), out);
        return { rows: out.slice(0, count), distances: new Float64Array(count).fill(Number.NaN) };
      }
      case 'sphere': {
        const centre = Float32Array.from(shape.center);
        return byDistance(index, centre, out.subarray(0, index.sphere(centre, shape.radius, out)));
      }
      case 'frustum': {
        const count = index.frustum(frustumPlanes(shape), out);
        return byDistance(index, Float32Array.from(shape.position), out.subarray(0, count));
      }
    }
  }

  private nearest(palace: number, shape: Shape & { type: 'nearest' }, accepts?: (row: number) => boolean): Found {
    const { point, k, max_distance } = shape;
    const [rows, distances] = [new Uint32Array(k), new Float64Array(k)];
    const count = this.index(palace).nearest(
      Float32Array.from(point),
      k,
      rows,
      distances,
      max_distance ?? Infinity,
      accepts,
    );
    return { rows: rows.subarray(0, count), distances: distances.subarray(0, count) };
  }

  private index(palace: number): SpatialIndex {
    let index = this.indexes.get(palace);
    if (index === undefined) {
      index = new BucketTree();
      this.indexes.set(palace, index);
    }
    return index;
  }
}

function byDistance(index: SpatialIndex, from: Float32Array, rows: Uint32Array): Found {
  const at = new Float32Array(3);
  const distances = new Map<number, number>();
  for (const row of rows) {
    index.get(row, at);
    distances.set(row, Math.hypot(at[0]! - from[0]!, at[1]! - from[1]!, at[2]! - from[2]!));
  }
  const sorted = rows.slice().sort((a, b) => distances.get(a)! - distances.get(b)! || a - b);
  return { rows: sorted, distances: Float64Array.from(sorted, (row) => distances.get(row)!) };
}

function keep({ rows, distances }: Found, accepts: (row: number) => boolean): Found {
  const chosen = [...rows.keys()].filter((i) => accepts(rows[i]!));
  return {
    rows: Uint32Array.from(chosen, (i) => rows[i]!),
    distances: Float64Array.from(chosen, (i) => distances[i]!),
  };
}

/** Distances first, since they must lie at multiples of 8 bytes. */
function pack({ rows, distances }: Found): Uint8Array {
  const bytes = new Uint8Array(12 * rows.length);
  bytes.set(new Uint8Array(distances.buffer, distances.byteOffset, 8 * rows.length));
  bytes.set(new Uint8Array(rows.buffer, rows.byteOffset, 4 * rows.length), 8 * rows.length);
  return bytes;
}

function unpack(bytes: Uint8Array): Found {
  const count = bytes.length / 12;
  return {
    distances: new Float64Array(bytes.buffer, bytes.byteOffset, count),
    rows: new Uint32Array(bytes.buffer, bytes.byteOffset + 8 * count, count),
  };
}
