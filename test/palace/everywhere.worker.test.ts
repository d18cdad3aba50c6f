import { env } from 'cloudflare:workers';
import { beforeAll, expect, it } from 'vitest';
import type { EverywhereAnswer } from '../../src/palace/everywhere/contract.ts';
import type { SpatialAnswer } from '../../src/palace/memories/contract.ts';
import { type Client, newClient } from '../helpers/client.ts';
import { useTestEmbedder } from '../helpers/embedder.ts';
import { holdQueue, settled } from '../helpers/person.ts';
import { HISTORY, numbered } from '../helpers/seed.ts';

let operator: Client;
beforeAll(async () => {
  useTestEmbedder();
  holdQueue();
  operator = await newClient({ scopes: ['admin', 'read', 'ingest'] });
  for (const [user, messages] of [
    ['ana', [...HISTORY]],
    ['bo', numbered(30)],
  ] as const) {
    await operator.post('/messages', { user_id: user, messages });
    await settled(operator, user);
  }
});

const SHAPES = [
  { type: 'box', min: [-200, -200, -200], max: [200, 200, 200] },
  { type: 'sphere', center: [6, 12, 3], radius: 30 },
  { type: 'nearest', point: [6, 12, 3], k: 4 },
  { type: 'frustum', position: [0, 0, 3], direction: [1, 0.5, 0], fov_degrees: 120, far: 100 },
];
const ask = (queries: object[], client = operator) =>
  client.post<EverywhereAnswer>('/admin/spatial/query', { queries, limit: 100 });

it('answers for many people what each palace answers by itself', async () => {
  const queries = ['ana', 'bo'].flatMap((user_id) => SHAPES.map((shape) => ({ user_id, shape })));
  const { status, body } = await ask(queries);
  expect([status, body.ran]).toEqual([200, [{ at: 'local', why: 'none', queries: 8 }]]);
  for (const [i, { user_id, shape }] of queries.entries()) {
    const alone = await operator.post<SpatialAnswer>(`/users/${user_id}/memories/query`, { shape, limit: 100 });
    const expected = alone.body.items.map(({ id, position, distance }) => ({ memory_id: id, position, distance }));
    const byId = (a: { memory_id: string }, b: { memory_id: string }) => (a.memory_id < b.memory_id ? -1 : 1);
    expect(body.results[i]).toMatchObject({ user_id, status: 'ok', total: expected.length });
    expect(body.results[i]!.items.toSorted(byId)).toEqual(expected.toSorted(byId));
  }
  expect(body.results[0]!.items).toHaveLength(6);
});

it('knows nobody of another tenant, and no text', async () => {
  const stranger = await newClient({ scopes: ['admin'] });
  const [box] = SHAPES;
  const { body } = await ask([{ user_id: 'ana', shape: box }], stranger);
  expect(body.results).toEqual([{ user_id: 'ana', palace_id: null, status: 'not_found', total: 0, items: [] }]);
  expect(JSON.stringify((await ask([{ user_id: 'ana', shape: box }])).body)).not.toContain('heron');
});

it('asks for the admin scope, and for a batch that is not too large', async () => {
  const reader = await newClient({ tenantId: operator.tenantId, scopes: ['read', 'ingest', 'profile'] });
  const [box] = SHAPES;
  expect((await ask([{ user_id: 'ana', shape: box }], reader)).status).toBe(403);
  const many = Array.from({ length: 101 }, (_, i) => ({ user_id: `u${i}`, shape: box }));
  expect((await ask(many)).status).toBe(400);
  expect((await ask([{ user_id: 'ana', shape: { ...SHAPES[2], k: 65 } }])).status).toBe(400);
});

it('answers the same, and says so, where the origin is away', async () => {
  const [box] = SHAPES;
  const before = await ask([{ user_id: 'ana', shape: box }]);
  Object.assign(env, { GPU_ORIGIN_URL: 'http://127.0.0.1:9', GPU_ORIGIN_SECRET: 's'.repeat(32) });
  const after = await ask([{ user_id: 'ana', shape: box }]);
  expect([after.body.results, after.body.ran]).toEqual([
    before.body.results,
    [{ at: 'local', why: 'small', queries: 1 }],
  ]);
});
