import { env } from 'cloudflare:workers';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Accepted, Message } from '../../src/messages/contract.ts';
import type { Page } from '../../src/shared/page.ts';
import { type Client, newClient } from '../helpers/client.ts';
import { useTestEmbedder } from '../helpers/embedder.ts';
import { HISTORY, numbered } from '../helpers/seed.ts';

let app: Client;
let user: string;
beforeAll(async () => {
  useTestEmbedder();
  app = await newClient();
});
beforeEach(() => {
  user = `ana-${crypto.randomUUID()}`;
});

const messagesOf = (query = '') => app.get<Page<Message>>(`/users/${user}/messages${query}`);

describe('POST /message', () => {
  it('stores a message verbatim and answers before it is searchable', async () => {
    const content = '  Jeg så en hejre 🐦\r\n i morges. ';
    const reply = await app.post<Accepted>('/message', { user_id: user, content, metadata: { mood: ['calm', 3] } });
    expect(reply.status).toBe(202);
    expect(reply.body).toMatchObject({ status: 'processing', accepted: 1, duplicates: 0 });
    expect(reply.body.status_endpoint).toBe(`/api/v1/tasks/${reply.body.task_id}`);
    const stored = await app.get<Message>(`/users/${user}/messages/${reply.body.message_ids[0]}`);
    expect(stored.body).toMatchObject({
      content,
      role: 'user',
      conversation_id: 'default',
      metadata: { mood: ['calm', 3] },
    });
  });

  it('answers with the finished task when asked to wait', async () => {
    const reply = await app.post<Accepted>('/message?wait=true', { user_id: user, content: 'The kettle sings.' });
    expect(reply.status).toBe(200);
    expect(reply.body).toMatchObject({ status: 'completed', task: { status: 'completed', total: 1, done: 1 } });
  });

  it('points at every fault', async () => {
    const reply = await app.post('/message', { user_id: ' x', content: '', role: 'robot', timestamp: 'now', extra: 1 });
    expect([reply.status, reply.headers.get('content-type')]).toEqual([400, 'application/problem+json']);
    expect(reply.body).toMatchObject({ code: 'invalid_input', status: 400, instance: '/api/v1/message' });
    const faults = reply.body.errors!.map(({ in: part, pointer }) => `${part} ${pointer}`);
    expect(faults.toSorted()).toEqual([
      'body /content',
      'body /extra',
      'body /role',
      'body /timestamp',
      'body /user_id',
    ]);
  });

  it('points into a part of the body, and escapes what a pointer must', async () => {
    const body = {
      user_id: user,
      messages: [{ content: 'a' }, { content: 'b', 'x/y~z': 1, keystrokes: { intervals_ms: [1, -1] } }],
    };
    const reply = await app.post('/messages', body);
    expect(reply.body.errors!.map(({ pointer }) => pointer).toSorted()).toEqual([
      '/messages/1/keystrokes/intervals_ms/1',
      '/messages/1/x~1y~0z',
    ]);
  });

  it('names the part of the request that is at fault', async () => {
    const query = await app.post('/message?wait=maybe', { user_id: user, content: 'a' });
    expect(query.body.errors).toMatchObject([{ in: 'query', pointer: '/wait' }]);
    const header = await app.post('/message', { user_id: user, content: 'a' }, { 'idempotency-key': 'x'.repeat(256) });
    expect(header.body.errors).toMatchObject([{ in: 'header', pointer: '/idempotency-key' }]);
    const path = await app.get('/users/%20/messages');
    expect(path.body.errors).toMatchObject([{ in: 'path', pointer: '/user_id' }]);
  });
});

describe('POST /messages', () => {
  it('stores up to 500 at once, and answers their ids in the order sent', async () => {
    const messages = numbered(500);
    const reply = await app.post<Accepted>('/messages', { user_id: user, messages });
    expect(reply.body).toMatchObject({ accepted: 500, duplicates: 0 });
    const [first, last] = [reply.body.message_ids[0], reply.body.message_ids[499]];
    expect((await app.get<Message>(`/users/${user}/messages/${first}`)).body.content).toBe(messages[0]!.content);
    expect((await app.get<Message>(`/users/${user}/messages/${last}`)).body.content).toBe(messages[499]!.content);
  });

  it('stores nothing of a batch with one bad message', async () => {
    const reply = await app.post('/messages', { user_id: user, messages: [{ content: 'good' }, { content: '' }] });
    expect(reply.status).toBe(400);
    expect((await messagesOf()).status).toBe(404);
  });

  it('counts what was there already, in one request and across requests', async () => {
    await app.post('/messages', { user_id: user, messages: [HISTORY[0]] });
    const reply = await app.post<Accepted>('/messages', {
      user_id: user,
      messages: [HISTORY[1], HISTORY[0], HISTORY[1]],
    });
    expect(reply.body).toMatchObject({ accepted: 1, duplicates: 2 });
    expect(new Set(reply.body.message_ids).size).toBe(2);
    expect((await messagesOf()).body.items).toHaveLength(2);
  });

  it('stores alike messages without name and time each for itself', async () => {
    const messages = [{ content: 'ok' }, { content: 'ok' }];
    const { body } = await app.post<Accepted>('/messages', { user_id: user, messages });
    expect(body).toMatchObject({ accepted: 2, duplicates: 0 });
    expect((await messagesOf()).body.items.map(({ id }) => id).toSorted()).toEqual(body.message_ids.toSorted());
  });
});

describe('GET /users/{id}/messages', () => {
  it('lists by time, in both directions, and by conversation', async () => {
    await app.post('/messages', { user_id: user, messages: HISTORY.toReversed() });
    const contents = async (query: string) => (await messagesOf(query)).body.items.map((m) => m.message_id);
    expect(await contents('')).toEqual(HISTORY.map((m) => m.message_id));
    expect(await contents('?order=desc&limit=2')).toEqual(['h5', 'h4']);
    expect(await contents('?conversation_id=garage')).toEqual(['h3', 'h4', 'h5']);
  });

  it.each(['asc', 'desc'])(
    'neither repeats nor skips a message while others are added and deleted (%s)',
    async (order) => {
      const at = (n: number) => new Date(Date.UTC(2026, 0, 1, 0, Math.floor(n / 3))).toISOString(); // three share a minute
      const send = (n: number) =>
        app.post('/message', { user_id: user, content: `n${n}`, message_id: `n${n}`, timestamp: at(n) });
      for (let n = 0; n < 30; n++) await send(2 * n);
      const seen: string[] = [];
      let cursor: string | null = null;
      let added = 1;
      do {
        const page: Page<Message> = (await messagesOf(`?limit=4&order=${order}${cursor ? `&cursor=${cursor}` : ''}`))
          .body;
        seen.push(...page.items.map((m) => m.message_id!));
        cursor = page.next;
        for (let i = 0; i < 3 && added < 60; i++, added += 2) await send(added);
        await app.delete(`/users/${user}/messages/${seen.at(-1)}`); // the one the cursor names
      } while (cursor !== null);
      expect(new Set(seen).size).toBe(seen.length);
      for (let n = 0; n < 30; n++) expect(seen).toContain(`n${2 * n}`);
      const times = seen.map((id) => Math.floor(Number(id.slice(1)) / 3));
      expect(times).toEqual(times.toSorted((a, b) => (order === 'asc' ? a - b : b - a)));
    },
  );

  it('refuses a cursor that is not one of ours, and a page that is too long', async () => {
    await app.post('/message', { user_id: user, content: 'a' });
    for (const query of [
      '?cursor=zz',
      '?cursor=1.2.3',
      '?cursor=%F0%9F',
      '?limit=0',
      '?limit=101',
      '?limit=x',
      '?order=up',
    ]) {
      expect((await messagesOf(query)).status).toBe(400);
    }
  });
});

describe('one message', () => {
  it('is found by its id and by the name the client gave it', async () => {
    const name = 'mail/2026 ümläut#1';
    const sent = await app.post<Accepted>('/message', { user_id: user, content: 'named', message_id: name });
    const path = `/users/${user}/messages/${encodeURIComponent(name)}`;
    expect((await app.get<Message>(path)).body).toMatchObject({ id: sent.body.message_ids[0], message_id: name });
  });

  it('is gone once deleted, and may be sent again', async () => {
    await app.post('/messages', { user_id: user, messages: [HISTORY[0], HISTORY[1]] });
    const path = `/users/${user}/messages/h0`;
    expect((await app.delete(path)).status).toBe(204);
    expect((await app.get(path)).status).toBe(404);
    expect((await app.delete(path)).status).toBe(404);
    expect((await messagesOf()).body.items).toHaveLength(1);
    expect((await app.post<Accepted>('/messages', { user_id: user, messages: [HISTORY[0]] })).body.accepted).toBe(1);
    expect((await app.get(path)).status).toBe(200);
  });

  it('is not found under an id that was never given', async () => {
    await app.post('/message', { user_id: user, content: 'a' });
    for (const id of ['nope', '01ARYZ6S410000000000000000', '%00', '%F0%9F%A6%86', '..%2f..']) {
      const reply = await app.get(`/users/${user}/messages/${id}`);
      expect([reply.status, reply.body.code]).toEqual([404, 'not_found']);
    }
  });
});

describe('Idempotency-Key', () => {
  const body = () => ({ user_id: user, content: 'Sent without a name or a time.' });

  it('answers the same request as the first time, and stores it once', async () => {
    const key = { 'idempotency-key': 'first try' };
    const first = await app.post<Accepted>('/message', body(), key);
    const again = await app.post<Accepted>('/message', body(), key);
    expect(again.body).toEqual(first.body);
    expect(again.status).toBe(first.status);
    expect((await messagesOf()).body.items).toHaveLength(1);
  });

  it('answers a batch of alike messages as the first time, and stores each once', async () => {
    const key = { 'idempotency-key': 'a batch' };
    const batch = { user_id: user, messages: [{ content: 'ok' }, { content: 'ok' }] };
    const first = await app.post<Accepted>('/messages', batch, key);
    expect((await app.post<Accepted>('/messages', batch, key)).body).toEqual(first.body);
    expect((await messagesOf()).body.items).toHaveLength(2);
  });

  it('refuses another request under the same key', async () => {
    const key = { 'idempotency-key': 'k' };
    await app.post('/message', body(), key);
    const other = await app.post('/message', { ...body(), content: 'Something else.' }, key);
    expect([other.status, other.body.code]).toEqual([409, 'conflict']);
    expect((await messagesOf()).body.items).toHaveLength(1);
  });

  it('means nothing to another person', async () => {
    const key = { 'idempotency-key': 'shared' };
    await app.post('/message', body(), key);
    const other = await app.post<Accepted>('/message', { ...body(), user_id: `${user}-2` }, key);
    expect(other.body.accepted).toBe(1);
  });
});

describe('when there is too much to do', () => {
  const many = (count: number, whose: (i: number) => string) =>
    Promise.all(
      Array.from({ length: count }, (_, i) =>
        app.post('/message?wait=true', { user_id: whose(i), content: `Entry ${i}.`, message_id: `m${i}` }),
      ),
    );
  afterEach(() => {
    env.MAX_IN_FLIGHT = '';
  });

  it('refuses at once what is more than the isolate may have under way, says when to come again, and then takes it', async () => {
    env.MAX_IN_FLIGHT = '4';
    const replies = await many(30, (i) => `${user}-${i}`);
    const refused = replies.filter(({ status }) => status === 503);
    expect(refused.length).toBeGreaterThan(0);
    expect(replies.filter(({ status }) => status === 200).length).toBe(30 - refused.length);
    expect(refused.every(({ headers }) => Number(headers.get('retry-after')) >= 1)).toBe(true);
    expect((await app.post('/message', { user_id: user, content: 'Later.' })).status).toBe(202);
  });

  it('lets the crowd of one person take no more than its share', async () => {
    const [crowd, other] = await Promise.all([many(70, () => user), many(1, () => `${user}-other`)]);
    const refused = crowd.filter(({ status }) => status === 429);
    expect(refused.length).toBe(70 - 64);
    expect(refused.every(({ headers }) => Number(headers.get('retry-after')) >= 1)).toBe(true);
    expect(other[0]!.status).toBe(200);
  });
});
