import { runInDurableObject } from 'cloudflare:test';
import { env, exports } from 'cloudflare:workers';
import { afterEach, beforeAll, beforeEach, expect, it, vi } from 'vitest';
import { KEY_FRESH_MS, REFRESH_AFTER_MS } from '../../src/auth/key-lookup.ts';
import type { Acknowledgement, Hello, LiveEvent, SocketError } from '../../src/live/contract.ts';
import { MAX_SOCKETS } from '../../src/live/resume.ts';
import type { Accepted } from '../../src/messages/contract.ts';
import { type Client, newClient } from '../helpers/client.ts';
import { useTestEmbedder } from '../helpers/embedder.ts';
import { evict, holdQueue, objectOf, ring, settled, statusOf } from '../helpers/person.ts';
import { HISTORY, numbered } from '../helpers/seed.ts';

let app: Client;
let owner: { tenantId: string; userId: string };
let open: WebSocket[] = [];
beforeAll(async () => {
  useTestEmbedder();
  holdQueue();
  app = await newClient();
});
beforeEach(async () => {
  owner = { tenantId: app.tenantId, userId: crypto.randomUUID() };
  await app.post('/message?wait=true', { user_id: owner.userId, content: 'The first entry.' });
});
afterEach(() => {
  for (const socket of open) socket.close();
  open = [];
});

const upgrade = (query = '', authorization: string | null = app.authorization) =>
  exports.default.fetch(`https://api.test/api/v1/ws/user/${owner.userId}${query}`, {
    headers: { ...(authorization === null ? {} : { authorization }), upgrade: 'websocket' },
  });

/** A socket and everything it hears. */
async function connect(query = '', authorization?: string | null) {
  const response = await upgrade(query, authorization);
  expect(response.status).toBe(101);
  const socket = response.webSocket!;
  const heard: (Hello | LiveEvent)[] = [];
  const texts: string[] = [];
  socket.addEventListener('message', ({ data }) => {
    texts.push(String(data));
    if (String(data).startsWith('{')) heard.push(JSON.parse(String(data)));
  });
  socket.accept();
  open.push(socket);
  const hears = (type: string) => vi.waitFor(() => expect(heard.map((event) => event.type)).toContain(type));
  await hears('hello');
  const sequences = () => heard.flatMap((event) => (event.type === 'hello' ? [] : [event.sequence]));
  return { socket, heard, texts, hears, sequences };
}
const send = (messages: object[]) => app.post<Accepted>('/messages?wait=true', { user_id: owner.userId, messages });
const sequence = async () => (await statusOf(app, owner.userId)).sequence;

it('tells what happens to a message, in order and without its text', async () => {
  const { heard, texts, hears } = await connect();
  const sent = await send([HISTORY[0]]);
  await hears('task.completed');
  expect(heard.map((event) => event.type)).toEqual(['hello', 'message.accepted', 'memory.placed', 'task.completed']);
  const { message_ids, task_id } = sent.body;
  expect(heard[1]).toMatchObject({ message_ids, task_id });
  expect(heard[2]).toMatchObject({ message_ids });
  await app.delete(`/users/${owner.userId}/messages/h0`);
  await hears('message.deleted');
  expect(texts.join()).not.toContain('heron');
});

it('numbers events without a hole, and tells every socket the same', async () => {
  const [one, other] = [await connect(), await connect()];
  const from = await sequence();
  await send(numbered(40));
  const to = await sequence();
  await vi.waitFor(() => expect(one.sequences().at(-1)).toBe(to));
  expect(one.sequences()).toEqual(Array.from({ length: to - from }, (_, i) => from + 1 + i));
  expect(other.heard).toEqual(one.heard);
});

it('begins with what was missed since the number given', async () => {
  const since = await sequence();
  await send(HISTORY.slice());
  const { heard, sequences } = await connect(`?since=${since}`);
  const to = await sequence();
  await vi.waitFor(() => expect(sequences().at(-1)).toBe(to));
  expect(heard[0]).toEqual({ type: 'hello', sequence: to, resync: false });
  expect(sequences()[0]).toBe(since + 1);
});

it('tells who was away too long, or knows too much, to read anew', async () => {
  expect((await connect('?since=999999')).heard[0]).toMatchObject({ resync: true });
  await runInDurableObject(objectOf(owner), (_object, { storage }) => {
    for (let i = 0; i < 1_200; i++) storage.sql.exec(`INSERT INTO event (at, body) VALUES (0, '{"type":"test"}')`);
  });
  await ring(owner); // trims the log
  const { heard } = await connect('?since=3');
  expect(heard).toEqual([{ type: 'hello', sequence: expect.any(Number), resync: true }]);
  const near = await connect(`?since=${(await sequence()) - 900}`);
  await vi.waitFor(() => expect(near.heard).toHaveLength(901));
});

it('outlives the object: a sleeping socket is told of what comes after', async () => {
  const { heard, hears } = await connect();
  const before = await sequence();
  await evict(owner, 'hibernate');
  await send([HISTORY[1]]);
  await hears('task.completed');
  expect(heard[1]).toMatchObject({ type: 'message.accepted', sequence: before + 1 });
});

it.each([
  [undefined, 1005],
  [1000, 1000],
  [4001, 4001],
])('answers the end of a socket, said with code %s', async (code, heard) => {
  const { socket } = await connect();
  const ended = new Promise<CloseEvent>((resolve) => socket.addEventListener('close', resolve));
  socket.close(code);
  expect((await ended).code).toBe(heard);
});

it('answers a ping without waking the object', async () => {
  const { socket, texts } = await connect();
  await evict(owner, 'hibernate');
  socket.send('ping');
  await vi.waitFor(() => expect(texts).toContain('pong'));
});

it('is not upset by what a client says', async () => {
  const { socket, hears } = await connect();
  for (const said of ['', '{', '\u0000', 'x'.repeat(100_000)]) socket.send(said);
  socket.send(new Uint8Array([1, 2, 3]));
  await send([HISTORY[2]]);
  await hears('task.completed');
});

it('answers the closing of a socket, and forgets it', async () => {
  const { socket } = await connect();
  const closed = new Promise<number>((resolve) => socket.addEventListener('close', ({ code }) => resolve(code)));
  socket.close(4001, 'enough');
  expect(await closed).toBe(4001);
  await runInDurableObject(objectOf(owner), async (_object, state) => {
    await vi.waitFor(() => expect(state.getWebSockets()).toHaveLength(0));
  });
});

it('admits a bounded number of sockets, and others again once one has left', async () => {
  const sockets = [];
  for (let i = 0; i < MAX_SOCKETS; i++) sockets.push(await connect());
  const refused = await upgrade();
  expect([refused.status, refused.headers.get('retry-after')]).toEqual([429, '10']);
  sockets[0]!.socket.close();
  await vi.waitFor(async () => expect((await connect()).heard).toHaveLength(1));
});

it('admits no more of them when they come together', async () => {
  const answers = await Promise.all(Array.from({ length: MAX_SOCKETS + 4 }, () => upgrade()));
  const admitted = answers.flatMap(({ webSocket }) => webSocket ?? []);
  for (const socket of admitted) socket.accept();
  open.push(...admitted);
  expect(admitted).toHaveLength(MAX_SOCKETS);
  const refused = answers.filter(({ webSocket }) => !webSocket);
  const seen = refused.map(({ status, headers }) => [status, headers.get('retry-after'), headers.get('content-type')]);
  expect(seen).toEqual(Array(4).fill([429, '10', 'application/problem+json']));
});

it('refuses what is no upgrade, and a number that is none', async () => {
  const path = `/ws/user/${owner.userId}`;
  expect((await app.get(path)).body.errors).toMatchObject([{ in: 'header', pointer: '/upgrade' }]);
  for (const since of ['-1', 'x', '1.5', '1e400', '']) {
    const status = (await upgrade(`?since=${since}`)).status;
    expect([since, status]).toEqual([since, since === '' ? 101 : 400]);
  }
  expect((await app.get('/ws/user/nobody', { upgrade: 'websocket' })).status).toBe(404);
  await settled(app, owner.userId);
});

/** Says something over a socket, and waits for the answer that is for this socket alone. */
async function asked({ socket, heard }: Awaited<ReturnType<typeof connect>>, said: object) {
  const before = heard.length;
  socket.send(JSON.stringify(said));
  const answers = () =>
    (heard.slice(before) as { type: string }[]).filter(({ type }) => type === 'ack' || type === 'error');
  await vi.waitFor(() => expect(answers()).toHaveLength(1));
  return answers()[0] as Acknowledgement | SocketError;
}
const message = (id: string, more: object = {}) => ({
  type: 'message',
  message_id: id,
  content: 'The tide was low.',
  ...more,
});
const storedNames = async () => {
  const { body } = await app.get<{ items: { message_id: string }[] }>(`/users/${owner.userId}/messages`);
  return body.items.map((item) => item.message_id);
};

it('stores a message that is said over it, and answers as POST /message does', async () => {
  const talk = await connect();
  const ack = await asked(talk, message('m1', { conversation_id: 'c', timestamp: '2026-01-02T03:04:05Z' }));
  expect(ack).toMatchObject({ type: 'ack', message_id: 'm1', status: 'processing', duplicate: false });
  await talk.hears('task.completed');
  const { body } = await app.get(`/users/${owner.userId}/messages/m1`);
  expect(body).toMatchObject({ id: (ack as Acknowledgement).id, content: 'The tide was low.', conversation_id: 'c' });
});

it('stores a message that is said again only once', async () => {
  const talk = await connect();
  const first = (await asked(talk, message('m1'))) as Acknowledgement;
  const again = (await asked(talk, message('m1', { content: 'Other words.' }))) as Acknowledgement;
  expect([first.duplicate, again.duplicate, again.id]).toEqual([false, true, first.id]);
  expect((await storedNames()).filter((name) => name === 'm1')).toHaveLength(1);
});

it('wakes a sleeping object with a message', async () => {
  const talk = await connect();
  await evict(owner, 'hibernate');
  expect(await asked(talk, message('m1'))).toMatchObject({ type: 'ack', message_id: 'm1' });
});

it('says what is wrong with a message, and stores nothing of it', async () => {
  const talk = await connect();
  expect(await asked(talk, { type: 'message', content: 'Nameless.' })).toMatchObject({
    code: 'invalid_input',
    errors: [{ pointer: '/message_id' }],
  });
  expect(await asked(talk, message('m1', { content: 'x'.repeat(33_000), odd: 1 }))).toMatchObject({
    code: 'invalid_input',
    message_id: 'm1',
    errors: [{ pointer: '/content' }, { pointer: '/odd' }],
  });
  expect(await storedNames()).not.toContain('m1');
});

it.each([
  ['without the scope to write', { scopes: ['read'] }, 'forbidden'],
  ['that is over its rate', { ratePerMinute: 20 }, 'rate_limited'],
])('takes no message with a key %s', async (_why, changes, code) => {
  const other = await newClient({ tenantId: app.tenantId, ...changes });
  const talk = await connect('', other.authorization);
  let answer: Acknowledgement | SocketError;
  let tries = 0;
  do answer = await asked(talk, message(`m${tries}`));
  while (answer.type === 'ack' && ++tries < 5);
  expect(answer).toMatchObject({ type: 'error', code, message_id: `m${tries}` });
  expect(await storedNames()).not.toContain(`m${tries}`);
});

it('takes no message over a socket that a ticket opened', async () => {
  const { body } = await app.post<{ ticket: string }>(`/users/${owner.userId}/tickets`, {});
  const talk = await connect(`?ticket=${body.ticket}`, null);
  expect(await asked(talk, message('m1'))).toMatchObject({ type: 'error', code: 'forbidden', message_id: 'm1' });
});

it('takes no message with a key that was revoked meanwhile', async () => {
  const admin = await newClient({ tenantId: app.tenantId, scopes: ['admin'] });
  const other = await newClient({ tenantId: app.tenantId });
  const talk = await connect('', other.authorization);
  expect(await asked(talk, message('m1'))).toMatchObject({ type: 'ack' });
  expect((await admin.delete(`/keys/${other.id}`)).status).toBe(204);
  expect(await asked(talk, message('m2'))).toMatchObject({ type: 'error', code: 'unauthenticated' });
});

it('stores what a crowd says though its key has grown old and nobody says anew whose it is, and asks for it now and then', async () => {
  const other = await newClient({ tenantId: app.tenantId });
  const talk = await connect('', other.authorization);
  await asked(talk, message('m0'));
  talk.texts.length = 0;
  const silence = vi.spyOn(globalThis, 'fetch').mockImplementation(() => new Promise(() => {})); // Postgres
  const kv = vi.spyOn(env.KV, 'get');
  const start = Date.now();
  const clock = vi.spyOn(Date, 'now');
  try {
    for (const age of [REFRESH_AFTER_MS, 52_000, KEY_FRESH_MS, KEY_FRESH_MS + 1_000]) {
      clock.mockReturnValue(start + age);
      const names = Array.from({ length: 50 }, (_, i) => `m${age}-${i}`);
      for (const name of names) talk.socket.send(JSON.stringify(message(name)));
      await vi.waitFor(() => expect(talk.texts.filter((text) => text.startsWith('{"type":"ack"'))).toHaveLength(50));
      talk.texts.length = 0;
    }
    const keys = kv.mock.calls.filter(([key]) => String(key).startsWith('key:'));
    expect(keys).toHaveLength(3); // after 45, 52 and 60 s
  } finally {
    clock.mockRestore();
    silence.mockRestore();
    kv.mockRestore();
  }
});
