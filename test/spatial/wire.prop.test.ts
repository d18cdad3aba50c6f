import fc from 'fast-check';
import { expect, it } from 'vitest';
import { type QueryKind, WIDTH_OF } from '../../src/spatial/arena.ts';
import {
  decodeArena,
  decodePlaces,
  decodeQuery,
  decodeReply,
  encodeArena,
  encodePlaces,
  encodeQuery,
  encodeReply,
  type QueryFrame,
  WireError,
} from '../../src/spatial/wire.ts';
import { arenaPlan, makeArena, makeQueries } from '../gpu-origin/arenas.ts';

const kind = fc.constantFrom<QueryKind>('box', 'sphere', 'frustum', 'nearest', 'cosine');
const id = fc.stringMatching(/^[0-9a-f]{64}$/);
const query = fc
  .record({
    kind,
    ids: fc.array(id, { minLength: 1, maxLength: 4 }),
    count: fc.integer({ min: 0, max: 9 }),
    plan: arenaPlan(1),
  })
  .chain(({ kind: of, ids, count, plan }) =>
    fc.record({
      kind: fc.constant(of),
      arenas: fc.constant(ids.map((one, i) => ({ id: one, epoch: 2 ** 40 + i }))),
      which: fc.uint32Array({ max: ids.length - 1, minLength: count, maxLength: count }),
      values: fc.integer().map((seed) => makeQueries(of, count, seed, plan)),
      limit: fc.integer({ min: 1, max: 64 }),
    }),
  );

it('carries queries, answers, arenas and places unchanged', () => {
  fc.assert(
    fc.property(query, arenaPlan(30), (asked: QueryFrame, plan) => {
      expect(decodeQuery(encodeQuery(asked))).toEqual(asked);
      const answer = { counts: asked.which, rows: Uint32Array.of(3, 1), values: Float64Array.of(0.1, -2) };
      const reply = { ranAt: 'webgpu' as const, answer };
      expect(decodeReply(asked.kind, encodeReply(asked.kind, reply))).toEqual(reply);
      const arena = makeArena(plan, 5);
      for (const part of [arena, { ...arena, points: null }, { ...arena, vectors: null }]) {
        expect(decodeArena(arena, encodeArena(part))).toEqual(part);
      }
      expect(decodePlaces(encodePlaces(arena.points!))).toEqual(arena.points);
    }),
    { numRuns: 60 },
  );
});

it('refuses whatever else comes as no frame, and nothing worse happens', () => {
  const spoilt = fc.tuple(
    query,
    fc.array(fc.tuple(fc.nat(300), fc.nat(255)), { minLength: 1, maxLength: 8 }),
    fc.nat(64),
  );
  fc.assert(
    fc.property(spoilt, ([asked, changes, cut]) => {
      const bytes = encodeQuery(asked as QueryFrame).slice(0, -cut || undefined);
      for (const [at, value] of changes) bytes[at % Math.max(1, bytes.length)] = value;
      try {
        const frame = decodeQuery(bytes);
        const width = frame.kind === 'cosine' ? frame.values.length / frame.which.length : WIDTH_OF[frame.kind];
        if (frame.which.length > 0) expect(frame.values.length).toBe(frame.which.length * width);
        expect([...frame.which].every((one) => one < frame.arenas.length)).toBe(true);
      } catch (error) {
        expect(error).toBeInstanceOf(WireError);
      }
    }),
    { numRuns: 1_000 },
  );
});
