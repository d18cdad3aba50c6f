import { type Arena, type Batch, type QueryKind, type ShapeKind, WIDTH_OF } from '../spatial/arena.ts';
import { quantize } from '../spatial/quantize.ts';
import { seeded } from '../statistics/seeded.ts';
import type { Backend } from './backend.ts';

const ROWS = 700;
const DIMENSIONS = 24;
const QUERIES = 8;
const SHAPES: readonly ShapeKind[] = ['box', 'sphere', 'frustum'];

/** FNV-1a of all the right answers (test/gpu-origin/self-test.test.ts has them from the oracle). */
export const KNOWN_ANSWER = 0x13b47fa3;

/**
 * Asks a backend everything it can do about two small arenas, and takes a checksum of the answers. A driver that only
 * pretends to compute, or computes wrongly, cannot have KNOWN_ANSWER.
 */
export async function selfTest(backend: Backend): Promise<number> {
  const arenas = selfTestArenas();
  for (const arena of arenas) await backend.load(arena);
  const sum = new Checksum();
  for (const kind of SHAPES) {
    const { counts, rows } = await backend.find(kind, selfTestBatch(kind, arenas), 50);
    sum.add(counts).add(rows);
  }
  for (const kind of ['nearest', 'cosine'] as const) {
    const { counts, rows, values } = await backend[kind](selfTestBatch(kind, arenas), 12);
    sum.add(counts).add(rows).add(values);
  }
  for (const arena of arenas) {
    const graph = (await backend.neighbourGraph(arena, 5))!;
    sum
      .add(graph.rows)
      .add(graph.distances)
      .add(await backend.project(arena, selfTestAxes()));
    backend.drop(arena.id);
  }
  return sum.value;
}

/** One with float32 vectors, one with int8 ones. */
export function selfTestArenas(): Arena[] {
  return (['float32', 'int8'] as const).map((kind, number) => {
    const random = seeded(17 + number);
    const floats = Float32Array.from({ length: ROWS * DIMENSIONS }, () => (random() - 0.5) / 2);
    const rows = new Int8Array(floats.length);
    const scales = new Float32Array(ROWS);
    for (let row = 0; row < ROWS; row++) {
      const { bytes, scale } = quantize(floats.subarray(row * DIMENSIONS, (row + 1) * DIMENSIONS));
      rows.set(bytes, row * DIMENSIONS);
      scales[row] = scale;
    }
    return {
      id: `self-test-${kind}`,
      epoch: 1,
      size: ROWS,
      points: Float32Array.from({ length: ROWS * 3 }, () => Math.fround(random() * 20)),
      vectors:
        kind === 'float32'
          ? { kind, dimensions: DIMENSIONS, rows: floats }
          : { kind, dimensions: DIMENSIONS, rows, scales },
    };
  });
}

export function selfTestBatch(kind: QueryKind, arenas: readonly Arena[]): Batch {
  const random = seeded(kind.length);
  const width = kind === 'cosine' ? DIMENSIONS : WIDTH_OF[kind];
  const value = (at: number): number => {
    if (kind === 'box') return at < 3 ? random() * 8 : 8 + random() * 12;
    if (kind === 'frustum') return at % 4 === 3 ? random() * 5 : random() * 2 - 0.8;
    if (kind === 'cosine') return random() - 0.5;
    return at === 3 ? 2 + random() * 4 : random() * 20;
  };
  return {
    arenas,
    which: Uint32Array.from({ length: QUERIES }, (_, q) => q % arenas.length),
    values: Float32Array.from({ length: QUERIES * width }, (_, at) => value(at % width)),
  };
}

/** Row-major [3, DIMENSIONS], shorter than 1. */
export function selfTestAxes(): Float32Array {
  const random = seeded(99);
  return Float32Array.from({ length: 3 * DIMENSIONS }, () => (random() - 0.5) / Math.sqrt(DIMENSIONS));
}

/** FNV-1a over the bytes of typed arrays. */
export class Checksum {
  value = 0x811c9dc5;

  add(data: ArrayBufferView): this {
    for (const byte of new Uint8Array(data.buffer, data.byteOffset, data.byteLength)) {
      this.value = Math.imul(this.value ^ byte, 0x01000193) >>> 0;
    }
    return this;
  }
}
