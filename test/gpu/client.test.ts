import { expect, it } from 'vitest';
import { type ArenaSource, GpuClient } from '../../src/gpu/client.ts';
import { type Origin, OriginError } from '../../src/gpu/origin.ts';
import { Breaker } from '../../src/shared/breaker.ts';
import type { Arena } from '../../src/spatial/arena.ts';
import { findInBatch, isRanking, Resident, rankInBatch } from '../../src/spatial/resident.ts';
import type { QueryFrame } from '../../src/spatial/wire.ts';
import { makeArena, makeQueries } from '../gpu-origin/arenas.ts';
import { oracleNearest } from '../gpu-origin/oracle.ts';

const PLAN = { size: 200, seed: 4, dimensions: 12, vectors: 'int8', whole: true } as const;
const arena = makeArena(PLAN, 1);
const source = (): ArenaSource & { reads: number } => ({
  id: arena.id,
  epoch: 1,
  size: arena.size,
  reads: 0,
  async read() {
    this.reads++;
    return arena;
  },
});
const question = (arenas: readonly ArenaSource[]) => ({
  kind: 'nearest' as const,
  arenas,
  which: new Uint32Array(5),
  values: makeQueries('nearest', 5, 9, PLAN),
  limit: 4,
});
const expected = oracleNearest({ ...question([]), arenas: [arena] }, 4);

/** An origin that knows the arenas which were uploaded to it, and fails when told to. */
class FakeOrigin {
  failure: Error | null = null;
  asked = 0;
  uploads: Arena[] = [];

  async query({ kind, which, values, limit, arenas }: QueryFrame) {
    this.asked++;
    if (this.failure) throw this.failure;
    const held = arenas.map((name) => this.uploads.find(({ id, epoch }) => id === name.id && epoch === name.epoch));
    const missing = arenas.flatMap(({ id }, i) => (held[i] ? [] : [id]));
    if (missing.length > 0) throw new OriginError(404, { code: 'unknown_arena', detail: '', arenas: missing });
    const residents = held.map((one) => new Resident(one!, null));
    const batch = { which, values };
    const answer = isRanking(kind)
      ? rankInBatch(kind, residents, batch, limit)
      : findInBatch(kind, residents, batch, limit);
    return { ranAt: 'webgpu' as const, answer };
  }

  async upload(arena: Arena) {
    this.uploads.unshift(arena);
  }
}

function clientOf(fake: FakeOrigin | null, options: { threshold?: number; now?: () => number } = {}) {
  const origin = fake as unknown as Origin | null;
  return new GpuClient({ origin, threshold: 0, breaker: new Breaker({ threshold: 2, restMs: 1_000 }), ...options });
}

it('answers at the origin, which it gives only what it has not', async () => {
  const [fake, asked] = [new FakeOrigin(), source()];
  const client = clientOf(fake);
  for (let i = 0; i < 2; i++) {
    expect(await client.rank(question([asked]))).toEqual({ answer: expected, ran: { at: 'webgpu' } });
  }
  expect([fake.uploads.length, asked.reads]).toEqual([1, 1]);
});

it('uploads no arena that the origin has', async () => {
  const [fake, known, unknown] = [new FakeOrigin(), source(), { ...source(), id: 'f'.repeat(64) }];
  const read = async () => ({ ...arena, id: unknown.id });
  await fake.upload(arena);
  await clientOf(fake).rank(question([known, { ...unknown, read }]));
  expect(fake.uploads.map(({ id }) => id)).toEqual([unknown.id, arena.id]);
});

it('answers here what is too little for the way, and everything where there is no origin', async () => {
  const fake = new FakeOrigin();
  const small = clientOf(fake, { threshold: 5 * 200 + 1 });
  expect(await small.rank(question([source()]))).toEqual({ answer: expected, ran: { at: 'local', why: 'small' } });
  const alone = clientOf(null);
  expect(await alone.rank(question([source()]))).toEqual({ answer: expected, ran: { at: 'local', why: 'none' } });
  expect(fake.asked).toBe(0);
});

it('answers here, the same, while the origin fails, and leaves it alone for a while', async () => {
  let now = 0;
  const fake = new FakeOrigin();
  const client = clientOf(fake, { now: () => now });
  const ran = async () => {
    const { answer, ran } = await client.rank(question([source()]));
    expect(answer).toEqual(expected);
    return ran.at === 'local' ? ran.why : ran.at;
  };
  fake.failure = new OriginError(0, { code: 'unreachable', detail: '' });
  expect([await ran(), await ran(), await ran()]).toEqual(['failed', 'failed', 'resting']);
  fake.failure = null;
  now = 1_001;
  expect(await ran()).toBe('webgpu');
});
