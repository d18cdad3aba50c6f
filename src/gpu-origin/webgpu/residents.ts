import type { Arena, Vectors } from '../../spatial/arena.ts';
import { type Device, PAGE_BYTES, THREADS } from './device.ts';
import { INTERLEAVED } from './kernels.ts';

/** A run of an arena's rows in one buffer. */
export interface Page {
  buffer: GPUBuffer;
  /** int8: what a byte stands for; float32: ones */
  scales: GPUBuffer | null;
  /** its first row */
  base: number;
  rows: number;
}

/** Points on the device. */
export interface ResidentPoints {
  pages: Page[];
  /** largest magnitude of a coordinate */
  reach: number;
}

/** Vectors on the device: components in fours, interleaved over 64 rows. */
export interface ResidentVectors {
  pages: Page[];
  /** components / 4, rounded up; the rest is 0 */
  quads: number;
  /** length of the longest row */
  longest: number;
}

interface Resident {
  points?: ResidentPoints;
  vectors?: ResidentVectors;
}

/** What of the arenas lies on the device. An arena comes when it is first asked, and goes when it is dropped. */
export class Residents {
  private readonly device: Device;
  private readonly pageBytes: number;
  private readonly byArena = new WeakMap<Arena, Resident>();
  private readonly byId = new Map<string, Arena>();

  constructor(device: Device, pageBytes = PAGE_BYTES) {
    this.device = device;
    this.pageBytes = pageBytes;
  }

  load(arena: Arena): void {
    if (this.byId.get(arena.id) === arena) return;
    this.drop(arena.id);
    this.byId.set(arena.id, arena);
    if (arena.points) this.points(arena);
    if (arena.vectors) this.vectors(arena);
  }

  drop(id: string): void {
    const arena = this.byId.get(id);
    this.byId.delete(id);
    if (arena) this.free(arena);
  }

  /** Whether an arena stays; one that does not is to be freed after use. */
  isKept(arena: Arena): boolean {
    return this.byId.get(arena.id) === arena;
  }

  free(arena: Arena): void {
    const resident = this.byArena.get(arena);
    this.byArena.delete(arena);
    for (const { buffer, scales } of [...(resident?.points?.pages ?? []), ...(resident?.vectors?.pages ?? [])]) {
      buffer.destroy();
      scales?.destroy();
    }
  }

  points(arena: Arena): ResidentPoints {
    const resident = this.of(arena);
    resident.points ??= this.uploadPoints(arena.points!, arena.size);
    return resident.points;
  }

  vectors(arena: Arena): ResidentVectors {
    const resident = this.of(arena);
    resident.vectors ??= this.uploadVectors(arena.vectors!, arena.size);
    return resident.vectors;
  }

  private of(arena: Arena): Resident {
    const resident = this.byArena.get(arena) ?? {};
    this.byArena.set(arena, resident);
    return resident;
  }

  private uploadPoints(points: Float32Array, size: number): ResidentPoints {
    let reach = 0;
    for (const value of points) reach = Math.max(reach, Math.abs(value));
    const pages = this.cut(size, 12, (base, rows) => ({
      buffer: this.device.upload(points.subarray(3 * base, 3 * (base + rows))),
      scales: null,
    }));
    return { pages, reach };
  }

  private uploadVectors(vectors: Vectors, size: number): ResidentVectors {
    const quads = Math.ceil(vectors.dimensions / 4);
    const pages = this.cut(size, quads * 4 * vectors.rows.BYTES_PER_ELEMENT, (base, rows) => ({
      buffer: this.device.upload(interleave(vectors, base, rows, quads)),
      scales: this.device.upload(
        vectors.kind === 'int8' ? vectors.scales.subarray(base, base + rows) : new Float32Array(rows).fill(1),
      ),
    }));
    return { pages, quads, longest: longestRow(vectors, size) };
  }

  /** Pages of whole workgroups, so that bits of one page never share a word with those of the next. */
  private cut(
    size: number,
    bytesARow: number,
    upload: (base: number, rows: number) => Pick<Page, 'buffer' | 'scales'>,
  ) {
    const most = Math.max(THREADS, Math.floor(this.pageBytes / bytesARow / THREADS) * THREADS);
    const pages: Page[] = [];
    for (let base = 0; base < size; base += most) {
      const rows = Math.min(most, size - base);
      pages.push({ base, rows, ...upload(base, rows) });
    }
    return pages;
  }
}

/** [blocks of 64 rows, quads, 64, 4] from row-major [rows, dimensions]. */
function interleave(vectors: Vectors, base: number, count: number, quads: number): Float32Array | Int8Array {
  const { dimensions, rows } = vectors;
  const length = Math.ceil(count / INTERLEAVED) * INTERLEAVED * quads * 4;
  const out = vectors.kind === 'int8' ? new Int8Array(length) : new Float32Array(length);
  for (let row = 0; row < count; row++) {
    const block = Math.floor(row / INTERLEAVED) * INTERLEAVED * quads + (row % INTERLEAVED);
    const first = (base + row) * dimensions;
    for (let d = 0; d < dimensions; d++) out[(block + (d >> 2) * INTERLEAVED) * 4 + (d & 3)] = rows[first + d]!;
  }
  return out;
}

function longestRow(vectors: Vectors, size: number): number {
  const { dimensions, rows } = vectors;
  let longest = 0;
  for (let row = 0; row < size; row++) {
    let sum = 0;
    for (let at = row * dimensions; at < (row + 1) * dimensions; at++) sum += rows[at]! * rows[at]!;
    const scale = vectors.kind === 'int8' ? Math.abs(vectors.scales[row]!) : 1;
    longest = Math.max(longest, Math.sqrt(sum) * scale);
  }
  return longest;
}
