import { beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Accepted, Message, Task } from '../../src/messages/contract.ts';
import type { UserStatus } from '../../src/person/contract.ts';
import type { Page } from '../../src/shared/page.ts';
import { type Client, newClient } from '../helpers/client.ts';
import { type TestEmbedder, useTestEmbedder } from '../helpers/embedder.ts';
import { settled, statusOf } from '../helpers/person.ts';
import { numbered } from '../helpers/seed.ts';

let app: Client;
let model: TestEmbedder;
let user: string;
beforeAll(async () => {
  model = useTestEmbedder();
  app = await newClient();
});
beforeEach(() => {
  Object.assign(model, { away: false, poison: null });
  user = crypto.randomUUID();
});

const send = async (content = 'a tin of saffron') =>
  (await app.post<Accepted>('/message', { user_id: user, content })).body.task_id;
const task = async (id: string) => (await app.get<Task>(`/tasks/${id}`)).body;
const becomes = (id: string, state: Task['status']) =>
  vi.waitFor(async () => expect((await task(id)).status).toBe(state), { timeout: 10_000 });

describe('a task', () => {
  it('ends as completed, and says where its result is read', async () => {
    const id = await send();
    await becomes(id, 'completed');
    const done = await task(id);
    expect(done).toMatchObject({ task_id: id, total: 1, done: 1, error: null, next_attempt_at: null });
    expect(Date.parse(done.finished_at!)).toBeGreaterThanOrEqual(Date.parse(done.created_at));
    expect((await app.get(`/tasks/${id}/status`)).body).toEqual(done);
    const result = await app.get<Page<Message>>(done.result!.replace('/api/v1', ''));
    expect(result.body.items).toHaveLength(1);
  });

  it('is found whatever the user is called', async () => {
    for (const name of ['名前'.repeat(64), '😀'.repeat(64), 'a/b?c#d%', '...', 'ana maría_+']) {
      const reply = await app.post<Accepted>('/message', { user_id: name, content: 'a' });
      const found = await app.get<Task>(reply.body.status_endpoint.replace('/api/v1', ''));
      expect([name, found.status, found.body.task_id]).toEqual([name, 200, reply.body.task_id]);
    }
  });

  it('shows its attempts and when the next one comes, while the model is away', async () => {
    model.away = true;
    const id = await send();
    await vi.waitFor(async () => expect((await task(id)).attempts).toBeGreaterThan(0));
    const waiting = await task(id);
    expect(waiting).toMatchObject({ status: 'processing', done: 0, error: 'The model is away.', finished_at: null });
    expect(Date.parse(waiting.next_attempt_at!)).toBeGreaterThan(Date.parse(waiting.started_at!));
  });

  it.each(['nonsense', 'task_01ARYZ6S410000000000000000_YW5h', '%00', 'task_01ARYZ6S410000000000000000_'])(
    'that never was is not found: %s',
    async (id) => {
      for (const reply of [
        await app.get(`/tasks/${id}`),
        await app.post(`/tasks/${id}/cancel`),
        await app.post(`/tasks/${id}/retry`),
      ]) {
        expect([reply.status, reply.body.code]).toEqual([404, 'not_found']);
      }
    },
  );
});

describe('cancel', () => {
  it('stops the work and keeps the message', async () => {
    model.away = true;
    const id = await send('a jar of pickled lemons');
    const reply = await app.post<Task>(`/tasks/${id}/cancel`);
    expect(reply.body).toMatchObject({ status: 'cancelled', next_attempt_at: null });
    model.away = false;
    expect((await app.get<Page<Message>>(`/users/${user}/messages`)).body.items).toHaveLength(1);
    const found = await app.post(`/users/${user}/memories/search`, { query: 'pickled lemons' });
    expect(found.text).toContain('a jar of pickled lemons');
  });

  it('may be repeated, and is refused once the task has ended', async () => {
    model.away = true;
    const id = await send();
    await app.post(`/tasks/${id}/cancel`);
    expect((await app.post(`/tasks/${id}/cancel`)).status).toBe(200);
    model.away = false;
    const done = await send('b');
    await becomes(done, 'completed');
    expect((await app.post(`/tasks/${done}/cancel`)).body).toMatchObject({ status: 409, code: 'conflict' });
  });
});

describe('retry', () => {
  it('finishes what was cancelled', async () => {
    model.away = true;
    const id = await send();
    await app.post(`/tasks/${id}/cancel`);
    model.away = false;
    expect((await app.post<Task>(`/tasks/${id}/retry`)).status).toBe(200);
    await becomes(id, 'completed');
    expect(await task(id)).toMatchObject({ attempts: 0, done: 1, error: null });
  });

  it('finishes what failed, and embeds nothing twice', async () => {
    model.poison = 'poison';
    const messages = [...numbered(3), { content: 'poison' }, ...numbered(3, 3)];
    const reply = await app.post<Accepted>('/messages', { user_id: user, messages });
    await becomes(reply.body.task_id, 'failed');
    expect(await task(reply.body.task_id)).toMatchObject({ error: 'The model does not take this.', total: 7 });
    expect((await statusOf(app, user)).failed).toBe(1);
    model.poison = null;
    model.texts.length = 0;
    await app.post(`/tasks/${reply.body.task_id}/retry`);
    await becomes(reply.body.task_id, 'completed');
    expect(model.texts).toEqual(['poison']);
    expect(await statusOf(app, user)).toMatchObject({ failed: 0, pending: 0 });
  });

  it('is refused once the task is done', async () => {
    const id = await send();
    await becomes(id, 'completed');
    expect((await app.post(`/tasks/${id}/retry`)).status).toBe(409);
  });

  it('asked for twice is done once', async () => {
    model.away = true;
    const id = await send();
    await app.post(`/tasks/${id}/cancel`);
    const first = await app.post<Task>(`/tasks/${id}/retry`);
    const second = await app.post<Task>(`/tasks/${id}/retry`);
    expect([first.status, second.status]).toEqual([200, 200]);
    model.away = false;
  });
});

describe('GET /users/{id}/tasks', () => {
  it('lists the newest first, page by page, while others are added', async () => {
    const ids: string[] = [];
    for (let i = 0; i < 7; i++) ids.push(await send(`n${i}`));
    const seen: string[] = [];
    let cursor: string | null = null;
    do {
      const path: string = `/users/${user}/tasks?limit=3${cursor ? `&cursor=${cursor}` : ''}`;
      const page: Page<Task> = (await app.get<Page<Task>>(path)).body;
      seen.push(...page.items.map((t) => t.task_id));
      cursor = page.next;
      await send('meanwhile');
    } while (cursor !== null);
    expect(seen).toEqual(ids.toReversed());
  });

  it('filters by state', async () => {
    await becomes(await send(), 'completed');
    model.away = true;
    const id = await send('b');
    await app.post(`/tasks/${id}/cancel`);
    const cancelled = (await app.get<Page<Task>>(`/users/${user}/tasks?status=cancelled`)).body.items;
    expect(cancelled.map((t) => t.task_id)).toEqual([id]);
    expect((await app.get(`/users/${user}/tasks?status=lost`)).status).toBe(400);
  });
});

describe('GET /users/{id}', () => {
  it('counts without showing anything', async () => {
    await app.post('/messages', { user_id: user, messages: numbered(20) });
    await settled(app, user);
    const reply = await app.get<UserStatus>(`/users/${user}`);
    expect(reply.body).toMatchObject({ user_id: user, messages: 20, pending: 0, failed: 0 });
    expect(reply.body.first_message_at).toBe('2026-01-01T00:00:00.000Z');
    expect(reply.body.last_message_at).toBe('2026-01-01T00:19:00.000Z');
    expect(reply.text).not.toContain('tide');
  });

  it('is not found for one who never was', async () => {
    expect((await app.get(`/users/${user}`)).status).toBe(404);
  });
});
