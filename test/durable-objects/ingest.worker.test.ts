import { abortAllDurableObjects, runInDurableObject } from 'cloudflare:test';
import { beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Accepted, Message } from '../../src/messages/contract.ts';
import type { SearchAnswer } from '../../src/palace/contract.ts';
import type { Page } from '../../src/shared/page.ts';
import { type Client, newClient } from '../helpers/client.ts';
import { type TestEmbedder, useTestEmbedder } from '../helpers/embedder.ts';
import { count, evict, holdQueue, objectOf, ring, settled, statusOf, tablesOf } from '../helpers/person.ts';
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
  Object.assign(model, { away: false, poison: null, delayMs: 0, texts: [] });
  owner = { tenantId: app.tenantId, userId: crypto.randomUUID() };
});

const send = (messages: object[], query = '') =>
  app.post<Accepted>(`/messages${query}`, { user_id: owner.userId, messages });
const list = async () => (await app.get<Page<Message>>(`/users/${owner.userId}/messages?limit=100`)).body.items;
const search = async (query: string) =>
  (await app.post<SearchAnswer>(`/users/${owner.userId}/memories/search`, { query })).body;

describe('ingest', () => {
  it('stores all of a batch or nothing', async () => {
    await send(numbered(2));
    const failing = runInDurableObject(objectOf(owner), (object) => {
      const { stores } = object as unknown as { stores: { tasks: { add(task: unknown): void } } };
      vi.spyOn(stores.tasks, 'add').mockImplementationOnce(() => {
        throw new Error('disk full');
      });
    });
    await failing;
    const noise = vi.spyOn(console, 'error').mockImplementation(() => {});
    const failed = await send(numbered(5, 2));
    expect([failed.status, failed.text.includes('disk full')]).toEqual([500, false]);
    noise.mockRestore();
    expect(await list()).toHaveLength(2);
    expect((await statusOf(app, owner.userId)).messages).toBe(2); // the count kept in memory rolled back too
    expect((await send(numbered(5, 2))).body.accepted).toBe(5);
    expect((await statusOf(app, owner.userId)).messages).toBe(7);
  });

  it('takes the same messages from many clients at once, each once', async () => {
    const replies = await Promise.all(Array.from({ length: 8 }, () => send(numbered(40))));
    expect(replies.reduce((sum, reply) => sum + reply.body.accepted, 0)).toBe(40);
    expect(new Set(replies.map((reply) => JSON.stringify(reply.body.message_ids))).size).toBe(1);
    expect(await list()).toHaveLength(40);
    await settled(app, owner.userId);
    expect(await count(owner, 'memory')).toBe(40);
  });

  it('finishes a task without new messages at once', async () => {
    await send([HISTORY[0]]);
    expect((await send([HISTORY[0]])).body).toMatchObject({ status: 'completed', accepted: 0, eta_seconds: 0 });
  });
});

describe('an object that is evicted', () => {
  it('keeps what it acknowledged, before any work was done, and the alarm does the work', async () => {
    model.away = true;
    const sent = await send(HISTORY.slice());
    await evict(owner);
    model.away = false;
    expect((await list()).map((m) => m.message_id)).toEqual(HISTORY.map((m) => m.message_id));
    expect((await statusOf(app, owner.userId)).pending).toBe(HISTORY.length);
    await vi.waitFor(
      async () => {
        await ring(owner);
        expect((await statusOf(app, owner.userId)).pending).toBe(0);
      },
      { timeout: 15_000 },
    );
    // a task ends with the batch that finds nothing left of it, a moment after its last message
    await vi.waitFor(async () =>
      expect((await app.get(`/tasks/${sent.body.task_id}`)).body).toMatchObject({
        status: 'completed',
        done: HISTORY.length,
      }),
    );
  });

  it('goes on in the middle of a task, also when it is killed there again and again', async () => {
    model.delayMs = 20;
    await send(numbered(100));
    for (let i = 0; i < 4; i++) {
      await scheduler.wait(30);
      await abortAllDurableObjects();
      expect((await statusOf(app, owner.userId)).messages).toBe(100);
      await ring(owner);
    }
    await vi.waitFor(() => count(owner, 'memory').then((n) => expect(n).toBe(100)), { timeout: 15_000 });
    expect(new Set(model.texts).size).toBe(100);
  });

  it('answers as before once the work is done', async () => {
    await send(HISTORY.slice(), '?wait=true');
    const before = await search('who is allergic to walnuts');
    await evict(owner);
    const after = await search('who is allergic to walnuts');
    expect(after.results).toEqual(before.results);
    expect(after.results[0]!.content).toContain('walnuts');
  });

  it('keeps its alarm, and rings it by itself', async () => {
    model.away = true;
    await send(HISTORY.slice());
    await evict(owner);
    model.away = false;
    await vi.waitFor(() => count(owner, 'memory').then((n) => expect(n).toBe(HISTORY.length)), {
      timeout: 20_000,
      interval: 250,
    });
  });
});

describe('a model that is away', () => {
  it('loses nothing: words are found meanwhile, and meaning once it is back', async () => {
    model.away = true;
    const sent = await send(HISTORY.slice());
    expect(sent.status).toBe(202);
    const meanwhile = await search('lighthouse keeper');
    expect(meanwhile.models).toEqual([]);
    expect(meanwhile.results[0]!.content).toContain('lighthouse');
    expect(meanwhile.results[0]!.position).toBeNull();
    model.away = false;
    await vi.waitFor(
      async () => {
        await ring(owner);
        expect((await statusOf(app, owner.userId)).pending).toBe(0);
      },
      { timeout: 15_000 },
    );
    const later = await search('lighthouse keeper');
    expect(later.models).toHaveLength(1);
    expect(later.results[0]!.position).toHaveLength(3);
  });

  it('is not waited for longer than a request may last', async () => {
    model.away = true;
    const reply = await send([HISTORY[0]], '?wait=true');
    expect(reply.status).toBe(202);
    expect(reply.body).toMatchObject({ status: 'processing', task: { status: 'processing', done: 0 } });
  });

  it('does not stop a text that it refuses from being found by its words, nor others', async () => {
    model.poison = 'walnuts';
    const sent = await send(HISTORY.slice(), '?wait=true');
    expect(sent.body.task).toMatchObject({ status: 'failed', error: 'The model does not take this.' });
    expect(await count(owner, 'memory')).toBe(HISTORY.length - 1);
    expect((await search('walnuts')).results[0]!.content).toContain('walnuts');
  });
});

describe('a person who never was', () => {
  it('is not found, and costs no storage', async () => {
    for (const path of [`/users/${owner.userId}`, `/users/${owner.userId}/messages`, `/users/${owner.userId}/tasks`]) {
      expect((await app.get(path)).status).toBe(404);
    }
    expect((await app.post(`/users/${owner.userId}/memories/search`, { query: 'a' })).status).toBe(404);
    expect((await app.delete(`/users/${owner.userId}/messages/x`)).status).toBe(404);
    expect(await tablesOf(owner)).toEqual([]);
    expect(await ring(owner)).toBe(false);
  });
});
