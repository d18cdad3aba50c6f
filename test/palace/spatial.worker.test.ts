import { beforeAll, describe, expect, it } from 'vitest';
import type { Accepted } from '../../src/messages/contract.ts';
import type { MemoryPage, MemoryView, SpatialAnswer } from '../../src/palace/memories/contract.ts';
import { type Client, call, newClient, type Problem } from '../helpers/client.ts';
import { useTestEmbedder } from '../helpers/embedder.ts';
import { holdQueue } from '../helpers/person.ts';
import { HISTORY, numbered } from '../helpers/seed.ts';

let app: Client;
let all: MemoryView[];
beforeAll(async () => {
  useTestEmbedder();
  holdQueue();
  app = await newClient();
  await app.post<Accepted>('/messages?wait=true', { user_id: 'ana', messages: [...HISTORY, ...numbered(60)] });
  all = (await app.get<MemoryPage>('/users/ana/memories?limit=100')).body.items;
});

const ask = (body: object, user = 'ana') => app.post<SpatialAnswer>(`/users/${user}/memories/query`, body);
const idsOf = (memories: readonly { id: string }[]) => memories.map(({ id }) => id);
const distance = (a: readonly number[], b: readonly number[]) => Math.hypot(...a.map((x, i) => x - b[i]!));
const WORLD = { type: 'box', min: [-9_000, -9_000, -9_000], max: [9_000, 9_000, 9_000] };

describe('a query', () => {
  it('finds in a box what is in it, borders included', async () => {
    const [min, max] = [all[3]!.position!, all[3]!.position!.map((x) => x + 6)];
    const inside = all.filter(({ position }) => position!.every((x, i) => x >= min[i]! && x <= max[i]!));
    const { items, total, next } = (await ask({ shape: { type: 'box', min, max }, limit: 100 })).body;
    expect(idsOf(items).toSorted()).toEqual(idsOf(inside).toSorted());
    expect([total, next]).toEqual([inside.length, null]);
    expect(items.every((item) => item.distance === null)).toBe(true);
  });

  it('finds in a sphere what is in it, the nearest first', async () => {
    const center = all[10]!.position!;
    const inside = all.filter(({ position }) => distance(position!, center) <= 5);
    const { items } = (await ask({ shape: { type: 'sphere', center, radius: 5 }, limit: 100 })).body;
    expect(idsOf(items).toSorted()).toEqual(idsOf(inside).toSorted());
    expect(idsOf(items)[0]).toBe(all[10]!.id);
    for (const item of items) expect(item.distance).toBeCloseTo(distance(item.position!, center), 4);
    const distances = items.map((item) => item.distance!);
    expect(distances).toEqual(distances.toSorted((a, b) => a - b));
    const [x, y, z] = center;
    const near = await app.get<SpatialAnswer>(`/users/ana/memories/near?x=${x}&y=${y}&z=${z}&radius=5&limit=100`);
    expect(idsOf(near.body.items)).toEqual(idsOf(items));
  });

  it('finds the nearest, and with a filter the nearest of those that pass it', async () => {
    const point = [0, 0, 0];
    const sorted = all.toSorted((a, b) => distance(a.position!, point) - distance(b.position!, point));
    const { items } = (await ask({ shape: { type: 'nearest', point, k: 7 } })).body;
    expect(idsOf(items)).toEqual(idsOf(sorted.slice(0, 7)));
    const { category } = sorted.at(-1)!;
    const filtered = await ask({ shape: { type: 'nearest', point, k: 3 }, filters: { category } });
    expect(idsOf(filtered.body.items)).toEqual(idsOf(sorted.filter((m) => m.category === category).slice(0, 3)));
    const none = await ask({ shape: { type: 'nearest', point, k: 3, max_distance: 0.001 } });
    expect(none.body).toMatchObject({ items: [], total: 0 });
  });

  it('finds what a camera sees', async () => {
    const [x, y, z] = all[0]!.position!;
    const shape = { type: 'frustum', position: [x - 3, y, z], direction: [1, 0, 0], fov_degrees: 60, far: 10 };
    const seen = (await ask({ shape, limit: 100 })).body.items;
    expect(idsOf(seen)).toContain(all[0]!.id);
    const behind = (await ask({ shape: { ...shape, direction: [-1, 0, 0] }, limit: 100 })).body.items;
    expect(idsOf(behind)).not.toContain(all[0]!.id);
  });

  it('ranks by a text, and leaves out what does not fit it', async () => {
    const { items } = (await ask({ shape: WORLD, text: 'walnuts brownies', limit: 100 })).body;
    expect(items[0]!.content).toBe(HISTORY[5].content);
    const scores = items.map((item) => item.score!);
    expect(scores).toEqual(scores.toSorted((a, b) => b - a));
    const elsewhere = { type: 'sphere', center: [5_000, 0, 0], radius: 1 };
    expect((await ask({ shape: elsewhere, text: 'walnuts' })).body.items).toEqual([]);
  });

  it('keeps to its filters', async () => {
    const keep = async (filters: object) => (await ask({ shape: WORLD, filters, limit: 100 })).body.items;
    const { category, room_id } = all[0]!;
    expect(idsOf(await keep({ category })).toSorted()).toEqual(
      idsOf(all.filter((m) => m.category === category)).toSorted(),
    );
    expect((await keep({ room_id })).every((m) => m.room_id === room_id)).toBe(true);
    expect(await keep({ room_id: 'work-77' })).toEqual([]);
    expect(await keep({ min_strength: 1 })).toEqual([]);
    expect(await keep({ min_strength: 0.01 })).toHaveLength(all.length);
    expect(await keep({ pinned: true })).toEqual([]);
    expect(await keep({ valid_at: '2026-01-01T00:30:00Z', kind: 'message' })).toHaveLength(31);
  });

  it('gives every match once, page by page', async () => {
    const seen: string[] = [];
    for (let cursor: string | null = null, pages = 0; pages === 0 || cursor !== null; pages++) {
      const page: SpatialAnswer = (await ask({ shape: WORLD, limit: 25, ...(cursor === null ? {} : { cursor }) })).body;
      expect(page.total).toBe(all.length);
      seen.push(...idsOf(page.items));
      cursor = page.next;
    }
    expect(seen.toSorted()).toEqual(idsOf(all).toSorted());
  });

  it('is an empty page in an empty palace', async () => {
    const palace = (await app.post<{ id: string }>('/users/ana/palaces', { name: 'Empty', layout: 'library' })).body;
    const shapes = [
      WORLD,
      { type: 'nearest', point: [0, 0, 0], k: 5 },
      { type: 'sphere', center: [0, 0, 0], radius: 9 },
    ];
    for (const shape of shapes) {
      const { body, status } = await ask({ palace_id: palace.id, shape });
      expect([status, body.items, body.total, body.next]).toEqual([200, [], 0, null]);
    }
  });
});

describe('a query that is refused', () => {
  const box = { type: 'box', min: [0, 0, 0], max: [1, 1, 1] };
  const view = { type: 'frustum', position: [0, 0, 0], direction: [1, 0, 0], fov_degrees: 60, far: 10 };
  it.each([
    ['reversed bounds', { ...box, max: [1, -1, 1] }, '/shape/max/1'],
    ['two of them', { ...box, min: [2, 0, 2] }, '/shape/max/0'],
    ['a bound too few', { ...box, min: [0, 0] }, '/shape/min'],
    ['no number', { ...box, min: [0, null, 0] }, '/shape/min/1'],
    ['k = 0', { type: 'nearest', point: [0, 0, 0], k: 0 }, '/shape/k'],
    ['half a k', { type: 'nearest', point: [0, 0, 0], k: 1.5 }, '/shape/k'],
    ['too many', { type: 'nearest', point: [0, 0, 0], k: 101 }, '/shape/k'],
    ['a negative radius', { type: 'sphere', center: [0, 0, 0], radius: -1 }, '/shape/radius'],
    ['a view nowhere', { ...view, direction: [0, 0, 0] }, '/shape/direction'],
    ['a view along its own up', { ...view, up: [2, 0, 0] }, '/shape/up'],
    ['far before near', { ...view, near: 11 }, '/shape/far'],
    ['a shape that is none', { type: 'cone' }, '/shape/type'],
  ])('for %s points there', async (_what, shape, pointer) => {
    const reply = await app.post('/users/ana/memories/query', { shape });
    expect([reply.status, reply.body.errors?.[0]?.pointer]).toEqual([400, pointer]);
  });

  it('names every reversed bound, and filters that nobody knows', async () => {
    const reply = await app.post('/users/ana/memories/query', {
      shape: { ...box, min: [2, 0, 2] },
      filters: { colour: 'red' },
      speed: 1,
    });
    const pointers = reply.body.errors!.map(({ pointer }) => pointer);
    expect(pointers).toEqual(expect.arrayContaining(['/shape/max/0', '/shape/max/2', '/filters/colour', '/speed']));
  });

  it('takes no number that is none, also where JSON would let it pass', async () => {
    for (const number of ['NaN', 'Infinity', '1e999', '-1e999']) {
      const reply = await app.get(`/users/ana/memories/near?x=${number}&y=0&z=0&radius=1`);
      expect([number, reply.status, reply.body.errors?.[0]?.pointer]).toEqual([number, 400, '/x']);
      const raw = await call('/api/v1/users/ana/memories/query', {
        method: 'POST',
        headers: { authorization: app.authorization, 'content-type': 'application/json' },
        body: `{"shape":{"type":"sphere","center":[${number},0,0],"radius":1}}`,
      });
      expect([number, raw.status]).toEqual([number, 400]);
    }
  });

  it('finds no palace that is not there, and nobody who never was', async () => {
    expect((await ask({ palace_id: 'nowhere', shape: WORLD })).status).toBe(404);
    expect((await ask({ shape: WORLD }, 'nobody')).status).toBe(404);
  });

  it('names a cursor that is not one of its own', async () => {
    const { status, body } = await ask({ shape: WORLD, cursor: 'x!' });
    expect([status, (body as unknown as Problem).errors]).toMatchObject([400, [{ in: 'body', pointer: '/cursor' }]]);
  });
});

describe('the cache', () => {
  it('never answers with what was before a write', async () => {
    const whole = async () => (await ask({ shape: WORLD, limit: 100 }, 'cleo')).body;
    const post = (content: string) =>
      app.post<MemoryView>('/users/cleo/memories?wait=true', { content, category: 'work' });
    const ids: string[] = [];
    let epoch = 0;
    for (let i = 0; i < 6; i++) {
      ids.push((await post(`Note ${i} about the harbour.`)).body.id);
      const answer = await whole();
      expect(idsOf(answer.items).toSorted()).toEqual(ids.toSorted());
      expect(idsOf((await whole()).items)).toEqual(idsOf(answer.items)); // the second time from the cache
      expect(answer.epoch).toBeGreaterThan(epoch);
      epoch = answer.epoch;
    }
    await app.send('PATCH', `/users/cleo/memories/${ids[0]}`, { category: 'home' });
    const moved = (await whole()).items.find(({ id }) => id === ids[0])!;
    expect(moved.room_id).toBe('home-1');
    await app.delete(`/users/cleo/messages/${ids[0]}`);
    expect(idsOf((await whole()).items).toSorted()).toEqual(ids.slice(1).toSorted());
    expect((await whole()).total).toBe(ids.length - 1);
    await app.send('PATCH', `/users/cleo/memories/${ids[1]}`, { pinned: true });
    expect((await ask({ shape: WORLD, filters: { pinned: true } }, 'cleo')).body.total).toBe(1);
  });
});
