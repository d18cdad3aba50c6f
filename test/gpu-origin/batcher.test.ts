import { expect, it } from 'vitest';
import type { Backend } from '../../src/gpu-origin/backend.ts';
import { Batcher } from '../../src/gpu-origin/batcher.ts';
import type { Batch } from '../../src/spatial/arena.ts';
import type { QueryFrame } from '../../src/spatial/wire.ts';
import { makeArena, makeQueries } from './arenas.ts';
import { oracleFind, oracleNearest } from './oracle.ts';

const PLAN = { size: 60, seed: 1, dimensions: 12, vectors: 'int8', whole: true } as const;
const arenas = [1, 2, 3].map((number) => makeArena({ ...PLAN, seed: number }, number));
const backend = {
  name: 'webgpu',
  find: async (kind: 'box', batch: Batch, cap: number) => oracleFind(kind, batch, cap),
  nearest: async (batch: Batch, k: number) => oracleNearest(batch, k),
} as unknown as Backend;
const later = () => performance.now() + 10_000;

function batcher(window = 5) {
  const launches: number[] = [];
  const made = new Batcher({
    run: async (work) => ({ value: await work(backend), ranAt: backend.name }),
    window: () => window,
    maxQueued: 1_000,
    launched: (queries) => void launches.push(queries),
  });
  return { batcher: made, launches };
}

const frame = (kind: 'box' | 'nearest', count: number, seed: number, limit = 4): QueryFrame => ({
  kind,
  limit,
  arenas: [],
  which: Uint32Array.from({ length: count }, (_, i) => i % 2),
  values: makeQueries(kind, count, seed, PLAN),
});

it('computes together what comes together, and gives each its own answers', async () => {
  const { batcher: one, launches } = batcher();
  const asked = [
    [frame('box', 3, 1), [arenas[0]!, arenas[1]!]],
    [frame('nearest', 2, 2), [arenas[1]!, arenas[2]!]],
    [frame('box', 0, 3), []],
    [frame('box', 5, 4), [arenas[2]!, arenas[0]!]],
    [frame('nearest', 4, 5), [arenas[2]!, arenas[1]!]],
  ] as const;
  const replies = await Promise.all(asked.map(([query, held]) => one.ask(query, [...held], later())));
  expect(launches).toEqual([8, 6, 0]); // what asks nothing has no width, and waits alone
  replies.forEach(({ answer }, i) => {
    const [{ kind, limit, ...rest }, held] = asked[i]!;
    const batch = { ...rest, arenas: held };
    expect(answer).toEqual(kind === 'box' ? oracleFind('box', batch, limit) : oracleNearest(batch, limit));
  });
  expect(one.queued).toBe(0);
});

it('does not wait for more where there is enough', async () => {
  const { batcher: one, launches } = batcher(60_000);
  const held = [arenas[0]!, arenas[1]!];
  await Promise.all([one.ask(frame('box', 200, 1), held, later()), one.ask(frame('box', 56, 2), held, later())]);
  expect(launches).toEqual([256]);
});

it('leaves out what is late, and takes no more than its queue holds', async () => {
  const { batcher: one, launches } = batcher();
  const held = [arenas[0]!, arenas[1]!];
  const late = one.ask(frame('box', 9, 1), held, performance.now() - 1);
  const timely = one.ask(frame('box', 2, 2), held, later());
  expect(() => one.ask(frame('box', 990, 3), held, later())).toThrow(expect.objectContaining({ code: 'busy' }));
  await expect(late).rejects.toMatchObject({ code: 'late' });
  await timely;
  expect(launches).toEqual([2]);
});
