import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Accepted } from '../../src/messages/contract.ts';
import type { SearchAnswer } from '../../src/palace/contract.ts';
import type { Curve, MemoryPage, MemoryView } from '../../src/palace/memories/contract.ts';
import { type Client, newClient, type Problem } from '../helpers/client.ts';
import { type TestEmbedder, useTestEmbedder } from '../helpers/embedder.ts';
import { count, holdQueue } from '../helpers/person.ts';
import { HISTORY, numbered } from '../helpers/seed.ts';

let app: Client;
let model: TestEmbedder;
let user: string;
beforeAll(async () => {
  model = useTestEmbedder();
  holdQueue();
  app = await newClient();
});
beforeEach(() => {
  model.away = false;
  user = crypto.randomUUID();
});

const send = (messages: object[]) => app.post<Accepted>('/messages?wait=true', { user_id: user, messages });
const note = (body: object, query = '?wait=true', headers = {}) =>
  app.post<MemoryView>(`/users/${user}/memories${query}`, body, headers);
const get = async (id: string) => (await app.get<MemoryView>(`/users/${user}/memories/${id}`)).body;
const list = async (query = '') => (await app.get<MemoryPage>(`/users/${user}/memories?${query}`)).body;
const patch = (id: string, body: object) => app.send<MemoryView>('PATCH', `/users/${user}/memories/${id}`, body);
const reinforce = (id: string, body: object = {}) =>
  app.post<MemoryView>(`/users/${user}/memories/${id}/reinforce`, body);
const ago = (days: number) => new Date(Date.now() - days * 86_400_000).toISOString();

describe('a memory', () => {
  it('is what was said, where it stands and how strong it is', async () => {
    const sent = await send([HISTORY[0]]);
    const memory = await get('h0');
    expect(memory).toMatchObject({
      id: sent.body.message_ids[0],
      kind: 'message',
      content: HISTORY[0].content,
      timestamp: HISTORY[0].timestamp,
      pinned: false,
      reviews: 1,
      lapses: 0,
      last_review: HISTORY[0].timestamp,
      valid_from: HISTORY[0].timestamp,
      valid_until: null,
      superseded_by: null,
      duplicate_of: null,
    });
    expect(memory.position).toHaveLength(3);
    expect(memory.room_id).toMatch(new RegExp(`^${memory.category}-1$`));
    expect(memory.strength).toBeGreaterThan(0);
    expect(memory.strength).toBeLessThan(1);
    expect(await get(memory.id)).toMatchObject({ id: memory.id, position: memory.position });
  });

  it('is shown without a place until it has one', async () => {
    model.away = true;
    await app.post('/messages', { user_id: user, messages: [HISTORY[0]] });
    expect(await get('h0')).toMatchObject({ position: null, room_id: null, category: null, reviews: 1 });
    expect((await list()).items).toEqual([]);
    expect((await reinforce('h0')).status).toBe(409);
  });

  it('takes what is noted of it, and keeps its text', async () => {
    await send([HISTORY[0]]);
    const before = await get('h0');
    const changed = await patch('h0', { salience: 0.9, pinned: true, valid_until: '2030-01-01T00:00:00Z' });
    expect(changed.body).toMatchObject({
      ...before,
      salience: 0.9,
      pinned: true,
      strength: 1,
      valid_until: '2030-01-01T00:00:00.000Z',
    });
    expect(await get('h0')).toEqual(changed.body);
    expect((await patch('h0', { pinned: false, valid_until: null })).body).toMatchObject({
      pinned: false,
      valid_until: null,
    });
  });

  it('goes to a room of another category when it is told to, and no other moves', async () => {
    await send(HISTORY.slice());
    const before = (await list()).items;
    const [moving] = before;
    const category = moving!.category === 'work' ? 'home' : 'work';
    const moved = (await patch(moving!.id, { category })).body;
    expect(moved).toMatchObject({ category, room_id: `${category}-1` });
    expect(moved.position).not.toEqual(moving!.position);
    const positions = (items: MemoryView[]) => items.map(({ id, position }) => ({ id, position }));
    const others = (items: MemoryView[]) => positions(items).filter(({ id }) => id !== moved.id);
    expect(others((await list()).items)).toEqual(others(before));
    expect((await list(`room=${category}-1`)).items.map(({ id }) => id)).toContain(moved.id);
  });

  it('goes with its message, and leaves no trace where one looks for places', async () => {
    await send(HISTORY.slice());
    const { id, position } = await get('h4');
    const [x, y, z] = position!;
    const near = async () => (await app.get(`/users/${user}/memories/near?x=${x}&y=${y}&z=${z}&radius=0.1`)).text;
    expect(await near()).toContain(id);
    expect((await app.delete(`/users/${user}/memories/h4`)).status).toBe(204);
    expect((await app.get(`/users/${user}/memories/h4`)).status).toBe(404);
    expect((await app.get(`/users/${user}/messages/h4`)).status).toBe(404);
    expect(await near()).not.toContain(id);
    expect(JSON.stringify(await list())).not.toContain(id);
    expect((await app.delete(`/users/${user}/memories/h4`)).status).toBe(404);
  });

  it('is quoted by no kept answer once its message is gone', async () => {
    await send([HISTORY[0]]);
    await app.post(`/users/${user}/memories/h0/reinforce`, {}, { 'idempotency-key': 'r1' });
    const owner = { tenantId: app.tenantId, userId: user };
    expect(await count(owner, 'idempotency')).toBe(1);
    await app.delete(`/users/${user}/messages/h0`);
    expect(await count(owner, 'idempotency')).toBe(0);
  });
});

describe('a note', () => {
  it('is stored, placed as it says, and found like a message', async () => {
    const made = await note({ content: 'The spare key hangs behind the barometer.', category: 'home', salience: 0.9 });
    expect(made.status).toBe(201);
    expect(made.body).toMatchObject({
      kind: 'note',
      category: 'home',
      room_id: 'home-1',
      salience: 0.9,
      speaker: null,
    });
    const found = await app.post<SearchAnswer>(`/users/${user}/memories/search`, { query: 'barometer' });
    expect(found.body.results.map((result) => result.id)).toEqual([made.body.id]);
    expect((await list('kind=note')).items).toHaveLength(1);
    expect((await list('kind=message')).items).toEqual([]);
  });

  it('is placed later when nobody waits or the model is away', async () => {
    model.away = true;
    const made = await note({ content: 'Buy stamps.', category: 'plans' }, '');
    expect([made.status, made.body.position]).toEqual([202, null]);
    expect(made.body.kind).toBe('note');
  });

  it('is stored once for one Idempotency-Key', async () => {
    const headers = { 'idempotency-key': 'n1' };
    const [one, again] = [
      await note({ content: 'Once.' }, '?wait=true', headers),
      await note({ content: 'Once.' }, '?wait=true', headers),
    ];
    expect(again.body.id).toBe(one.body.id);
    expect((await note({ content: 'Twice.' }, '', headers)).status).toBe(409);
  });

  it('goes to the palace that it names, and nowhere if there is none', async () => {
    await note({ content: 'Here.' });
    const palace = (await app.post<{ id: string }>(`/users/${user}/palaces`, { name: 'Garden', layout: 'garden' }))
      .body;
    const made = await note({ content: 'There, among the roses.', palace_id: palace.id });
    expect(made.body.palace_id).toBe(palace.id);
    expect((await list(`palace_id=${palace.id}`)).items.map(({ id }) => id)).toEqual([made.body.id]);
    expect((await note({ content: 'Lost.', palace_id: 'nowhere' })).status).toBe(404);
    expect((await list()).items).toHaveLength(2);
  });
});

describe('strength', () => {
  it('grows with a recall and falls with a lapse', async () => {
    await note({ content: 'Old news about the harbour ferry.', timestamp: ago(40) });
    const [before] = (await list()).items;
    const good = (await reinforce(before!.id)).body;
    expect(good).toMatchObject({ reviews: 2, lapses: 0 });
    expect(good.strength).toBeGreaterThan(0.99);
    expect(good.stability_days).toBeGreaterThan(before!.stability_days);
    const again = (await reinforce(before!.id, { rating: 'again' })).body;
    expect(again).toMatchObject({ reviews: 3, lapses: 1 });
    expect(again.stability_days).toBeLessThan(good.stability_days);
  });

  it('takes a recall once that is told twice', async () => {
    await send([HISTORY[0]]);
    const headers = { 'idempotency-key': 'r1' };
    const path = `/users/${user}/memories/h0/reinforce`;
    const [one, again] = [await app.post<MemoryView>(path, {}, headers), await app.post<MemoryView>(path, {}, headers)];
    expect(one.body.reviews).toBe(2);
    expect(again.body).toEqual(one.body);
    expect((await get('h0')).reviews).toBe(2);
    expect((await app.post(path, { rating: 'easy' }, headers)).status).toBe(409);
  });

  it('is never changed by a search', async () => {
    await send([HISTORY[0]]);
    const before = await get('h0');
    await app.post(`/users/${user}/memories/search`, { query: 'heron' });
    expect(await get('h0')).toMatchObject({ reviews: 1, last_review: before.last_review });
  });

  it('has a curve that starts at 1 and falls, unless the memory is pinned', async () => {
    await send([HISTORY[0]]);
    const curve = async () => (await app.get<Curve>(`/users/${user}/memories/h0/curve`)).body;
    const strengths = (await curve()).points.map(({ strength }) => strength);
    expect(strengths[0]).toBe(1);
    expect(strengths).toEqual(strengths.toSorted((a, b) => b - a));
    await patch('h0', { pinned: true });
    expect(new Set((await curve()).points.map(({ strength }) => strength))).toEqual(new Set([1]));
  });

  it('lists what is due, the longest overdue first, without what is pinned', async () => {
    for (const days of [0, 30, 300]) await note({ content: `Said ${days} days ago.`, timestamp: ago(days) });
    const due = async () =>
      (await app.get<MemoryPage>(`/users/${user}/memories/due`)).body.items.map(({ content }) => content);
    expect(await due()).toEqual(['Said 300 days ago.', 'Said 30 days ago.']);
    const [oldest] = (await list('due=true')).items;
    await patch(oldest!.id, { pinned: true });
    expect(await due()).toEqual(['Said 30 days ago.']);
    expect((await list('due=false')).items).toHaveLength(2);
  });
});

describe('what says the same', () => {
  it('points to the first, and the next takes over when that is deleted', async () => {
    const ids: string[] = [];
    for (const content of [
      'The heron came back to the pond.',
      'the heron came back to the pond!',
      'The heron came BACK to the pond',
    ]) {
      ids.push((await note({ content })).body.id);
    }
    expect(await Promise.all(ids.map(async (id) => (await get(id)).duplicate_of))).toEqual([null, ids[0], ids[0]]);
    expect((await get(ids[1]!)).content).toBe('the heron came back to the pond!');
    await app.delete(`/users/${user}/memories/${ids[0]}`);
    expect(await Promise.all([1, 2].map(async (i) => (await get(ids[i]!)).duplicate_of))).toEqual([null, ids[1]]);
  });
});

describe('what is no longer true', () => {
  it('stays with its history, and ends where its successor begins', async () => {
    const old = (await note({ content: 'I live in Porto.', timestamp: ago(100) })).body;
    const now = (await note({ content: 'I moved to Lisbon.', timestamp: ago(10) })).body;
    const ended = (await patch(old.id, { superseded_by: now.id })).body;
    expect(ended).toMatchObject({ superseded_by: now.id, valid_from: old.valid_from, valid_until: now.valid_from });
    expect(await list()).toMatchObject({ items: [{ id: now.id }, { id: old.id }] });
    const back = await patch(now.id, { superseded_by: old.id });
    expect(back.status).toBe(409); // they would supersede each other
    await app.delete(`/users/${user}/memories/${now.id}`);
    expect(await get(old.id)).toMatchObject({ superseded_by: null, valid_until: null });
  });

  it('is held true again without its successor, also where that is older', async () => {
    const newer = (await note({ content: 'I live in Porto.', timestamp: ago(10) })).body;
    const older = (await note({ content: 'I moved to Lisbon.', timestamp: ago(100) })).body;
    const ended = (await patch(newer.id, { superseded_by: older.id })).body;
    expect(ended.valid_until).toBe(newer.valid_from);
    await app.delete(`/users/${user}/memories/${older.id}`);
    expect(await get(newer.id)).toMatchObject({ superseded_by: null, valid_until: null });
  });

  it('cannot end before it began, nor be ended by what is not there', async () => {
    await send([HISTORY[0]]);
    expect((await patch('h0', { valid_until: '1990-01-01T00:00:00Z' })).status).toBe(409);
    expect((await patch('h0', { superseded_by: 'nothing' })).status).toBe(404);
  });
});

describe('a list', () => {
  it('gives every memory once, newest first, page by page', async () => {
    await send(numbered(45));
    const seen: string[] = [];
    for (let cursor: string | null = ''; cursor !== null; ) {
      const page: MemoryPage = await list(`limit=20${cursor && `&cursor=${cursor}`}`);
      seen.push(...page.items.map(({ content }) => content));
      cursor = page.next;
    }
    expect(seen).toEqual(
      numbered(45)
        .map(({ content }) => content)
        .toReversed(),
    );
  });

  it('keeps to its filters', async () => {
    await send(HISTORY.slice());
    const { items } = await list();
    const { category, room_id, strength } = items[2]!;
    const ids = (of: MemoryView[]) => of.map(({ id }) => id);
    expect(ids((await list(`category=${category}`)).items)).toEqual(ids(items.filter((m) => m.category === category)));
    expect(ids((await list(`room=${room_id}`)).items)).toEqual(ids(items.filter((m) => m.room_id === room_id)));
    expect((await list('room=work-99')).items).toEqual([]);
    expect((await list('room=%27')).items).toEqual([]);
    expect((await list('min_strength=0.999')).items).toEqual([]);
    expect((await list(`min_strength=${strength - 0.01}`)).items.length).toBeGreaterThan(0);
    expect((await list('pinned=true')).items).toEqual([]);
  });
});

describe('a request that is refused', () => {
  it.each([
    ['PATCH', '/h0', {}, ''],
    ['PATCH', '/h0', { content: 'other' }, '/content'],
    ['PATCH', '/h0', { salience: 1.1 }, '/salience'],
    ['PATCH', '/h0', { category: 'cheese' }, '/category'],
    ['PATCH', '/h0', { valid_until: 'soon' }, '/valid_until'],
    ['POST', '/h0/reinforce', { rating: 'meh' }, '/rating'],
    ['POST', '', { content: '' }, '/content'],
    ['POST', '', { content: 'x'.repeat(32_769) }, '/content'],
    ['POST', '', { content: 'a', role: 'user' }, '/role'],
  ])('points at the fault: %s %s %j', async (method, path, body, pointer) => {
    await send([HISTORY[0]]);
    const reply = await app.send<Problem>(method, `/users/${user}/memories${path}`, body);
    expect([reply.status, reply.body.errors?.[0]?.pointer]).toEqual([400, pointer]);
  });

  it.each(['category=cheese', 'min_strength=2', 'pinned=perhaps', 'limit=0', 'limit=101', 'kind=photo', 'cursor=!'])(
    'for a list with %s',
    async (query) => {
      await send([HISTORY[0]]);
      expect((await app.get(`/users/${user}/memories?${query}`)).status).toBe(400);
    },
  );

  it('finds nothing of a memory or person that is not there', async () => {
    await send([HISTORY[0]]);
    for (const path of [`/users/${user}/memories/h9`, `/users/${user}/memories/h9/curve`, '/users/nobody/memories']) {
      expect([path, (await app.get(path)).status]).toEqual([path, 404]);
    }
    expect((await patch('h9', { pinned: true })).status).toBe(404);
    expect((await reinforce('h9')).status).toBe(404);
  });
});
