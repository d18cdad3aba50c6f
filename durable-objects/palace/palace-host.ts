import { type Change, type ChangeLog, ChangeLogs, type Spot } from '../../src/palace/change-log.ts';
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
const ISOLATE = { cache: isolateCache('spatialQueries'), logs: new ChangeLogs() };

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
  /** undefined: nobody has looked yet whether the isolate holds one */
  private log: ChangeLog | null | undefined;
  /** the epoch has gone on, and the index has yet to follow */
  private isAhead = false;
  private readonly stores: Stores;
  private readonly isolate: typeof ISOLATE;

  constructor(stores: Stores, isolate = ISOLATE) {
    this.stores = stores;
    this.isolate = isolate;
  }

  /** Grows with every change. */
  get epoch(): number {
    this.epochNow ??= this.stores.meta.epoch();
    return this.epochNow;
  }

  /** Called within the transaction of a change: what was answered before it is stale. */
  bump(): void {
    this.resumed(); // or ended, before it misses something
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
    if (this.log) this.isolate.logs.forget(this.log.id);
    this.log = undefined;
    this.stores.meta.endLife('palace'); // rows may have come without an epoch
  }

  /** Takes in what was written. What was never asked for is not built. */
  note(lives: readonly Life[]): void {
    const changes: Change[] = [];
    for (const life of lives) {
      this.table?.set(life.row, life);
      if (this.loaded && !this.moved(life)) continue; // only what is known of it has changed
      const { row, palace, position } = life;
      changes.push({ row, to: { palace, at: [position[0], position[1], position[2]] } });
    }
    this.follow(changes);
  }

  /** Takes a memory out. */
  forget(row: number): void {
    this.table?.remove(row);
    for (const index of this.indexes.values()) index.remove(row);
    this.follow([{ row, to: null }]);
  }

  /** Puts a memory where it is now. @returns whether it was elsewhere before, or nowhere */
  private moved({ palace, row, position }: Life): boolean {
    for (const [other, index] of this.indexes) if (other !== palace) index.remove(row);
    const [index, before, now] = [this.index(palace), new Float32Array(3), Float32Array.from(position)];
    if (index.get(row, before) && now.every((x, axis) => x === before[axis])) return false;
    index.insert(row, now);
    return true;
  }

  /** What is in memory is that of the epoch again. */
  private follow(changes: readonly Change[]): void {
    if (this.log) this.isolate.logs.note(this.log, changes, this.epoch);
    this.isAhead = false;
  }

  /**
   * The log of an earlier life of this object, if this isolate holds it and it has come to the palaces as they are. If not,
   * it is ended: no isolate may take it up after a change that it has not heard of.
   */
  private resumed(): ChangeLog | null {
    if (this.log !== undefined) return this.log;
    const { meta } = this.stores;
    const id = meta.changeLog();
    this.log = id === null ? null : this.isolate.logs.resume(id, this.epoch);
    if (id !== null && this.log === null) meta.setChangeLog(null);
    return this.log;
  }

  private begun(): ChangeLog {
    const log = this.isolate.logs.begin(this.epoch);
    this.stores.meta.setChangeLog(log.id);
    this.log = log;
    return log;
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
    this.indexes.clear();
    if (!this.loadSaved()) {
      this.indexes.clear();
      for (const { palace, rows, positions } of this.stores.lives.positions()) {
        this.index(palace).bulkLoad(rows, positions);
      }
    }
    this.loaded = !this.isAhead; // or `note` would take what it is told for known
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
    const isOpen = filters === EVERYTHING && room === undefined;
    const accepts = isOpen ? undefined : this.facts().filter(filters, room, now);
    // the k nearest that pass are not those of the k nearest that pass: they cannot be filtered afterwards
    if (shape.type === 'nearest') return this.nearest(palace, shape, accepts);
    const all = this.kept(palace, shape);
    return accepts ? keep(all, accepts) : all;
  }

  private kept(palace: number, shape: KeptShape): Found {
    if (this.isAhead) return within(this.held(palace), shape);
    const answers = new SpatialAnswers(this.isolate.cache, this.resumed() ?? this.begun());
    return answers.find(palace, shape, this.epoch, (among) =>
      within(among === null ? this.held(palace) : indexOf(among), shape),
    );
  }

  private nearest(palace: number, shape: Shape & { type: 'nearest' }, accepts?: (row: number) => boolean): Found {
    const { point, k, max_distance } = shape;
    const [rows, distances] = [new Uint32Array(k), new Float64Array(k)];
    const count = this.held(palace).nearest(
      Float32Array.from(point),
      k,
      rows,
      distances,
      max_distance ?? Infinity,
      accepts,
    );
    return { rows: rows.subarray(0, count), distances: distances.subarray(0, count) };
  }

  /** The index of a palace, with all that is in it. What is kept is found without it. */
  private held(palace: number): SpatialIndex {
    this.load();
    return this.index(palace);
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

/** An index of some memories, which answers about them as that of their palace does. */
function indexOf(spots: ReadonlyMap<number, Spot>): SpatialIndex {
  const index = new BucketTree();
  for (const [row, at] of spots) index.insert(row, Float32Array.from(at));
  return index;
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
