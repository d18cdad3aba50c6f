import { env } from 'cloudflare:workers';
import { beforeAll, beforeEach, expect, it, vi } from 'vitest';
import type { Accepted, Message } from '../../src/messages/contract.ts';
import type { SearchAnswer } from '../../src/palace/contract.ts';
import type { Page } from '../../src/shared/page.ts';
import { type Client, newClient } from '../helpers/client.ts';
import { type TestEmbedder, useTestEmbedder } from '../helpers/embedder.ts';
import { withoutPostgres } from '../helpers/outage.ts';
import {
  consumed,
  count,
  evict,
  holdQueue,
  inPostgres,
  settled,
  statusOf,
  sync,
  tablesOf,
  wipe,
} from '../helpers/person.ts';
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

const send = (messages: object[]) => app.post<Accepted>('/messages', { user_id: owner.userId, messages });
const page = (query = '') => app.get<Page<Message>>(`/users/${owner.userId}/messages?limit=100${query}`);
const search = async (query: string) =>
  (await app.post<SearchAnswer>(`/users/${owner.userId}/memories/search`, { query })).body;
const QUESTIONS = ['Where did Marta move?', 'heron', 'What is Bo allergic to?', 'the green bicycle'];
const answers = async () =>
  (await Promise.all(QUESTIONS.map(search))).map(({ results, models }) => ({ results, models }));

const everyId = async () => {
  const ids: string[] = [];
  for (let cursor: string | null = ''; cursor !== null; ) {
    const { items, next }: Page<Message> = (await page(cursor && `&cursor=${cursor}`)).body;
    ids.push(...items.map(({ id }) => id));
    cursor = next;
  }
  return ids;
};

/** A person of whom Postgres has `messages`, and whose object has lost everything. */
async function lost(messages: object[]) {
  for (let i = 0; i < messages.length; i += 500) await send(messages.slice(i, i + 500));
  await settled(app, owner.userId);
  await sync(owner);
  await wipe(owner);
  model.texts.length = 0;
}

it('answers the same questions the same after the object lost its data, and embeds nothing again', async () => {
  await send(HISTORY.slice());
  await settled(app, owner.userId);
  const before = [await answers(), (await page()).body];
  await sync(owner);
  await wipe(owner);
  model.texts.length = 0;
  expect([await answers(), (await page()).body]).toEqual(before);
  expect(model.texts.filter((text) => HISTORY.some(({ content }) => text.includes(content)))).toEqual([]);
  expect(await statusOf(app, owner.userId)).toMatchObject({ messages: HISTORY.length, pending: 0, outbox: 0 });
});

it('never repeats the event numbers of before the loss', async () => {
  await send(numbered(20));
  await settled(app, owner.userId);
  const before = (await statusOf(app, owner.userId)).sequence;
  await sync(owner);
  await wipe(owner);
  await statusOf(app, owner.userId); // takes everything back
  await send(numbered(1, 20));
  expect((await statusOf(app, owner.userId)).sequence).toBeGreaterThan(before);
});

it('takes back more than one page, each message once', async () => {
  await lost(numbered(1_200));
  await vi.waitFor(async () => expect((await statusOf(app, owner.userId)).messages).toBe(1_200), { timeout: 10_000 });
  expect(await count(owner, 'memory')).toBe(1_200);
  const ids = await everyId();
  expect([ids.length, new Set(ids).size]).toEqual([1_200, 1_200]);
});

it('takes new messages at once, and brings the old ones back beside them', async () => {
  await lost(numbered(700));
  const sent = await send([...numbered(3, 698), HISTORY[0]]); // two of them are in Postgres already
  expect(sent.status).toBe(202);
  await vi.waitFor(async () => expect((await statusOf(app, owner.userId)).messages).toBe(702), { timeout: 10_000 });
  await settled(app, owner.userId);
  await sync(owner);
  expect(await inPostgres(owner)).toHaveLength(702);
  expect((await page('&order=desc')).body.items[0]!.content).toBe(HISTORY[0].content);
});

it('brings the old messages back by itself, when nobody reads', async () => {
  await lost(HISTORY.slice());
  await send(numbered(1));
  await vi.waitFor(async () => expect(await count(owner, 'message')).toBe(HISTORY.length + 1), {
    timeout: 10_000,
    interval: 250,
  });
});

it('says that it cannot tell while Postgres is down, and tells once it is back', async () => {
  await lost(HISTORY.slice());
  await withoutPostgres(async () => {
    const reply = await page();
    expect([reply.status, (reply as { body: unknown }).body]).toEqual([
      503,
      expect.objectContaining({ code: 'unavailable' }),
    ]);
    expect(reply.headers.get('retry-after')).toBe('5');
    expect((await search('heron')) as unknown).toMatchObject({ status: 503 });
  });
  await evict(owner); // the object waits a while before it asks Postgres again
  expect((await page()).body.items).toHaveLength(HISTORY.length);
});

it('tells a refused connection from a person who never was', async () => {
  await lost(HISTORY.slice());
  const proxy = env.NEON_LOCAL_PROXY;
  const noise = vi.spyOn(console, 'error').mockImplementation(() => {});
  env.NEON_LOCAL_PROXY = '127.0.0.1:1'; // nobody listens there
  expect((await page()).status).toBe(503);
  expect((await consumed({ kind: 'sync', ...owner })).acked).toEqual(['0']); // nothing to save, so nothing is asked
  env.NEON_LOCAL_PROXY = proxy;
  noise.mockRestore();
  await evict(owner);
  expect((await page()).status).toBe(200);
});

it('takes messages while Postgres is down, answers from what it has, and joins both later', async () => {
  await lost(HISTORY.slice(0, 3));
  await withoutPostgres(async () => {
    expect((await send(HISTORY.slice(3))).status).toBe(202);
    expect((await page()).body.items).toHaveLength(3);
  });
  await evict(owner);
  expect((await page()).body.items.map((m) => m.message_id)).toEqual(HISTORY.map((m) => m.message_id));
});

it('goes on where it stopped when it is interrupted', async () => {
  await lost(numbered(1_100));
  const real = globalThis.fetch;
  let pages = 0;
  const noise = vi.spyOn(console, 'error').mockImplementation(() => {});
  const flaky = vi.spyOn(globalThis, 'fetch').mockImplementation((...args) => {
    const isPage = String(args[1]?.body).includes('from \\"messages\\"');
    return isPage && ++pages === 2 ? Promise.reject(new Error('lost')) : real(...args);
  });
  await page();
  expect(await count(owner, 'message')).toBe(500);
  await evict(owner);
  await page();
  flaky.mockRestore();
  noise.mockRestore();
  expect(await count(owner, 'message')).toBe(1_100);
});

it('embeds what was saved before it had a vector', async () => {
  model.away = true;
  await send(HISTORY.slice());
  await sync(owner);
  await wipe(owner);
  model.away = false;
  await page();
  await settled(app, owner.userId);
  expect(await count(owner, 'memory')).toBe(HISTORY.length);
  await sync(owner);
  expect((await inPostgres(owner)).every((row) => row.vector !== null)).toBe(true);
});

it('does not bring back what is deleted here while Postgres still has it', async () => {
  await withoutPostgres(async () => {
    await send(HISTORY.slice(0, 2));
  });
  await sync(owner); // the object has not yet learned what else Postgres has
  await withoutPostgres(() => app.delete(`/users/${owner.userId}/messages/h0`));
  await evict(owner);
  expect((await page()).body.items.map((m) => m.message_id)).toEqual(['h1']);
  await sync(owner);
  expect((await inPostgres(owner)).map((row) => row.messageId)).toEqual(['h1']);
});

it('deletes in Postgres too what was sent again, under another id, before it came back', async () => {
  const said = { message_id: 'm', content: 'To be forgotten.' };
  await lost([said]);
  await send([said]);
  await settled(app, owner.userId);
  await sync(owner);
  expect((await inPostgres(owner)).map(({ id }) => id)).toEqual(await everyId());
  await app.delete(`/users/${owner.userId}/messages/m`);
  await sync(owner);
  expect(await inPostgres(owner)).toEqual([]);
});

it('finds nothing of another tenant or person', async () => {
  await lost(HISTORY.slice());
  const stranger = await newClient();
  expect((await stranger.get(`/users/${owner.userId}/messages`)).status).toBe(404);
  expect((await app.get(`/users/${owner.userId}x/messages`)).status).toBe(404);
  expect(await tablesOf({ tenantId: stranger.tenantId, userId: owner.userId })).toEqual([]);
});
