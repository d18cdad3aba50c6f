import { frustumPlanes } from '../../src/palace/frustum.ts';
import { LifeTable } from '../../src/palace/life-table.ts';
import type { MemoryFilters, Shape } from '../../src/palace/memories/contract.ts';
import type { Palace } from '../../src/palace/model.ts';
import { type Found, type KeptShape, SpatialAnswers } from '../../src/palace/spatial-answers.ts';
import { log } from '../../src/shared/log.ts';
import { BucketTree } from '../../src/spatial/bucket-tree.ts';
import type { SpatialIndex } from '../../src/spatial/spatial-index.ts';
import { isolateCache } from '../isolate-cache.ts';
import type { Life } from '../stores/life-store.ts';
import type { Stores } from '../stores/stores.ts';

/** Shared by the objects of an isolate, as its budget is. */
const cache = isolateCache('spatialQueries');

/** The index is saved when so many memories have moved, and so large a share of all. */
const SAVE_AFTER = 256;
const SAVE_SHARE = 20;

/** No filter at all. Compared by identity, so pass this one: facts are then not needed. */
export const EVERYTHING: MemoryFilters = { include_superseded: true, include_duplicates: true };

/** Where one person's memories are, in memory (L1): loaded when it is first asked for, kept up with storage from then on. */
export class PalaceHost {
  private table: LifeTable | null = null;
  private readonly indexes = new Map<number, SpatialIndex>();
  private loaded = false;
  private epochNow: number | null = null;
  private answers: SpatialAnswers | null = null;
  /** the epoch has gone on, and the index has yet to follow */
  private isAhead = false;
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
    this.isAhead = true;
  }

  /** Throws the index away; the next query builds it anew. */
  reset(): void {
    this.loaded = false;
    this.epochNow = null;
    this.isAhead = false;
    this.indexes.clear();
    this.table = null;
    this.answers = null;
    this.stores.meta.endLife('palace'); // rows may have come without an epoch
  }

  /** Takes in what was written. What was never asked for is not built. */
  note(lives: readonly Life[]): void {
    for (const life of lives) {
      this.table?.set(life.row, life);
      if (!this.loaded) continue;
      for (const palace of this.indexes.keys()) if (palace !== life.palace) this.takeOut(palace, life.row);
      this.putIn(life);
    }
    this.isAhead = false;
  }

  /** Takes a memory out. */
  forget(row: number): void {
    this.table?.remove(row);
    for (const palace of this.indexes.keys()) this.takeOut(palace, row);
    this.isAhead = false;
  }

  private putIn({ palace, row, position }: Life): void {
    const [index, before, now] = [this.index(palace), new Float32Array(3), Float32Array.from(position)];
    const isHeld = index.get(row, before);
    if (isHeld && now.every((x, axis) => x === before[axis])) return; // only what is known of it has changed
    if (isHeld) this.changed(palace, row, before);
    index.insert(row, now);
    this.changed(palace, row, now);
  }

  private takeOut(palace: number, row: number): void {
    const [index, before] = [this.index(palace), new Float32Array(3)];
    if (!index.get(row, before)) return;
    index.remove(row);
    this.changed(palace, row, before);
  }

  private changed(palace: number, row: number, [x = 0, y = 0, z = 0]: Float32Array): void {
    this.answers?.changed({ epoch: this.epoch, palace, row, at: [x, y, z] });
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
      log.error('a saved spatial index cannot be read, building it anew', { error });
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
    const all = this.kept(palace, shape);
    return accepts ? keep(all, accepts) : all;
  }

  private kept(palace: number, shape: KeptShape): Found {
    if (this.isAhead) return within(this.index(palace), shape);
    const { meta } = this.stores;
    this.answers ??= new SpatialAnswers(cache, meta.life('palace'), this.epoch);
    return this.answers.find(palace, shape, this.epoch, (among) =>
      within(among === null ? this.index(palace) : this.only(palace, among), shape),
    );
  }

  /** An index of some rows of a palace, which answers about them as the whole one does. */
  private only(palace: number, rows: readonly number[]): SpatialIndex {
    const [index, part] = [this.index(palace), new BucketTree()];
    for (const row of rows) {
      const at = new Float32Array(3);
      if (index.get(row, at)) part.insert(row, at);
    }
    return part;
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

function within(index: SpatialIndex, shape: KeptShape): Found {
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
