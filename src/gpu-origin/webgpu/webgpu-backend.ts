import { type Arena, type Batch, type Hits, type Ranked, type ShapeKind, WIDTH_OF } from '../../spatial/arena.ts';
import { type NeighbourGraph, NO_ROW } from '../../spatial/layout/neighbour-graph.ts';
import type { Backend, Watch } from '../backend.ts';
import { dotOf, isInside, scoreOf, squaredDistance } from '../exact.ts';
import type { Device } from './device.ts';
import { keptFor, Proposer } from './proposals.ts';
import { Residents } from './residents.ts';
import { type Answer, bestOf, eachRow, ranked } from './settle.ts';

/**
 * Numbers beyond this are not trusted to the device, where float32 squares overflow and the standard leaves infinities
 * open: the host answers such queries alone.
 */
const TAME = 1e15;
/** Rows of a neighbour graph that are asked at once: between two of these the work can be ended. */
const GRAPH_BLOCK = 512;
/** Squared distances of the device are this exact. */
const DISTANCE_SLACK = 1e-6;

/**
 * The device proposes, in float32 and with slack; the host judges the proposals by the exact definitions. Where it cannot be
 * sure that the proposals hold every answer (many ties, numbers out of bounds), the host looks at all rows itself.
 */
export class WebgpuBackend implements Backend {
  readonly name = 'webgpu';
  readonly description: string;
  readonly isSoftware: boolean;
  readonly lost: Promise<string>;
  private readonly device: Device;
  private readonly residents: Residents;
  private readonly proposer: Proposer;
  /** queries that the host answered alone, since the proposals might not have held every answer */
  unsure = 0;
  private turn: Promise<unknown> = Promise.resolve();

  /** @param pageBytes at most this much of an arena in one binding (tests make it small) */
  constructor(device: Device, pageBytes?: number) {
    this.device = device;
    const { vendor, architecture, description } = device.adapter;
    this.description = [vendor, architecture, description].filter(Boolean).join(' ');
    this.isSoftware = device.adapter.isFallbackAdapter || architecture === 'software' || architecture === 'swiftshader';
    this.lost = device.lost;
    this.residents = new Residents(device, pageBytes);
    this.proposer = new Proposer(device, this.residents);
  }

  load(arena: Arena): Promise<void> {
    return this.inTurn(async () => this.residents.load(arena));
  }

  drop(id: string): void {
    void this.inTurn(async () => this.residents.drop(id));
  }

  find(kind: ShapeKind, batch: Batch, cap: number): Promise<Hits> {
    const width = WIDTH_OF[kind];
    return this.inTurn(async () => {
      const found: Uint32Array[] = new Array(batch.which.length);
      const counts = new Uint32Array(batch.which.length);
      await this.eachArena(batch, width, async (arena, queries, values) => {
        const { reach } = this.residents.points(arena);
        const isTame = kind === 'box' || (reach < TAME && values.every((value) => Math.abs(value) < TAME));
        const bits = isTame ? await this.proposer.inside(kind, arena, finite(values)) : null;
        for (const [at, q] of queries.entries()) {
          const inside: number[] = [];
          eachRow(arena.size, bits, at, (row) => {
            if (isInside(kind, arena.points!, row, values, at * width)) inside.push(row);
          });
          counts[q] = inside.length;
          found[q] = Uint32Array.from(inside.slice(0, cap));
        }
      });
      return { counts, rows: joined(found) };
    });
  }

  nearest(batch: Batch, k: number): Promise<Ranked> {
    return this.inTurn(async () => {
      const answers: Answer[] = new Array(batch.which.length);
      await this.eachArena(batch, WIDTH_OF.nearest, async (arena, queries, values) => {
        const { reach } = this.residents.points(arena);
        const centres = values.filter((_, at) => at % 4 !== 3);
        const isTame = reach < TAME && centres.every((value) => Math.abs(value) < TAME);
        const proposals = isTame ? await this.proposer.nearest(arena, finite(values), keptFor(k)) : null;
        for (const [at, q] of queries.entries()) {
          const far = values[4 * at + 3]!;
          const best = bestOf(arena.size, k, proposals, at, {
            orderOf: (row) => squaredDistance(arena.points!, row, values, 4 * at),
            onUnsure: this.onUnsure,
            isBeyond: (key, last) => key * (1 - DISTANCE_SLACK) > last * (1 + DISTANCE_SLACK) + 1e-35,
          });
          answers[q] = best.filter(({ order }) => order <= far * far);
        }
      });
      return ranked(answers, Math.sqrt);
    });
  }

  cosine(batch: Batch, k: number): Promise<Ranked> {
    const width = batch.arenas[0]?.vectors?.dimensions ?? 0;
    return this.inTurn(async () => {
      const answers: Answer[] = new Array(batch.which.length);
      await this.eachArena(batch, width, async (arena, queries, values) => {
        const isTame = values.every((value) => Math.abs(value) < TAME);
        const proposals = isTame ? await this.proposer.cosine(arena, values, keptFor(k)) : null;
        for (const [at, q] of queries.entries()) {
          const slack = this.proposer.cosineSlack(arena, lengthOf(values.subarray(at * width, (at + 1) * width)));
          answers[q] = bestOf(arena.size, k, proposals, at, {
            orderOf: (row) => -scoreOf(arena.vectors!, row, values, at * width),
            onUnsure: this.onUnsure,
            isBeyond: (key, last) => key - slack > last,
          });
        }
      });
      return ranked(answers, (order) => -order);
    });
  }

  neighbourGraph(arena: Arena, k: number, watch?: Watch): Promise<NeighbourGraph | null> {
    const { size } = arena;
    const graph = {
      size,
      k,
      rows: new Uint32Array(size * k).fill(NO_ROW),
      distances: new Float32Array(size * k),
    };
    return this.inTurn(async () => {
      for (let from = 0; from < size; from += GRAPH_BLOCK) {
        const to = Math.min(size, from + GRAPH_BLOCK);
        const queries = rowsAsQueries(arena, from, to);
        const proposals = await this.proposer.cosine(arena, queries, keptFor(k + 1));
        const { dimensions } = arena.vectors!;
        for (let row = from; row < to; row++) {
          const at = row - from;
          const slack = this.proposer.cosineSlack(
            arena,
            lengthOf(queries.subarray(at * dimensions, (at + 1) * dimensions)),
          );
          const best = bestOf(size, k, proposals, at, {
            orderOf: (other) => (other === row ? Number.POSITIVE_INFINITY : -dotOf(arena.vectors!, row, other)),
            onUnsure: this.onUnsure,
            isBeyond: (key, last) => key - slack > last,
          });
          for (const [i, { row: other, order }] of best.entries()) {
            if (other === row) continue;
            graph.rows[row * k + i] = other;
            graph.distances[row * k + i] = Math.max(0, 1 + order);
          }
        }
        if (watch?.onProgress?.(to / size) === false) return null;
      }
      if (!this.residents.isKept(arena)) this.residents.free(arena);
      return graph;
    });
  }

  project(arena: Arena, axes: Float32Array): Promise<Float64Array> {
    return this.inTurn(async () => {
      if (arena.size === 0) return new Float64Array(0);
      const whole = Int32Array.from(axes, (value) => Math.round(value * 2 ** 14));
      const sums = await this.proposer.project(arena, whole);
      const { vectors, size } = arena;
      const count = sums.length / size;
      if (!this.residents.isKept(arena)) this.residents.free(arena);
      if (vectors!.kind === 'float32') return Float64Array.from(sums, (sum) => sum / 2 ** 28);
      const { scales } = vectors!;
      return Float64Array.from(sums, (sum, at) => (sum / 2 ** 14) * scales[Math.floor(at / count)]!);
    });
  }

  async close(): Promise<void> {
    await this.turn.catch(() => undefined);
    this.device.close();
  }

  private readonly onUnsure = () => {
    this.unsure++;
  };

  /** One piece of work at a time: it bounds what lies on the device. */
  private inTurn<T>(work: () => Promise<T>): Promise<T> {
    const mine = this.turn.then(work, work);
    this.turn = mine.catch(() => undefined);
    return mine;
  }

  /** Calls `work` with each arena that is asked, which queries ask it, and their values one after another. */
  private async eachArena(
    { arenas, which, values }: Batch,
    width: number,
    work: (arena: Arena, queries: number[], values: Float32Array) => Promise<void>,
  ): Promise<void> {
    const asking = new Map<number, number[]>();
    for (const [q, of] of which.entries()) {
      const queries = asking.get(of) ?? [];
      queries.push(q);
      asking.set(of, queries);
    }
    for (const [of, queries] of asking) {
      const arena = arenas[of]!;
      const own = new Float32Array(queries.length * width);
      for (const [at, q] of queries.entries()) own.set(values.subarray(q * width, (q + 1) * width), at * width);
      await work(arena, queries, own);
      if (!this.residents.isKept(arena)) this.residents.free(arena);
    }
  }
}

/** Rows as float32 queries, row-major. */
function rowsAsQueries({ vectors }: Arena, from: number, to: number): Float32Array {
  const { dimensions, rows } = vectors!;
  if (vectors!.kind === 'float32') return vectors!.rows.subarray(from * dimensions, to * dimensions);
  const { scales } = vectors!;
  return Float32Array.from(
    { length: (to - from) * dimensions },
    (_, at) => rows[from * dimensions + at]! * scales[from + Math.floor(at / dimensions)]!,
  );
}

/** WGSL has no infinities. */
const finite = (values: Float32Array): Float32Array =>
  values.map((value) => Math.min(3.4e38, Math.max(-3.4e38, value)));

const lengthOf = (vector: Float32Array): number => Math.sqrt(vector.reduce((sum, value) => sum + value * value, 0));

function joined(parts: readonly Uint32Array[]): Uint32Array {
  const out = new Uint32Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}
