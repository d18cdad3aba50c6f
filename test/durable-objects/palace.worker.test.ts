import { runInDurableObject } from 'cloudflare:test';
import { beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { migrate, USER_MEMORY_MIGRATIONS } from '../../durable-objects/migrations.ts';
import type { MemoryPage, MemoryView, SpatialAnswer } from '../../src/palace/memories/contract.ts';
import type { PalaceAnalytics, PalaceView, Rooms } from '../../src/palace/rooms/contract.ts';
import { type Client, newClient } from '../helpers/client.ts';
import { TEST_MODEL, type TestEmbedder, useTestEmbedder } from '../helpers/embedder.ts';
import { count, evict, holdQueue, objectOf, settled, sync, wipe } from '../helpers/person.ts';
import { HISTORY, numbered } from '../helpers/seed.ts';

let app: Client;
let model: TestEmbedder;
let owner: { tenantId: string; userId: string };
beforeAll(async () => {
  model = useTestEmbedder();
  holdQueue();
  app = await newClient();
});
beforeEach(() => {
  Object.assign(model, { away: false, texts: [] });
  owner = { tenantId: app.tenantId, userId: crypto.randomUUID() };
});

const at = (path: string) => `/users/${owner.userId}${path}`;
const send = async (messages: object[]) => {
  await app.post('/messages', { user_id: owner.userId, messages });
  await settled(app, owner.userId);
};
const palaces = async () => (await app.get<{ items: PalaceView[] }>(at('/palaces'))).body.items;
const rooms = async (id: string) => (await app.get<Rooms>(at(`/palaces/${id}/rooms`))).body;
const memories = async () => (await app.get<MemoryPage>(at('/memories?limit=100'))).body.items;
const everywhere = async (palace_id?: string) => {
  const shape = { type: 'box', min: [-9_000, -9_000, -9_000], max: [9_000, 9_000, 9_000] };
  return (await app.post<SpatialAnswer>(at('/memories/query'), { shape, limit: 100, palace_id })).body;
};
/** Without what time changes. */
const still = (of: readonly MemoryView[]) => of.map(({ strength: _strength, ...rest }) => rest);

describe('a palace', () => {
  it('is there for every person, and others beside it', async () => {
    await send([HISTORY[0]]);
    const [standard] = await palaces();
    expect(standard).toMatchObject({ layout: 'mansion', is_default: true, memories: 1 });
    const made = await app.post<PalaceView>(at('/palaces'), { name: 'Library of Ana', layout: 'library' });
    expect([made.status, made.body]).toMatchObject([201, { name: 'Library of Ana', is_default: false, memories: 0 }]);
    expect((await palaces()).map(({ id }) => id)).toEqual([standard!.id, made.body.id]);
  });

  it('can be the first thing a person has', async () => {
    const made = await app.post<PalaceView>(at('/palaces'), { name: 'First', layout: 'garden' });
    expect(made.status).toBe(201);
    expect((await palaces()).map(({ layout, is_default }) => [layout, is_default])).toEqual([
      ['mansion', true],
      ['garden', false],
    ]);
  });

  it('is built once for one Idempotency-Key', async () => {
    const build = () =>
      app.post<PalaceView>(at('/palaces'), { name: 'Once', layout: 'gallery' }, { 'idempotency-key': 'p1' });
    const [one, again] = [await build(), await build()];
    expect(again.body).toEqual(one.body);
    expect(await palaces()).toHaveLength(2);
  });

  it('has rooms for every category, with doors and anchors', async () => {
    await send(HISTORY.slice());
    const { rooms: all, doors } = await rooms((await palaces())[0]!.id);
    const ids = new Set(all.map(({ id }) => id));
    expect(all.filter(({ theme }) => theme !== 'hall')).toHaveLength(10);
    expect(doors.every(({ rooms: ends }) => ends.every((id) => ids.has(id)))).toBe(true);
    expect(all.every(({ anchors }) => anchors.length === 9)).toBe(true);
    for (const { room_id, position } of await memories()) {
      const { bounds } = all.find(({ id }) => id === room_id)!;
      for (const axis of [0, 1, 2] as const) {
        expect(position![axis]).toBeGreaterThan(bounds.min[axis]);
        expect(position![axis]).toBeLessThan(bounds.max[axis]);
      }
    }
  });

  it('opens the next room of a category when all are full, and moves nobody', async () => {
    const texts = numbered(300).map(({ content, timestamp }) => ({ content, timestamp }));
    for (let i = 0; i < 300; i += 100) await send(texts.slice(i, i + 100));
    const [palace] = await palaces();
    const full = (await rooms(palace!.id)).rooms.filter(({ memories: held }) => held > 0);
    expect(full.map(({ memories: held }) => held).reduce((sum, held) => sum + held, 0)).toBe(300);
    for (const { memories: held, capacity } of full) expect(held).toBeLessThanOrEqual(capacity);
    const [theme] = full.map((room) => room.theme);
    expect(full.filter((room) => room.theme === theme).map(({ id }) => id)).toEqual([`${theme}-1`, `${theme}-2`]);
  });

  it('is counted', async () => {
    await send(HISTORY.slice());
    await app.send('PATCH', at('/memories/h0'), { pinned: true });
    const [palace] = await palaces();
    const { body } = await app.get<PalaceAnalytics>(at(`/palaces/${palace!.id}/analytics`));
    expect(body).toMatchObject({ memories: 6, pinned: 1, due: 5, superseded: 0, duplicates: 0 });
    expect(body.strengths.reduce((sum, n) => sum + n, 0)).toBe(6);
    expect(Object.values(body.categories).reduce((sum, n) => sum + n, 0)).toBe(6);
    expect(body.mean_strength).toBeGreaterThan(0);
  });

  it('is not found where there is none', async () => {
    await send([HISTORY[0]]);
    for (const path of ['/palaces/x/rooms', '/palaces/x/analytics']) expect((await app.get(at(path))).status).toBe(404);
    expect((await app.get('/users/nobody/palaces')).status).toBe(404);
    const reply = await app.post(at('/palaces'), { name: '', layout: 'cave' });
    expect(reply.body.errors!.map(({ pointer }) => pointer)).toEqual(['/name', '/layout']);
  });
});

it('keeps every place and every strength when the object is evicted', async () => {
  await send(HISTORY.slice());
  await app.post(at('/memories/h1/reinforce'), { rating: 'easy' });
  const before = [still(await memories()), await palaces(), (await everywhere()).total];
  await evict(owner);
  expect([still(await memories()), await palaces(), (await everywhere()).total]).toEqual(before);
  await send(numbered(3));
  expect((await everywhere()).total).toBe(HISTORY.length + 3);
});

it('wakes up to where everything stands, also after changes since it was saved, and when what was saved is broken', async () => {
  for (let i = 0; i < 300; i += 100) await send(numbered(100, i));
  await vi.waitFor(async () => expect(await count(owner, 'palace_snapshot')).toBeGreaterThan(0), { timeout: 5_000 });
  const garden = (await app.post<PalaceView>(at('/palaces'), { name: 'Garden', layout: 'garden' })).body;
  await app.post(at('/memories?wait=true'), { content: 'Among the roses.', palace_id: garden.id });
  await send(HISTORY.slice(0, 3));
  await app.delete(at('/memories/h1'));
  const [first] = (await everywhere()).items;
  await app.send('PATCH', at(`/memories/${first!.id}`), { category: first!.category === 'work' ? 'home' : 'work' });
  const sight = async () => {
    const { items, total } = await everywhere();
    return [items.map(({ id, position }) => ({ id, position })), total, (await everywhere(garden.id)).total];
  };
  const before = await sight();
  expect(before.slice(1)).toEqual([302, 1]);
  await evict(owner);
  expect(await sight()).toEqual(before);

  await runInDurableObject(objectOf(owner), (_object, { storage }) => {
    storage.sql.exec("UPDATE palace_snapshot SET part = x'00ff'");
  });
  await evict(owner);
  const noise = vi.spyOn(console, 'error').mockImplementation(() => {});
  expect(await sight()).toEqual(before);
  noise.mockRestore();
});

it('rolls back with the transaction that fails, and places the memories then', async () => {
  await send([HISTORY[0]]);
  const noise = vi.spyOn(console, 'error').mockImplementation(() => {});
  await runInDurableObject(objectOf(owner), (object) => {
    const { stores } = object as unknown as { stores: { tasks: { advance(): void } } };
    vi.spyOn(stores.tasks, 'advance').mockImplementationOnce(() => {
      throw new Error('disk full');
    });
  });
  await app.post('/messages', { user_id: owner.userId, messages: HISTORY.slice(1) });
  await settled(app, owner.userId);
  noise.mockRestore();
  const [palace] = await palaces();
  expect(palace!.memories).toBe(HISTORY.length);
  const held = (await rooms(palace!.id)).rooms.map((room) => room.memories);
  await evict(owner);
  expect((await rooms(palace!.id)).rooms.map((room) => room.memories)).toEqual(held);
  expect((await everywhere()).total).toBe(HISTORY.length);
});

it('comes back from Postgres as it was: palaces, rooms, places, strength and links', async () => {
  await send(HISTORY.slice());
  const garden = (await app.post<PalaceView>(at('/palaces'), { name: 'Garden', layout: 'garden' })).body;
  const note = (content: string) =>
    app.post<MemoryView>(at('/memories?wait=true'), { content, palace_id: garden.id, category: 'home' });
  const [old, now] = [(await note('The fountain is broken again.')).body, (await note('The fountain runs.')).body];
  await note('The fountain, it runs: again and again.');
  await app.send('PATCH', at(`/memories/${old.id}`), { superseded_by: now.id, salience: 0.9 });
  await app.send('PATCH', at('/memories/h2'), { pinned: true });
  await app.post(at('/memories/h1/reinforce'), { rating: 'hard' });
  const before = [still(await memories()), await palaces()];
  await sync(owner);
  await wipe(owner);
  model.texts.length = 0;
  expect([still(await memories()), await palaces()]).toEqual(before);
  expect(await app.get(at(`/memories/${old.id}`))).toMatchObject({ body: { superseded_by: now.id } });
  expect((await everywhere()).total).toBe(HISTORY.length);
  expect(model.texts.filter((text) => text.includes('fountain'))).toEqual([]);
});

it('places what the rule of the step before had placed', async () => {
  // an object as the release before left it: rows without a room
  await runInDurableObject(objectOf(owner), (_object, { storage }) => {
    const before = USER_MEMORY_MIGRATIONS.findIndex(({ id }) => id === '003_palace');
    migrate(storage, USER_MEMORY_MIGRATIONS.slice(0, before));
    const { sql } = storage;
    sql.exec("INSERT INTO meta (key, value) VALUES ('owner', ?), ('restored', '1')", JSON.stringify(owner));
    const vector = new Int8Array(64).fill(3);
    for (let row = 1; row <= 250; row++) {
      sql.exec(
        `INSERT INTO message (row, id, natural_key, conversation_id, role, content, sent_at, accepted_at)
         VALUES (?, ?, ?, 'c', 'user', ?, 1000, 1000)`,
        ...[row, `id${row}`, `key${row}`, `My sister told us the story number ${row}.`],
      );
      vector[row % 64] = 100;
      sql.exec(
        'INSERT INTO memory (row, x, y, z, model, scale, vector) VALUES (?, 45, -45, 45, ?, 0.004, ?)',
        ...[row, TEST_MODEL, vector.slice().buffer],
      );
    }
  });
  await evict(owner);
  await vi.waitFor(async () => expect((await palaces())[0]!.memories).toBe(250), { timeout: 10_000 });
  const { total, items } = await everywhere();
  expect(total).toBe(250);
  expect(items.every(({ room_id, position }) => room_id !== null && position!.join() !== '45,-45,45')).toBe(true);
});

it('makes a memory wait while the model that tells its category is away, and loses nothing', async () => {
  model.away = true;
  await app.post('/messages', { user_id: owner.userId, messages: HISTORY });
  expect((await everywhere()).total).toBe(0);
  model.away = false;
  await evict(owner);
  await vi.waitFor(
    async () => {
      await send([]).catch(() => {});
      expect((await everywhere()).total).toBe(HISTORY.length);
    },
    { timeout: 20_000 },
  );
});
