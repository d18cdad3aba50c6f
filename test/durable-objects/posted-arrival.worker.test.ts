import { abortAllDurableObjects, runInDurableObject } from 'cloudflare:test';
import { afterEach, beforeAll, beforeEach, expect, it, vi } from 'vitest';
import type { Accepted, Message, Task } from '../../src/messages/contract.ts';
import { MAX_MESSAGES } from '../../src/messages/ingest.ts';
import type { ErasureReceipt } from '../../src/person/erasure/contract.ts';
import { pacer } from '../../src/tasks/isolate-pacer.ts';
import { type Client, newClient } from '../helpers/client.ts';
import { type TestEmbedder, useTestEmbedder } from '../helpers/embedder.ts';
import { count, holdQueue, inPostgres, objectOf, settled, statusOf, sync } from '../helpers/person.ts';
import { acceptedBy, keepBusy, numbersOf, say, talkTo } from '../helpers/talk.ts';

let app: Client;
let model: TestEmbedder;
let owner: { tenantId: string; userId: string };
let open: WebSocket[] = [];
beforeAll(async () => {
  model = useTestEmbedder();
  holdQueue();
  app = await newClient({ scopes: ['ingest', 'read', 'profile', 'admin'] });
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
const textOf = (name: string) => `Note ${name}: the tide was low.`;
const post = async (name: string, headers: Record<string, string> = {}) =>
  (await app.post<Accepted>('/message', { user_id: owner.userId, message_id: name, content: textOf(name) }, headers))
    .body;
async function postAll(...names: string[]): Promise<Accepted[]> {
  const answers: Accepted[] = [];
  for (const name of names) answers.push(await post(name));
  return answers;
}
const busy = (delayMs = 600) => keepBusy(model, post, delayMs);
const taskOf = async ({ task_id }: Accepted) => (await app.get<Task>(`/tasks/${task_id}`)).body;
const stored = (sql: string) =>
  runInDurableObject(objectOf(owner), (_object, state) => state.storage.sql.exec(sql).toArray());
/** How many are messages, and how many have only arrived. */
const counts = async () => [await count(owner, 'message'), await count(owner, 'arrival')];
const UNCOVERED =
  'SELECT row FROM message WHERE row NOT IN (SELECT row FROM message, outbox WHERE row BETWEEN first_row AND last_row)';

it('writes of what is posted before work on the message before it begins one row, to a table without an index', async () => {
  await busy();
  await postAll('a', 'b', 'c');
  expect(await counts()).toEqual([3, 2]);
  await settled(app, owner.userId);
  expect(await counts()).toEqual([5, 0]);
});

it('answers each as if it had been stored alone, with a task that is its own and ends', async () => {
  await busy();
  const answers = await postAll('a', 'b', 'c');
  for (const answer of answers) {
    expect(answer).toMatchObject({ status: 'processing', accepted: 1, duplicates: 0 });
    expect(answer.status_endpoint).toBe(`/api/v1/tasks/${answer.task_id}`);
  }
  expect(new Set(answers.map(({ task_id }) => task_id)).size).toBe(3);
  for (const answer of answers) expect(await taskOf(answer)).toMatchObject({ status: 'pending', total: 1, done: 0 });
  await settled(app, owner.userId);
  for (const answer of answers) expect(await taskOf(answer)).toMatchObject({ status: 'completed', total: 1, done: 1 });
  expect(await count(owner, 'memory')).toBe(5);
});

it('lists them as their clients sent them, and by the id that was answered', async () => {
  await busy();
  const [a, b] = await postAll('a', 'b');
  const { body } = await app.get<{ items: Message[] }>(`/users/${owner.userId}/messages?order=asc`);
  expect(body.items.slice(-2).map(({ id, message_id, content }) => [id, message_id, content])).toEqual([
    [a!.message_ids[0], 'a', textOf('a')],
    [b!.message_ids[0], 'b', textOf('b')],
  ]);
});

it('lets one be cancelled without the others', async () => {
  await busy();
  const [a, b, c] = await postAll('a', 'b', 'c');
  expect((await app.post<Task>(`/tasks/${b!.task_id}/cancel`)).status).toBeLessThan(300);
  await expect.poll(async () => (await taskOf(c!)).status, { timeout: 10_000 }).toBe('completed');
  expect([(await taskOf(a!)).status, (await taskOf(b!)).status]).toEqual(['completed', 'cancelled']);
  expect(await count(owner, 'memory')).toBe(4);
});

it('waits for the end of one where that is asked for', async () => {
  await busy();
  await post('a');
  const [answer] = await Promise.all([
    app.post<Accepted>('/message?wait=true', { user_id: owner.userId, content: 'Waited for.' }),
    post('c'),
  ]);
  expect(answer.body).toMatchObject({ status: 'completed', task: { status: 'completed', total: 1, done: 1 } });
});

it('tells sockets of each, with numbers without a hole that stay theirs', async () => {
  const listener = await connect();
  const since = (await statusOf(app, owner.userId)).sequence;
  await busy();
  const answers = await postAll('a', 'b', 'c');
  await settled(app, owner.userId);
  const { sequence } = await statusOf(app, owner.userId);
  await expect.poll(() => numbersOf(listener.events()).at(-1)).toBe(sequence);
  expect(numbersOf(listener.events())).toEqual(listener.events().map((_, i) => since + 1 + i));
  const told = acceptedBy(listener)
    .slice(1)
    .map((event) => 'message_ids' in event && event.message_ids);
  expect(told).toEqual(answers.map(({ message_ids }) => message_ids));
  const late = await connect(`?since=${since}`);
  await expect.poll(() => late.events()).toEqual(listener.events());
});

it.each([
  ['arrive', () => busy()],
  ['be stored', () => settled(app, owner.userId)],
])('tells sockets nothing of one that could not %s, whose number the next one gets', async (_what, before) => {
  const listener = await connect();
  await before();
  await stored(`CREATE TRIGGER full BEFORE INSERT ON idempotency BEGIN SELECT RAISE(ABORT, 'disk full'); END`);
  const noise = vi.spyOn(console, 'error').mockImplementation(() => {});
  expect(await post('lost', { 'idempotency-key': 'k' })).toMatchObject({ status: 500 });
  noise.mockRestore();
  await stored('DROP TRIGGER full');
  const kept = await post('kept');
  await settled(app, owner.userId);
  const { sequence } = await statusOf(app, owner.userId);
  await expect.poll(() => numbersOf(listener.events()).at(-1)).toBe(sequence);
  const numbers = numbersOf(listener.events());
  expect(numbers).toEqual(numbers.map((_, i) => numbers[0]! + i));
  expect(acceptedBy(listener).at(-1)).toMatchObject({ message_ids: kept.message_ids });
});

it('stores what is posted again once, with the same id', async () => {
  await busy();
  const [a, b, again] = await postAll('a', 'b', 'b');
  expect(again).toMatchObject({ accepted: 0, duplicates: 1, status: 'completed', message_ids: b!.message_ids });
  await postAll('c', 'd');
  expect((await post('a')).message_ids).toEqual(a!.message_ids);
  await settled(app, owner.userId);
  expect((await statusOf(app, owner.userId)).messages).toBe(6);
});

it('answers the same to the same request under the same key, and refuses another', async () => {
  await busy();
  await post('a');
  const key = { 'idempotency-key': 'k' };
  const first = await post('b', key);
  expect(await counts()).toEqual([3, 1]);
  expect(await post('b', key)).toEqual(first);
  expect(await post('c', key)).toMatchObject({ status: 409 });
});

it('loses nothing when the object ends before any of it was written out', async () => {
  await busy();
  const answers = await postAll('a', 'b', 'c');
  await abortAllDurableObjects();
  model.delayMs = 10_000; // what is seen next was there, and not worked on since
  for (const answer of answers) expect(await taskOf(answer)).toMatchObject({ total: 1, done: 0 });
  expect(await counts()).toEqual([5, 0]);
  expect(await stored(UNCOVERED)).toEqual([]);
  model.delayMs = 0;
});

it('goes on by itself with what had arrived when the object ended', async () => {
  await busy();
  await postAll('a', 'b', 'c');
  await abortAllDurableObjects();
  model.delayMs = 0;
  await post('d');
  await settled(app, owner.userId);
  expect(await count(owner, 'memory')).toBe(6);
});

it('brings each to Postgres, as of the request that posted the first', async () => {
  await busy();
  await post('a');
  await post('b', { 'x-request-id': 'req-of-b' });
  await post('c', { 'x-request-id': 'req-of-c' });
  await taskOf(await post('c'));
  const stretches = await stored(
    `SELECT last_row - first_row + 1 AS n, request_id FROM outbox WHERE request_id = 'req-of-b'`,
  );
  expect(stretches).toEqual([{ n: 2, request_id: 'req-of-b' }]);
  await settled(app, owner.userId);
  await sync(owner);
  const kept = await inPostgres(owner);
  expect(kept.map(({ content }) => content).filter((text) => text.includes('tide'))).toHaveLength(4);
});

it('does not join a task that is shared by what was said, nor is joined by what is said later', async () => {
  const talk = await connect();
  await busy();
  const first = await post('0');
  const [said, joined] = await say(talk, 'a', 'b');
  const posted = await post('c');
  const [later] = await say(talk, 'd');
  const afterwards = await post('e');
  expect(joined!.task_id).toBe(said!.task_id);
  expect(new Set([first, said, posted, later, afterwards].map((answer) => answer!.task_id)).size).toBe(5);
  await settled(app, owner.userId);
  expect(await taskOf(first)).toMatchObject({ total: 1, done: 1 });
  expect(await taskOf(posted)).toMatchObject({ status: 'completed', total: 1, done: 1 });
  expect((await app.get<Task>(`/tasks/${said!.task_id}`)).body).toMatchObject({ total: 2, done: 2 });
  expect(await count(owner, 'memory')).toBe(8);
});

it('is stored in full where several are posted together', async () => {
  await busy();
  await post('a');
  const messages = [{ content: 'One of two.' }, { content: 'Two of two.' }];
  await app.post<Accepted>('/messages', { user_id: owner.userId, messages });
  expect(await counts()).toEqual([5, 0]);
});

it('writes no more than so many that way', async () => {
  await busy(20_000);
  const names = Array.from({ length: 257 }, (_, i) => `n${i}`);
  await postAll(...names.slice(0, 256));
  expect(await counts()).toEqual([3, 255]);
  await post(names[256]!);
  expect(await counts()).toEqual([259, 0]);
  model.delayMs = 0;
});

it('is refused where a person holds as many as they may', async () => {
  await stored(`WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${MAX_MESSAGES - 4})
    INSERT INTO message (id, natural_key, conversation_id, role, content, sent_at, accepted_at)
    SELECT 'i' || i, 'k' || i, 'old', 'user', 'old', 1, 1 FROM n`);
  await abortAllDurableObjects();
  await busy();
  await postAll('a', 'b');
  expect(await count(owner, 'arrival')).toBe(1);
  expect(await post('c')).toMatchObject({ status: 409 });
  expect(await counts()).toEqual([MAX_MESSAGES, 0]); // what has arrived is stored before it is asked whether `c` is new
  expect(await post('a')).toMatchObject({ accepted: 0, duplicates: 1 });
});

it('is stored by a release that knows nothing of it, as soon as that has worked on the task before it', async () => {
  await busy();
  const [a, b, c] = await postAll('a', 'b', 'c');
  model.delayMs = 20_000;
  await runInDurableObject(objectOf(owner), (_object, state) => state.storage.deleteAlarm()); // nobody else seals
  await abortAllDurableObjects();
  await stored(`UPDATE task SET next_row = first_row + 1, done = 1, state = 'completed', finished_at = 1
                WHERE seq = (SELECT MAX(seq) FROM task)`);
  const tasks = await stored(
    'SELECT id, state, total, last_row - first_row AS more FROM task ORDER BY seq DESC LIMIT 3',
  );
  const ulids = [a!, b!, c!].map(({ task_id }) => task_id.split('_')[1]);
  expect(tasks.reverse()).toEqual(
    ulids.map((id, i) => ({ id, state: i === 0 ? 'completed' : 'pending', total: 1, more: 0 })),
  );
  expect(await stored(UNCOVERED)).toEqual([]);
  model.delayMs = 0;
});

it('stores what a release before it left as arrived: as messages of the task that is named by number', async () => {
  await busy(2_000);
  const a = await post('a');
  await stored(`INSERT INTO arrival (id, natural_key, conversation_id, role, content, sent_at, accepted_at, task, task_name, event)
    SELECT 'left', 'left', 'main', 'user', 'Left behind.', 1, 1, (SELECT MAX(seq) FROM task), '${a.task_id}',
      (SELECT MAX(seq) + 1 FROM event)`);
  await abortAllDurableObjects();
  expect(await taskOf(a)).toMatchObject({ total: 2 });
  model.delayMs = 0;
});

it('is counted in the receipt of an erasure, with its task and its event, as if it had been stored', async () => {
  await busy(3_000);
  await postAll('a', 'b', 'c', 'd');
  expect(await counts()).toEqual([3, 3]); // the first of the four begins a task: it is stored at once
  const { removed } = (await app.send<ErasureReceipt>('DELETE', `/users/${owner.userId}`)).body;
  expect(removed).toMatchObject({ messages: 6, tasks: 6 });
  model.delayMs = 0;
});

it('sets in a crowd only the alarm that guards the work, which is half a minute away', async () => {
  await busy(0);
  await settled(app, owner.userId);
  await runInDurableObject(objectOf(owner), (_object, state) => state.storage.deleteAlarm());
  await abortAllDurableObjects();
  for (let i = 0; i < 500; i++) pacer.accepted(Date.now());
  model.delayMs = 2_000;
  const start = Date.now();
  await post('a');
  const alarm = await runInDurableObject(objectOf(owner), (_object, state) => state.storage.getAlarm());
  expect(alarm! - start).toBeGreaterThanOrEqual(30_000);
  model.delayMs = 0;
});
