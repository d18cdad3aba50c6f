import { type Arena, type ShapeKind, WIDTH_OF } from '../../spatial/arena.ts';
import { type Device, MOST_GROUPS, THREADS } from './device.ts';
import { cosineKernel, mergeKernel, NO_KEY, nearestKernel, projectKernel, shapeKernel } from './kernels.ts';
import type { Page, Residents } from './residents.ts';

/** Bytes that a slab of queries may write on the device. */
const SLAB_BYTES = 32 * 1024 * 1024;
const NEAREST_CHUNK = 8_192;
const COSINE_CHUNK = 2_048;
/** 2^-24: how far one float32 operation rounds. */
const ROUNDOFF = 2 ** -24;

/** Of each query the rows that a device holds to be the best. */
export interface Proposals {
  /** [queries, kept]: rows, the best first, NO_ROW where there are fewer */
  rows: Uint32Array;
  /** [queries, kept]: what they were ranked by, ascending */
  keys: Float32Array;
  kept: number;
}

/** How many rows a kernel keeps where `k` are wanted: slack for its rounding, and for ties. */
export const keptFor = (k: number): number => (k <= 16 ? 32 : 128);

/** Runs the kernels over one arena. Queries are row-major and dense. */
export class Proposer {
  private readonly device: Device;
  private readonly residents: Residents;

  constructor(device: Device, residents: Residents) {
    this.device = device;
    this.residents = residents;
  }

  /** [queries, ceil(size / 32)] words: which rows may lie inside. */
  async inside(kind: ShapeKind, arena: Arena, queries: Float32Array): Promise<Uint32Array> {
    const { pages } = this.residents.points(arena);
    const width = WIDTH_OF[kind];
    const stride = Math.ceil(arena.size / 32);
    const code = shapeKernel(kind, width);
    const count = queries.length / width;
    const out = new Uint32Array(count * stride);
    for (const { from, to } of slabs(count, stride * 4)) {
      const asked = this.device.lend(queries.subarray(from * width, to * width));
      const bits = this.device.scratch((to - from) * stride * 4);
      for (const { buffer, base, rows } of pages) {
        await this.device.run(code, {
          buffers: [buffer, asked, bits],
          params: [rows, stride, base / 32, 0],
          groups: [Math.ceil(rows / THREADS), to - from],
        });
      }
      const [words] = await this.device.read([bits]);
      out.set(new Uint32Array(words!, 0, (to - from) * stride), from * stride);
    }
    return out;
  }

  /** @param queries [queries, 4] */
  nearest(arena: Arena, queries: Float32Array, kept: number): Promise<Proposals> {
    const { pages } = this.residents.points(arena);
    return this.select(pages, NEAREST_CHUNK, nearestKernel(kept), kept, queries, 4, (page, asked) => [
      page.buffer,
      asked,
    ]);
  }

  /** @param queries [queries, dimensions] */
  cosine(arena: Arena, queries: Float32Array, kept: number): Promise<Proposals> {
    const { pages, quads } = this.residents.vectors(arena);
    const { kind, dimensions } = arena.vectors!;
    const wide = widened(queries, dimensions, quads * 4);
    return this.select(pages, COSINE_CHUNK, cosineKernel(kind, quads, kept), kept, wide, quads * 4, (page, asked) => [
      page.buffer,
      page.scales!,
      asked,
    ]);
  }

  /** How far a cosine key may lie from the exact one: every product and sum of a lane rounds once, and each query once. */
  cosineSlack(arena: Arena, queryLength: number): number {
    const { quads, longest } = this.residents.vectors(arena);
    return ROUNDOFF * (quads + 16) * 2 * longest * queryLength + Number.MIN_VALUE;
  }

  /** [size, axes] integers. @param axes [axes, dimensions] integers */
  async project(arena: Arena, axes: Int32Array): Promise<Int32Array> {
    const { pages, quads } = this.residents.vectors(arena);
    const { kind, dimensions } = arena.vectors!;
    const count = axes.length / dimensions;
    const wide = this.device.lend(widened(axes, dimensions, quads * 4));
    const sums: GPUBuffer[] = [];
    for (const { buffer, rows } of pages) {
      const out = this.device.scratch(rows * count * 4);
      const groups = [Math.ceil(rows / THREADS), count] as const;
      await this.device.run(projectKernel(kind, quads), {
        buffers: [buffer, wide, out],
        params: [rows, count],
        groups,
      });
      sums.push(out);
    }
    const parts = await this.device.read(sums);
    const out = new Int32Array(arena.size * count);
    for (const [i, { base, rows }] of pages.entries()) {
      out.set(new Int32Array(parts[i]!, 0, rows * count), base * count);
    }
    return out;
  }

  private async select(
    pages: readonly Page[],
    chunk: number,
    code: string,
    kept: number,
    queries: Float32Array,
    width: number,
    inputs: (page: Page, asked: GPUBuffer) => GPUBuffer[],
  ): Promise<Proposals> {
    const count = queries.length / width;
    const chunks = pages.reduce((sum, { rows }) => sum + Math.ceil(rows / chunk), 0);
    const out = {
      rows: new Uint32Array(count * kept),
      keys: new Float32Array(count * kept).fill(NO_KEY),
      kept,
    };
    for (const { from, to } of slabs(count, chunks * kept * 8)) {
      const asked = this.device.lend(queries.subarray(from * width, to * width));
      const cells = (to - from) * kept * 4;
      const [keys, rows] = [this.device.scratch(cells * chunks), this.device.scratch(cells * chunks)];
      let firstChunk = 0;
      for (const page of pages) {
        const groups = [Math.ceil(page.rows / chunk), to - from] as const;
        const params = [page.rows, page.base, chunk, chunks, firstChunk];
        await this.device.run(code, { buffers: [...inputs(page, asked), keys, rows], params, groups });
        firstChunk += groups[0];
      }
      const [bestKeys, bestRows] = [this.device.scratch(cells), this.device.scratch(cells)];
      const buffers = [keys, rows, bestKeys, bestRows];
      await this.device.run(mergeKernel(kept), { buffers, params: [chunks], groups: [1, to - from] });
      const [k, r] = await this.device.read([bestKeys, bestRows]);
      out.keys.set(new Float32Array(k!, 0, cells / 4), from * kept);
      out.rows.set(new Uint32Array(r!, 0, cells / 4), from * kept);
    }
    return out;
  }
}

/** Runs of queries that together write no more than a slab. */
function* slabs(count: number, bytesEach: number): Generator<{ from: number; to: number }> {
  const most = Math.max(1, Math.min(MOST_GROUPS, Math.floor(SLAB_BYTES / Math.max(1, bytesEach))));
  for (let from = 0; from < count; from += most) yield { from, to: Math.min(count, from + most) };
}

/** Rows of `width` with zeroes behind, [rows, to]. */
function widened<T extends Float32Array | Int32Array>(rows: T, width: number, to: number): T {
  if (width === to) return rows;
  const count = rows.length / width;
  const out = (rows instanceof Float32Array ? new Float32Array(count * to) : new Int32Array(count * to)) as T;
  for (let i = 0; i < count; i++) out.set(rows.subarray(i * width, (i + 1) * width), i * to);
  return out;
}
