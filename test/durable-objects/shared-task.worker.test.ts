import { abortAllDurableObjects, runInDurableObject } from 'cloudflare:test';
import { afterEach, beforeAll, beforeEach, expect, it, vi } from 'vitest';
import type { Accepted, Task } from '../../src/messages/contract.ts';
import { type Client, newClient } from '../helpers/client.ts';
import { type TestEmbedder, useTestEmbedder } from '../helpers/embedder.ts';
import { count, holdQueue, objectOf, ring, settled, statusOf } from '../helpers/person.ts';
import { acceptedBy, keepBusy, numbersOf, say, type Talk, talkTo } from '../helpers/talk.ts';

let app: Client;
let model: TestEmbedder;
let owner: { tenantId: string; userId: string };
let open: WebSocket[] = [];
beforeAll(async () => {
  model = useTestEmbedder();
  holdQueue();
  app = await newClient();
});
beforeEach(async () => {
  model.delayMs = 0;
  owner = { tenantId: app.tenantId, userId: crypto.randomUUID() };
  await app.post('/message?wait=true', { user_id: owner.userId, content: 'The first entry.' });
});
afterEach(() => {
  for (const socket of open) socket.close();
  open = [];
});

async function connect(query = '') {
  const talk = await talkTo(app, owner.userId, query);
  open.push(talk.socket);
  return talk;
}
/** Says messages of which the first one's task begins a call to the model, and the others wait meanwhile. */
async function saidWhileBusy(talk: Talk, ...names: string[]) {
  await busy(talk, 600);
  return say(talk, ...names);
}
const busy = (talk: Talk, delayMs: number) => keepBusy(model, (name) => say(talk, name), delayMs);
const taskOf = async ({ task_id }: { task_id: string }) => (await app.get<Task>(`/tasks/${task_id}`)).body;
const stored = (sql: string) =>
  runInDurableObject(objectOf(owner), (_object, state) => state.storage.sql.exec(sql).toArray());

it('gives messages that come while the object is busy one task, which ends when all of them are memories', async () => {
  const acks = await saidWhileBusy(await connect(), 'a', 'b', 'c');
  expect(new Set(acks.map(({ task_id }) => task_id)).size).toBe(1);
  expect(acks.map(({ message_id }) => message_id)).toEqual(['a', 'b', 'c']);
  await settled(app, owner.userId);
  expect(await taskOf(acks[0]!)).toMatchObject({ status: 'completed', total: 3, done: 3 });
  expect(await count(owner, 'memory')).toBe(5);
});

it('tells the others of each of them by itself, with numbers without a hole that stay theirs', async () => {
  const [talk, other] = [await connect(), await connect()];
  const since = (await statusOf(app, owner.userId)).sequence;
  const acks = await saidWhileBusy(talk, 'a', 'b', 'c');
  await settled(app, owner.userId);
  await vi.waitFor(async () =>
    expect(numbersOf(other.events()).at(-1)).toBe((await statusOf(app, owner.userId)).sequence),
  );
  expect(numbersOf(other.events())).toEqual(other.events().map((_, i) => since + 1 + i));
  const accepted = acceptedBy(other).slice(1);
  expect(accepted.map((event) => 'message_ids' in event && event.message_ids)).toEqual(acks.map(({ id }) => [id]));
  const late = await connect(`?since=${since}`);
  await vi.waitFor(() => expect(late.events()).toEqual(other.events()));
});

it('tells who says them by the answer alone, with the number that the others hear', async () => {
  const [talk, other] = [await connect(), await connect()];
  const acks = await saidWhileBusy(talk, 'a', 'b');
  await vi.waitFor(() => expect(acceptedBy(other)).toHaveLength(3));
  expect(acks.map(({ sequence }) => sequence)).toEqual(numbersOf(acceptedBy(other)).slice(1));
  expect(acceptedBy(talk)).toEqual([]);
  const [again] = await say(talk, 'a');
  expect(again).toMatchObject({ duplicate: true, sequence: null, id: acks[0]!.id });
});

it('says how large the task is while others may still join', async () => {
  const acks = await saidWhileBusy(await connect(), 'a', 'b');
  expect(await taskOf(acks[0]!)).toMatchObject({ status: 'pending', total: 2, done: 0 });
});

it('begins another task after somebody has asked for the first, or has stored messages another way', async () => {
  const talk = await connect();
  const [a] = await saidWhileBusy(talk, 'a', 'b');
  await taskOf(a!);
  const [c, d] = await say(talk, 'c', 'd');
  const posted = await app.post<Accepted>('/message', { user_id: owner.userId, content: 'Sent by POST.' });
  const [e] = await say(talk, 'e');
  expect(d!.task_id).toBe(c!.task_id);
  expect(new Set([a, c, posted.body, e].map((answer) => answer!.task_id)).size).toBe(4);
  await settled(app, owner.userId);
  for (const answer of [a!, c!]) expect(await taskOf(answer)).toMatchObject({ status: 'completed', total: 2, done: 2 });
});

it('stores what is said again once, and counts it once', async () => {
  const talk = await connect();
  const [a, again, b] = await saidWhileBusy(talk, 'a', 'a', 'b');
  expect([a!.duplicate, again!.duplicate, again!.id]).toEqual([false, true, a!.id]);
  await settled(app, owner.userId);
  expect((await statusOf(app, owner.userId)).messages).toBe(4);
  expect(await taskOf(b!)).toMatchObject({ status: 'completed', total: 1 });
});

it('forgets a message that is deleted while it waits', async () => {
  const acks = await saidWhileBusy(await connect(), 'a', 'b', 'c');
  await app.delete(`/users/${owner.userId}/messages/b`);
  await settled(app, owner.userId);
  expect(await taskOf(acks[0]!)).toMatchObject({ status: 'completed' });
  expect(await count(owner, 'memory')).toBe(4);
});

it('loses nothing when the object ends before any of it was written out', async () => {
  const talk = await connect();
  const since = (await statusOf(app, owner.userId)).sequence;
  const acks = await saidWhileBusy(talk, 'a', 'b', 'c');
  await abortAllDurableObjects();
  model.delayMs = 10_000; // what is seen next was there, and not worked on since
  const heard = acks.map(({ sequence, id }) => [sequence, id]);
  const late = await connect(`?since=${since}`);
  const told = () => acceptedBy(late).map((event) => [event.sequence, 'message_ids' in event && event.message_ids[0]]);
  await vi.waitFor(() => expect(told()).toEqual(expect.arrayContaining(heard)));
  expect(told().slice(1)).toEqual(heard); // the first is the one that kept the model busy
  expect(await taskOf(acks[0]!)).toMatchObject({ total: 3 });
  const rows = await stored(
    'SELECT row FROM message WHERE row NOT IN (SELECT row FROM message, outbox WHERE row BETWEEN first_row AND last_row)',
  );
  expect(rows).toEqual([]);
});

it('writes of each but the first one row, to a table without an index', async () => {
  await saidWhileBusy(await connect(), 'a', 'b', 'c');
  expect([await count(owner, 'message'), await count(owner, 'arrival')]).toEqual([3, 2]);
  await settled(app, owner.userId);
  expect([await count(owner, 'message'), await count(owner, 'arrival')]).toEqual([5, 0]);
});

it('stays one row of that table when an alarm rings meanwhile, but not for ever', async () => {
  const talk = await connect();
  await busy(talk, 1_500);
  await ring(owner);
  await say(talk, 'a', 'b', 'c');
  await ring(owner);
  expect(await count(owner, 'arrival')).toBe(2);
  const later = Date.now() + 151_000;
  const clock = vi.spyOn(Date, 'now').mockImplementation(() => later);
  await ring(owner);
  clock.mockRestore();
  expect(await count(owner, 'arrival')).toBe(0);
  await settled(app, owner.userId); // else the next test would take a call of this one for its own
});

it('keeps what cannot be stored together yet, all of it, and stores it later', async () => {
  const noise = vi.spyOn(console, 'error').mockImplementation(() => {});
  const acks = await saidWhileBusy(await connect(), 'a', 'b', 'c');
  const last = acks.at(-1)!.id;
  await stored(
    `CREATE TRIGGER full BEFORE INSERT ON message WHEN NEW.id = '${last}' BEGIN SELECT RAISE(ABORT, 'full'); END`,
  );
  expect((await app.get(`/tasks/${acks[0]!.task_id}`)).status).toBe(500);
  expect([await count(owner, 'message'), await count(owner, 'arrival')]).toEqual([3, 2]);
  await stored('DROP TRIGGER full');
  expect(await taskOf(acks[0]!)).toMatchObject({ total: 3 });
  expect([await count(owner, 'message'), await count(owner, 'arrival')]).toEqual([5, 0]);
  noise.mockRestore();
});

it('is stored by a release that knows nothing of it, as soon as that has worked on the task', async () => {
  const talk = await connect();
  const acks = await saidWhileBusy(talk, 'a', 'b', 'c');
  const heard = acks.map(({ sequence }) => sequence);
  model.delayMs = 20_000;
  await runInDurableObject(objectOf(owner), (_object, state) => state.storage.deleteAlarm()); // nobody else seals
  await abortAllDurableObjects();
  const [task] = await stored('SELECT MAX(seq) AS seq FROM task');
  // as that release closes a task of which it sees one message
  await stored(
    `UPDATE task SET next_row = first_row + 1, done = 1, state = 'completed', finished_at = 1 WHERE seq = ${task!.seq}`,
  );
  const rows = await stored('SELECT row, id FROM message ORDER BY row DESC LIMIT 3');
  expect(rows.map(({ id }) => id).reverse()).toEqual(acks.map(({ id }) => id));
  expect(await stored(`SELECT state, total, last_row, finished_at FROM task WHERE seq = ${task!.seq}`)).toEqual([
    { state: 'pending', total: 3, last_row: rows[0]!.row, finished_at: null },
  ]);
  const uncovered = `SELECT row FROM message WHERE row NOT IN (SELECT row FROM message, outbox WHERE row BETWEEN first_row AND last_row)`;
  expect(await stored(uncovered)).toEqual([]);
  expect((await stored('SELECT seq FROM event')).map(({ seq }) => seq)).toEqual(expect.arrayContaining(heard));
});

it('shares no task with so many that it cannot be told what is theirs', async () => {
  const talk = await connect();
  const names = Array.from({ length: 300 }, (_, i) => `n${i}`);
  await busy(talk, 20_000);
  const acks = await say(talk, ...names);
  model.delayMs = 0;
  const sizes = new Map<string, number>();
  for (const { task_id } of acks) sizes.set(task_id, (sizes.get(task_id) ?? 0) + 1);
  expect([...sizes.values()]).toEqual([256, 44]);
});
