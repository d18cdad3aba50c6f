import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Backend } from '../../src/gpu-origin/backend.ts';
import { openCpu } from '../../src/gpu-origin/cpu/backend.ts';
import type { Batch } from '../../src/spatial/arena.ts';
import { makeArena, makeQueries } from './arenas.ts';
import { oracleFind, oracleNearest } from './oracle.ts';

const PLAN = { size: 300, seed: 3, dimensions: 12, vectors: 'int8', whole: true } as const;
const arenas = [1, 2, 3].map((number) => makeArena({ ...PLAN, seed: number }, number));
let backend: Backend;
beforeAll(async () => {
  backend = await openCpu({ threads: 2 });
  for (const arena of arenas) await backend.load(arena);
});
afterAll(() => backend.close());

const batch = (kind: 'box' | 'nearest', seed: number, count = 20): Batch => ({
  arenas,
  which: Uint32Array.from({ length: count }, (_, q) => (q * 7 + seed) % arenas.length),
  values: makeQueries(kind, count, seed, PLAN),
});

it('answers one batch alone as it answers many at once', async () => {
  const asked = [1, 2, 3, 4].map((seed) => ({ boxes: batch('box', seed), points: batch('nearest', seed) }));
  const alone = [];
  for (const { boxes, points } of asked) {
    alone.push([await backend.find('box', boxes, 9), await backend.nearest(points, 5)]);
  }
  const atOnce = await Promise.all(
    asked.map(({ boxes, points }) => Promise.all([backend.find('box', boxes, 9), backend.nearest(points, 5)])),
  );
  const expected = asked.map(({ boxes, points }) => [oracleFind('box', boxes, 9), oracleNearest(points, 5)]);
  expect(alone).toEqual(expected);
  expect(atOnce).toEqual(expected);
});

it('answers what is too much for one turn of this thread', async () => {
  const large = makeArena({ ...PLAN, size: 70_000, whole: false }, 9);
  await backend.load(large);
  const asked = { arenas: [large], which: new Uint32Array(70), values: makeQueries('nearest', 70, 4, PLAN) };
  const some = { ...asked, which: new Uint32Array(2), values: asked.values.slice(0, 8) };
  const { rows } = await backend.nearest(asked, 3);
  expect([...rows.slice(0, 6)]).toEqual([...oracleNearest(some, 3).rows]);
  backend.drop(large.id);
  expect(await backend.nearest(some, 3)).toEqual(oracleNearest(some, 3));
});
