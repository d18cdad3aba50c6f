import { setImmediate } from 'node:timers/promises';
import { type Arena, type Batch, type Hits, type QueryKind, type Ranked, WIDTH_OF } from '../../spatial/arena.ts';
import type { SharedStore } from '../../spatial/bucket-store.ts';
import { BucketTree } from '../../spatial/bucket-tree.ts';
import type { RowNeighbours } from '../../spatial/layout/neighbour-finder.ts';
import type { NeighbourGraph } from '../../spatial/layout/neighbour-graph.ts';
import { findInBatch, isRanking, Resident, rankInBatch } from '../../spatial/resident.ts';
import type { Backend, OpenOptions } from '../backend.ts';
import { loadVectorKernel } from '../vector-kernel.ts';
import type { Place } from './pool.ts';
import { ThreadPool } from './pool.ts';

/** Rows of a neighbour graph that a thread finds in one go: some milliseconds, so that queries get in between. */
const GRAPH_ROWS = 64;

/**
 * A batch of queries over points that has at most so many rows to look at, each query all of its arena's, is answered
 * on this thread where no other waits: that is a millisecond as a rule, 20 at worst, and the way to a thread and back
 * costs half a millisecond.
 */
const ROWS_HERE = 2 ** 22;

/** kd-tree and WASM SIMD in threads. Always there. */
export async function openCpu({ threads }: Pick<OpenOptions, 'threads'>): Promise<Backend> {
  return new CpuBackend(new ThreadPool(await loadVectorKernel(), threads));
}

class CpuBackend implements Backend {
  readonly name = 'cpu';
  readonly isSoftware = false;
  readonly lost = new Promise<string>(() => {});
  readonly description: string;
  private readonly pool: ThreadPool;
  private readonly resident = new Map<string, Arena>();
  /** resident ones whose index this thread can read */
  private readonly here = new WeakMap<Arena, Resident>();
  /** batches under way */
  private asking = 0;

  constructor(pool: ThreadPool) {
    this.pool = pool;
    this.description = `kd-tree and WASM SIMD, ${pool.size} ${pool.size === 1 ? 'thread' : 'threads'}`;
  }

  async load(arena: Arena): Promise<void> {
    if (this.resident.get(arena.id) === arena) return;
    this.drop(arena.id);
    this.resident.set(arena.id, arena);
    const shared = (await this.pool.put(arena).loaded) as SharedStore | null;
    if (shared) this.here.set(arena, new Resident(arena, null, BucketTree.reading(shared)));
  }

  drop(id: string): void {
    const held = this.resident.get(id);
    this.resident.delete(id);
    if (held) this.pool.drop(held);
  }

  find(kind: 'box' | 'sphere' | 'frustum', batch: Batch, cap: number): Promise<Hits> {
    return this.query(kind, batch, cap);
  }

  nearest(batch: Batch, k: number): Promise<Ranked> {
    return this.query('nearest', batch, k) as Promise<Ranked>;
  }

  cosine(batch: Batch, k: number): Promise<Ranked> {
    return this.query('cosine', batch, k) as Promise<Ranked>;
  }

  async neighbourGraph(arena: Arena, k: number, watch?: { onProgress?(share: number): boolean }) {
    const graph: NeighbourGraph = {
      size: arena.size,
      k,
      rows: new Uint32Array(arena.size * k),
      distances: new Float32Array(arena.size * k),
    };
    let [next, found, ended] = [0, 0, false];
    const findOn = async (thread: number): Promise<void> => {
      while (next < arena.size && !ended) {
        const { handle } = this.pool.put(arena, thread).place; // it may have been dropped meanwhile
        const from = next;
        const to = Math.min(from + GRAPH_ROWS, arena.size);
        next = to;
        const part = (await this.pool.ask(thread, { type: 'neighbours', handle, from, to, k })) as RowNeighbours;
        graph.rows.set(part.rows, from * k);
        graph.distances.set(part.distances, from * k);
        found += to - from;
        if (watch?.onProgress?.(found / arena.size) === false) ended = true;
      }
    };
    await Promise.all(Array.from({ length: this.pool.size }, (_, thread) => findOn(thread)));
    this.forget([arena]);
    return ended ? null : graph;
  }

  async project(arena: Arena, axes: Float32Array): Promise<Float64Array> {
    const { thread, handle } = this.placeOf(arena);
    const places = (await this.pool.ask(thread, { type: 'project', handle, axes })) as Float64Array;
    this.forget([arena]);
    return places;
  }

  async close(): Promise<void> {
    await this.pool.end();
  }

  private placeOf(arena: Arena): Place {
    return this.pool.placeOf(arena) ?? this.pool.put(arena).place;
  }

  /** Takes arenas that are not resident off the threads again. */
  private forget(arenas: readonly Arena[]): void {
    for (const arena of arenas) if (this.resident.get(arena.id) !== arena) this.pool.drop(arena);
  }

  private async query(kind: QueryKind, batch: Batch, limit: number): Promise<Hits | Ranked> {
    this.asking++;
    try {
      const residents = kind === 'cosine' ? null : this.residentsOf(batch);
      if (residents === null) return await this.queryThreads(kind, batch, limit);
      await setImmediate(); // whoever else has come by now is seen
      if (this.asking > 1) return await this.queryThreads(kind, batch, limit);
      return isRanking(kind) ? rankInBatch(kind, residents, batch, limit) : findInBatch(kind, residents, batch, limit);
    } finally {
      this.asking--;
    }
  }

  /** What this thread answers a batch from; null: there is too much to do, or not all of it is here. */
  private residentsOf({ arenas, which }: Batch): Resident[] | null {
    let rows = 0;
    for (const one of which) rows += arenas[one]!.size;
    if (rows > ROWS_HERE) return null;
    const residents: Resident[] = [];
    for (const arena of arenas) {
      const resident = this.here.get(arena);
      if (!resident) return null;
      residents.push(resident);
    }
    return residents;
  }

  /** Each thread answers the queries of its arenas; the answers are put together in the order of the queries. */
  private async queryThreads(kind: QueryKind, batch: Batch, limit: number): Promise<Hits | Ranked> {
    const { arenas, which, values } = batch;
    const places = arenas.map((arena) => this.placeOf(arena));
    const threads = [...new Set(places.map(({ thread }) => thread))];
    const width = kind === 'cosine' ? values.length / Math.max(1, which.length) : WIDTH_OF[kind];
    const parts = await Promise.all(
      threads.map(async (thread): Promise<Part> => {
        const handles = places.map((place) => (place.thread === thread ? place.handle : -1));
        const mine = threads.length === 1 ? null : queriesOf(which, places, thread);
        const asked = mine === null ? { which, values } : pick(which, values, width, mine);
        const used = compact(handles, asked.which);
        const answer = await this.pool.ask(thread, { type: 'query', kind, ...used, values: asked.values, limit });
        return { queries: mine, answer: answer as Hits | Ranked };
      }),
    );
    this.forget(arenas);
    return joined(which.length, parts, kind === 'nearest' || kind === 'cosine' ? null : limit);
  }
}

interface Part {
  /** numbers of its queries; null: all */
  queries: number[] | null;
  answer: Hits | Ranked;
}

const queriesOf = (which: Uint32Array, places: readonly Place[], thread: number): number[] =>
  Array.from(which.keys()).filter((q) => places[which[q]!]!.thread === thread);

function pick(which: Uint32Array, values: Float32Array, width: number, queries: readonly number[]) {
  const chosen = new Float32Array(queries.length * width);
  queries.forEach((q, i) => {
    chosen.set(values.subarray(q * width, (q + 1) * width), i * width);
  });
  return { which: Uint32Array.from(queries, (q) => which[q]!), values: chosen };
}

/** Leaves the arenas of other threads out. */
function compact(handles: readonly number[], which: Uint32Array): { handles: number[]; which: Uint32Array } {
  const order = handles.flatMap((handle, i) => (handle < 0 ? [] : [i]));
  const at = new Map(order.map((arena, i) => [arena, i]));
  return { handles: order.map((i) => handles[i]!), which: which.map((arena) => at.get(arena)!) };
}

/** @param cap null: counts are what is stored */
function joined(queries: number, parts: readonly Part[], cap: number | null): Hits | Ranked {
  const [only] = parts;
  if (only && only.queries === null) return only.answer;
  const counts = new Uint32Array(queries);
  const stored = (count: number) => (cap === null ? count : Math.min(count, cap));
  const from = new Uint32Array(queries);
  const partOf = new Array<Hits | Ranked>(queries);
  for (const { queries: numbers, answer } of parts) {
    let at = 0;
    numbers?.forEach((q, i) => {
      counts[q] = answer.counts[i]!;
      from[q] = at;
      partOf[q] = answer;
      at += stored(answer.counts[i]!);
    });
  }
  const total = parts.reduce((sum, { answer }) => sum + answer.rows.length, 0);
  const rows = new Uint32Array(total);
  const values = cap === null ? new Float64Array(total) : null;
  let at = 0;
  for (let q = 0; q < queries; q++) {
    const answer = partOf[q];
    if (!answer) continue;
    const n = stored(counts[q]!);
    rows.set(answer.rows.subarray(from[q]!, from[q]! + n), at);
    if (values && 'values' in answer) values.set(answer.values.subarray(from[q]!, from[q]! + n), at);
    at += n;
  }
  return values ? { counts, rows, values } : { counts, rows };
}
