import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BackendLost } from '../../../src/gpu-origin/backend.ts';
import { makeArena, makeQueries } from '../arenas.ts';
import { oracleCosine, oracleFind, oracleGraph, oracleNearest, oracleProject } from '../oracle.ts';
import { type Gpu, openGpu } from './gpu.ts';

const gpu = await openGpu();
afterAll(() => gpu?.close());

const plan = { size: 20_000, seed: 3, dimensions: 64, vectors: 'float32' as const, whole: false };
const batchOf = (kind: 'box' | 'nearest' | 'cosine', arenas: ReturnType<typeof makeArena>[], count: number) => ({
  arenas,
  which: Uint32Array.from({ length: count }, (_, q) => q % arenas.length),
  values: makeQueries(kind, count, 5, plan),
});

describe.skipIf(gpu === null)('the GPU', () => {
  const { ask, ...backend } = gpu ?? ({} as Gpu);

  it('passes the self-test', async () => {
    expect(await ask('self-test')).toBe(true);
  });

  it('is refused where it only pretends to compute', async () => {
    expect(await ask('open-null')).toMatchObject({ ok: false, why: expect.stringContaining('failed its self-test') });
  });

  it('is refused where it is software and that is not allowed', async () => {
    expect(await ask('open-hardware')).toMatchObject({ ok: false, why: expect.stringContaining('a software one') });
  });

  it('answers for 20,000 rows what the oracle answers, by itself', async () => {
    // a twin of every third row would be ties, which the host settles: here the device is to be judged
    const arena = makeArena({ ...plan, seed: 4 });
    const distinct = { ...arena, vectors: { ...arena.vectors!, rows: spread(arena.vectors!.rows as Float32Array) } };
    const before = await backend.unsure();
    const box = batchOf('box', [arena], 12);
    expect(await backend.find('box', box, 100)).toEqual(oracleFind('box', box, 100));
    const nearest = batchOf('nearest', [arena], 12);
    expect(await backend.nearest(nearest, 64)).toEqual(oracleNearest(nearest, 64));
    const cosine = batchOf('cosine', [distinct as typeof arena], 3);
    expect(await backend.cosine(cosine, 10)).toEqual(oracleCosine(cosine, 10));
    expect(await backend.unsure()).toBe(before);
  });

  it('settles numbers that float32 cannot square', async () => {
    const arena = makeArena({ ...plan, size: 50 });
    arena.points!.set([1e30, -1e30, 3e38]);
    for (const kind of ['box', 'nearest'] as const) {
      const batch = batchOf(kind, [arena], 4);
      batch.values.set([1e30, -1e30, 3e38], 0);
      const [asked, oracle] =
        kind === 'box'
          ? [await backend.find('box', batch, 9), oracleFind('box', batch, 9)]
          : [await backend.nearest(batch, 9), oracleNearest(batch, 9)];
      expect(asked).toEqual(oracle);
    }
  });
});

/** Small changes that make every row its own. */
const spread = (rows: Float32Array): Float32Array => rows.map((x, at) => x + ((at * 2654435761) % 1000) / 1e5);

describe.skipIf(gpu === null)('an arena of several pages', () => {
  let paged: Gpu;
  beforeAll(async () => {
    paged = (await openGpu(64 * 1024))!;
  });
  afterAll(() => paged.close());

  it.each(['float32', 'int8'] as const)('of %s answers as one of a single page', async (vectors) => {
    const arena = makeArena({ ...plan, size: 6_000, dimensions: 30, vectors });
    const ask = { arenas: [arena], which: new Uint32Array(4) };
    const box = { ...ask, values: makeQueries('box', 4, 6, plan) };
    expect(await paged.find('box', box, 500)).toEqual(oracleFind('box', box, 500));
    const nearest = { ...ask, values: makeQueries('nearest', 4, 6, plan) };
    expect(await paged.nearest(nearest, 10)).toEqual(oracleNearest(nearest, 10));
    const cosine = { ...ask, values: makeQueries('cosine', 4, 6, { ...plan, dimensions: 30 }) };
    expect(await paged.cosine(cosine, 10)).toEqual(oracleCosine(cosine, 10));
    const axes = makeQueries('cosine', 3, 7, { ...plan, dimensions: 30 });
    expect(await paged.project(arena, axes)).toEqual(oracleProject(arena, axes));
  });

  it('has the same neighbour graph', async () => {
    const arena = makeArena({ ...plan, size: 900, dimensions: 30, vectors: 'int8' });
    expect(await paged.neighbourGraph(arena, 15)).toEqual(oracleGraph(arena, 15));
  });
});

describe.skipIf(gpu === null)('a device that goes away', () => {
  it('refuses what it had not answered, says that it is lost, and answers nothing afterwards', async () => {
    const doomed = (await openGpu())!;
    const arena = makeArena({ ...plan, size: 5_000 });
    await doomed.load(arena);
    const asking = doomed.cosine(batchOf('cosine', [arena], 64), 10);
    await doomed.destroy();
    await expect(asking).rejects.toThrow(BackendLost);
    expect(await doomed.lost).toMatch(/./);
    await expect(doomed.nearest(batchOf('nearest', [arena], 1), 1)).rejects.toThrow(BackendLost);
    await doomed.close();
  });
});
