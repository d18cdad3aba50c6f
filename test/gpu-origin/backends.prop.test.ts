import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Backend } from '../../src/gpu-origin/backend.ts';
import { openCpu } from '../../src/gpu-origin/cpu/backend.ts';
import type { Arena, Batch, QueryKind, ShapeKind } from '../../src/spatial/arena.ts';
import { arenaPlan, makeArena, makeQueries } from './arenas.ts';
import { oracleCosine, oracleFind, oracleGraph, oracleNearest, oracleProject } from './oracle.ts';
import { openGpu } from './webgpu/gpu.ts';

const gpu = await openGpu();

/** A line for each backend that this machine has. */
const BACKENDS: [name: string, open: () => Promise<Backend>, runs: number][] = [
  ['cpu, one thread', () => openCpu({ threads: 1 }), 60],
  ['cpu, two threads', () => openCpu({ threads: 2 }), 20],
  ...(gpu ? [['webgpu', async () => gpu, 20] as [string, () => Promise<Backend>, number]] : []),
];

const plans = fc.array(arenaPlan(120), { minLength: 1, maxLength: 3 }).map((all) => {
  const { dimensions, vectors } = all[0]!;
  return all.map((plan) => ({ ...plan, dimensions, vectors }));
});
const question = fc.record({
  plans,
  seed: fc.integer(),
  count: fc.integer({ min: 0, max: 12 }),
  resident: fc.boolean(),
});
type Question = typeof question extends fc.Arbitrary<infer T> ? T : never;

describe.each(BACKENDS)('%s', (_name, open, numRuns) => {
  let backend: Backend;
  beforeAll(async () => {
    backend = await open();
  });
  afterAll(() => backend.close());

  const batchOf = async (kind: QueryKind, { plans: all, seed, count, resident }: Question): Promise<Batch> => {
    const arenas: Arena[] = all.map((plan, i) => makeArena(plan, i));
    if (resident) for (const arena of arenas) await backend.load(arena);
    return {
      arenas,
      which: Uint32Array.from({ length: count }, (_, q) => (q * 7 + Math.abs(seed % 5)) % arenas.length),
      values: makeQueries(kind, count, seed, all[0]!),
    };
  };

  it.each<ShapeKind>(['box', 'sphere', 'frustum'])('finds in a %s exactly what the oracle finds', async (kind) => {
    await fc.assert(
      fc.asyncProperty(question, fc.constantFrom(0, 1, 5, 1000), async (asked, cap) => {
        const batch = await batchOf(kind, asked);
        expect(await backend.find(kind, batch, cap)).toEqual(oracleFind(kind, batch, cap));
      }),
      { numRuns },
    );
  });

  it.each([
    ['nearest', oracleNearest],
    ['cosine', oracleCosine],
  ] as const)('ranks by %s as the oracle does, ties and all', async (kind, oracle) => {
    await fc.assert(
      fc.asyncProperty(question, fc.constantFrom(1, 3, 10, 64), async (asked, k) => {
        const batch = await batchOf(kind, asked);
        expect(await backend[kind](batch, k)).toEqual(oracle(batch, k));
      }),
      { numRuns },
    );
  });

  it('finds the neighbours of every row that the oracle finds', async () => {
    await fc.assert(
      fc.asyncProperty(arenaPlan(150), fc.constantFrom(1, 4, 15), async (plan, k) => {
        const arena = makeArena(plan);
        expect(await backend.neighbourGraph(arena, k)).toEqual(oracleGraph(arena, k));
      }),
      { numRuns: numRuns / 2 },
    );
  });

  it('projects every row where the oracle does', async () => {
    await fc.assert(
      fc.asyncProperty(arenaPlan(100), fc.integer(), async (plan, seed) => {
        const arena = makeArena(plan);
        const axes = makeQueries('cosine', 3, seed, plan);
        expect(await backend.project(arena, axes)).toEqual(oracleProject(arena, axes));
      }),
      { numRuns: numRuns / 2 },
    );
  });

  it('stops a neighbour graph when it is told to', async () => {
    const arena = makeArena({ size: 1000, seed: 1, dimensions: 12, vectors: 'int8', whole: false });
    expect(await backend.neighbourGraph(arena, 4, { onProgress: () => false })).toBeNull();
  });
});
