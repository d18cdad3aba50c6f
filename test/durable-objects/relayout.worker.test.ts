import { createExecutionContext, createMessageBatch, getQueueResult, runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { beforeAll, beforeEach, expect, it } from 'vitest';
import { withRelayouts } from '../../src/http/user-memory.ts';
import type { Task } from '../../src/messages/contract.ts';
import type { MemoryPage, MemoryView } from '../../src/palace/memories/contract.ts';
import type { RelayoutView } from '../../src/palace/relayout/contract.ts';
import type { PalaceView, Rooms } from '../../src/palace/rooms/contract.ts';
import { parseTaskId } from '../../src/shared/ids.ts';
import { consumeAny } from '../../src/tasks/bulk/consumer.ts';
import type { BulkMessage } from '../../src/tasks/messages.ts';
import { type Client, newClient } from '../helpers/client.ts';
import { useTestEmbedder } from '../helpers/embedder.ts';
import { evict, holdQueue, inPostgres, objectOf, settled, sync } from '../helpers/person.ts';
import { HISTORY, numbered } from '../helpers/seed.ts';

let app: Client;
let asked: BulkMessage[];
let owner: { tenantId: string; userId: string };
let path: string;
beforeAll(async () => {
  useTestEmbedder();
  holdQueue();
  app = await newClient();
});
beforeEach(async () => {
  asked = [];
  env.BULK = { send: async (message: BulkMessage) => void asked.push(message) } as unknown as Queue<BulkMessage>;
  env.GPU_ORIGIN_URL = '';
  owner = { tenantId: app.tenantId, userId: crypto.randomUUID() };
  await app.post('/messages', { user_id: owner.userId, messages: [...HISTORY, ...numbered(20)] });
  await settled(app, owner.userId);
  const palaces = await app.get<{ items: PalaceView[] }>(`/users/${owner.userId}/palaces`);
  path = `/users/${owner.userId}/palaces/${palaces.body.items[0]!.id}`;
});

const start = () => app.post<RelayoutView>(`${path}/relayout`);
const read = async () => (await app.get<RelayoutView>(`${path}/relayout`)).body;
const memories = async () =>
  (await app.get<MemoryPage>(`/users/${owner.userId}/memories?limit=100`)).body.items as MemoryView[];
const places = async () => new Map((await memories()).map(({ id, position, room_id }) => [id, { position, room_id }]));
/** What the queue would do. */
async function consume(): Promise<void> {
  const messages = asked.map((body, i) => ({ id: String(i), timestamp: new Date(), attempts: 1, body }));
  const batch = createMessageBatch('palimpsest-bulk', messages);
  await consumeAny(batch, env);
  expect((await getQueueResult(batch, createExecutionContext())).explicitAcks).toHaveLength(messages.length);
}
const events = () =>
  runInDurableObject(objectOf(owner), (_object, { storage }) =>
    storage.sql
      .exec<{ body: string }>('SELECT body FROM event ORDER BY seq')
      .toArray()
      .map(({ body }) => JSON.parse(body)),
  );

it('moves all memories within their wings, in one epoch, and Postgres hears of it', async () => {
  const before = await memories();
  const started = await start();
  expect([started.status, started.body]).toMatchObject([202, { status: 'pending', memories: 26, undo_until: null }]);
  await consume();

  expect(await read()).toMatchObject({ status: 'completed', progress: 1, moved: 26, ran_at: 'local' });
  const after = new Map((await memories()).map((memory) => [memory.id, memory]));
  const rooms = new Map((await app.get<Rooms>(`${path}/rooms`)).body.rooms.map((room) => [room.id, room]));
  for (const { id, category, position } of before) {
    const now = after.get(id)!;
    const room = rooms.get(now.room_id!)!;
    expect([id, now.category, room.theme]).toEqual([id, category, category]);
    expect(now.position).not.toEqual(position);
    expect(now.position!.every((x, i) => x > room.bounds.min[i]! && x < room.bounds.max[i]!)).toBe(true);
  }
  await sync(owner);
  const stored = new Map((await inPostgres(owner)).map(({ id, position }) => [id, position]));
  for (const [id, { position }] of after) expect(stored.get(id)).toEqual(position);
});

it('takes a layout back, but for what was moved since, once', async () => {
  const before = await places();
  await start();
  await consume();
  const [moved] = await memories();
  const category = moved!.category === 'people' ? 'work' : 'people';
  await app.send('PATCH', `/users/${owner.userId}/memories/${moved!.id}`, { category });
  const there = (await places()).get(moved!.id);

  expect((await app.post<RelayoutView>(`${path}/relayout/undo`)).status).toBe(200);
  await evict(owner);
  expect(await places()).toEqual(before.set(moved!.id, there!));
  expect((await app.post(`${path}/relayout/undo`)).body.code).toBe('conflict');
});

it('is one layout however often it is asked for, and twice computed once taken in', async () => {
  const [first, second] = [await start(), await start()];
  expect(second.body.task_id).toBe(first.body.task_id);
  await Promise.all([consume(), consume()]);
  expect(await read()).toMatchObject({ status: 'completed', moved: 26 });
});

it('is a task that can be read and cancelled, and moves nothing then', async () => {
  const before = await places();
  const { task_id } = (await start()).body;
  expect((await app.get<Task>(`/tasks/${task_id}`)).body).toMatchObject({ status: 'pending', total: 26, done: 0 });
  expect((await app.post<Task>(`/tasks/${task_id}/cancel`)).body.status).toBe('cancelled');
  await consume();
  expect(await places()).toEqual(before);
});

it('is not tried again once a newer one was asked for, which goes on and can be taken back', async () => {
  const first = (await start()).body.task_id;
  await app.post(`/tasks/${first}/cancel`);
  const second = (await start()).body.task_id;
  expect((await app.post(`/tasks/${first}/retry`)).status).toBe(409);
  expect((await app.get<Task>(`/tasks/${first}`)).body.status).toBe('cancelled');
  await consume();
  expect(await read()).toMatchObject({ task_id: second, status: 'completed' });
  expect((await app.post(`/tasks/${first}/retry`)).status).toBe(409);
  expect((await app.post(`${path}/relayout/undo`)).status).toBe(200);
});

it('shows that the origin is away, tries again, and gives up for all to see', async () => {
  env.GPU_ORIGIN_URL = 'http://127.0.0.1:9';
  env.GPU_ORIGIN_SECRET = 's'.repeat(32);
  const before = await places();
  const { task_id } = (await start()).body;
  await consume();
  expect(await read()).toMatchObject({ status: 'processing', error: expect.stringContaining('GPU origin') });
  await runInDurableObject(objectOf(owner), (_object, { storage }) =>
    storage.sql.exec('UPDATE relayout SET attempts = 8').toArray(),
  );
  await consume();
  expect(await read()).toMatchObject({ status: 'failed', error: expect.stringContaining('GPU origin') });
  expect(await places()).toEqual(before);

  env.GPU_ORIGIN_URL = '';
  asked = [];
  expect((await app.post<Task>(`/tasks/${task_id}/retry`)).body.status).toBe('pending');
});

it('moves all or nothing: what cannot be written leaves the palace as it was, and is begun again', async () => {
  const before = await places();
  await start();
  const write = (statement: string) =>
    runInDurableObject(objectOf(owner), (_object, { storage }) => void storage.sql.exec(statement));
  await write(
    "CREATE TRIGGER stop BEFORE UPDATE OF x ON memory WHEN NEW.row = 20 BEGIN SELECT RAISE(ABORT, 'no'); END",
  );
  await consume();
  expect(await read()).toMatchObject({ status: 'processing', moved: 0, error: expect.any(String) });
  expect(await places()).toEqual(before);
  await write('DROP TRIGGER stop');
  await consume();
  expect(await read()).toMatchObject({ status: 'completed', moved: 26, error: null });
});

it('tells the sockets how far it is and how it ended', async () => {
  const { task_id } = (await start()).body;
  const task = parseTaskId(task_id)!.id;
  await withRelayouts(env, owner, async (object) => {
    await object.begin(task);
    expect(await object.progress(task, 0.5)).toBe(true);
  });
  await consume();
  const told = (await events()).filter(({ type }) => type.startsWith('relayout.'));
  expect(told.map(({ type, progress, status }) => [type, progress ?? status])).toEqual(
    expect.arrayContaining([
      ['relayout.progress', 0.5],
      ['relayout.ended', 'completed'],
    ]),
  );
});

it('refuses a palace that holds too little', async () => {
  await runInDurableObject(objectOf(owner), (_object, { storage }) => {
    storage.sql.exec('DELETE FROM memory WHERE row > 3');
  });
  expect((await start()).body).toMatchObject({ code: 'conflict' });
});
