import { randomFillSync } from 'node:crypto';
import type { Arena, Batch } from '../spatial/arena.ts';
import type { Backend } from './backend.ts';
import { openWebgpu } from './webgpu/open.ts';

const ROWS = 1_000_000;
const DIMENSIONS = 384;
const TRIES = 9;

/**
 * `npm run gpu-origin -- bench [PEAK_GB_PER_S]`: what the kernels move on this machine's GPU, beside the bandwidth that its
 * maker names. Prints a JSON line a figure; without a hardware adapter none, since those of a software one mean nothing.
 * @returns the exit status
 */
export async function benchGpu(peakGigabytes: number | undefined): Promise<number> {
  const opened = await openWebgpu({ threads: 1, allowSoftware: false });
  if (!opened.ok) {
    console.error(`gpu-origin: no figures without a hardware adapter. ${opened.why}`);
    return 1;
  }
  const { backend } = opened;
  console.error(`gpu-origin: ${backend.description}`);
  const arena = noise();
  await backend.load(arena);
  for (const { metric, bytes, work } of measured(backend, arena)) {
    await work(); // compiles
    const times: number[] = [];
    for (let i = 0; i < TRIES; i++) {
      const start = performance.now();
      await work();
      times.push(performance.now() - start);
    }
    const seconds = times.sort((a, b) => a - b)[TRIES >> 1]! / 1_000;
    const value = bytes / seconds / 1e9;
    print({ metric, value, unit: 'GB/s', n: TRIES, baseline: peakGigabytes ?? null });
    print({ metric: `${metric}/ms`, value: seconds * 1_000, unit: 'ms', n: TRIES, baseline: null });
  }
  await backend.close();
  return 0;
}

/** Work that reads every row once for each query, and how many bytes that are. */
function measured(backend: Backend, arena: Arena): { metric: string; bytes: number; work: () => Promise<unknown> }[] {
  const one = (values: Float32Array): Batch => ({ arenas: [arena], which: new Uint32Array(1), values });
  const floats = arena.vectors!.rows as Float32Array;
  return [
    {
      metric: 'cosine/1m',
      bytes: floats.byteLength,
      work: () => backend.cosine(one(floats.slice(0, DIMENSIONS)), 10),
    },
    {
      metric: 'box/1m',
      bytes: arena.points!.byteLength,
      work: () => backend.find('box', one(Float32Array.from([0, 0, 0, 10, 10, 10])), 100),
    },
    {
      metric: 'nearest/1m',
      bytes: arena.points!.byteLength,
      work: () => backend.nearest(one(Float32Array.from([50, 50, 50, Number.POSITIVE_INFINITY])), 10),
    },
  ];
}

function noise(): Arena {
  const bytes = randomFillSync(new Int8Array(ROWS * DIMENSIONS));
  const rows = Float32Array.from(bytes, (byte) => byte / 128 / Math.sqrt(DIMENSIONS));
  const points = Float32Array.from({ length: ROWS * 3 }, () => Math.random() * 100);
  return { id: 'bench', epoch: 1, size: ROWS, points, vectors: { kind: 'float32', dimensions: DIMENSIONS, rows } };
}

function print(figure: { metric: string; value: number; unit: string; n: number; baseline: number | null }): void {
  console.log(JSON.stringify({ suite: 'gpu-origin-hardware', ...figure }));
}
