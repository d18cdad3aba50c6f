import { beforeAll, describe, expect, it } from 'vitest';
import type { Accepted } from '../../../src/messages/contract.ts';
import type { StopAnswer, TrailPage, TrailView } from '../../../src/palace/trails/contract.ts';
import { type Client, newClient } from '../../helpers/client.ts';
import { useTestEmbedder } from '../../helpers/embedder.ts';
import { evict, holdQueue } from '../../helpers/person.ts';
import { HISTORY } from '../../helpers/seed.ts';

let app: Client;
let ids: string[];
beforeAll(async () => {
  useTestEmbedder();
  holdQueue();
  app = await newClient();
});

/** A person of their own for each test. */
async function person(): Promise<string> {
  const user = `walker-${crypto.randomUUID()}`;
  const sent = await app.post<Accepted>('/messages?wait=true', { user_id: user, messages: HISTORY });
  ids = sent.body.message_ids;
  return `/users/${user}/trails`;
}
const laid = async (
  path: string,
  stops: object[] = [{ memory_id: 'h0' }, { anchor_id: 'people-1.2' }, { memory_id: 'h4' }],
) => (await app.post<TrailView>(path, { name: 'The morning walk', stops })).body;
const numberAt = async (path: string) => (await app.get<StopAnswer>(path)).body.stop?.number ?? null;

describe('a trail', () => {
  it('is laid out through memories and anchors, each with its place', async () => {
    const path = await person();
    const stops = [
      { memory_id: 'h0', note: 'by the door' },
      { anchor_id: 'people-1.2', memory_id: ids[1] },
    ];
    const made = await app.post<TrailView>(path, { name: 'Birds', description: 'By the pond', stops });
    expect(made.status).toBe(201);
    expect(made.body).toMatchObject({ name: 'Birds', description: 'By the pond', reviews: 0, strength: null });
    expect(made.body.stops).toMatchObject([
      { number: 1, memory_id: ids[0], anchor_id: null, note: 'by the door', gone: false },
      { number: 2, memory_id: ids[1], anchor_id: 'people-1.2', room_id: 'people-1', gone: false },
    ]);
    for (const { position } of made.body.stops) expect(position).toHaveLength(3);
    expect((await app.get(`${path}/${made.body.id}`)).body).toEqual(made.body);
  });

  it('is laid out once for one Idempotency-Key', async () => {
    const path = await person();
    const headers = { 'idempotency-key': 't1' };
    const body = { name: 'Once', stops: [{ memory_id: 'h0' }] };
    const one = await app.post<TrailView>(path, body, headers);
    await app.delete(path.replace('/trails', '/messages/h0')); // what was answered once is answered again
    const again = await app.post<TrailView>(path, body, headers);
    expect([again.status, again.body]).toEqual([201, one.body]);
    expect((await app.get<TrailPage>(path)).body.items).toHaveLength(1);
    const other = await app.post(path, { ...body, name: 'Twice' }, headers);
    expect([other.status, other.body.code]).toEqual([409, 'conflict']);
  });

  it('takes no Idempotency-Key for a request that was refused', async () => {
    const path = await person();
    const headers = { 'idempotency-key': 't2' };
    expect((await app.post(path, { name: 'x', stops: [{ memory_id: 'nothing' }] }, headers)).status).toBe(404);
    expect((await app.post(path, { name: 'x', stops: [{ memory_id: 'h0' }] }, headers)).status).toBe(201);
  });

  it('counts a practice once for one Idempotency-Key', async () => {
    const path = await person();
    const practice = `${path}/${(await laid(path)).id}/practice`;
    const headers = { 'idempotency-key': 'p1' };
    const one = await app.post<TrailView>(practice, { stop: 2, rating: 'good' }, headers);
    const again = await app.post<TrailView>(practice, { stop: 2, rating: 'good' }, headers);
    expect([again.status, again.body]).toEqual([200, one.body]);
    const twice = await app.post<TrailView>(practice, { stop: 2, rating: 'good' });
    expect(twice.body).not.toEqual(one.body);
  });

  it('is walked stop by stop, both ways', async () => {
    const path = await person();
    const trail = `${path}/${(await laid(path)).id}`;
    expect([await numberAt(`${trail}/next`), await numberAt(`${trail}/next?after=1`)]).toEqual([1, 2]);
    expect(await numberAt(`${trail}/next?after=3`)).toBeNull();
    expect([await numberAt(`${trail}/previous`), await numberAt(`${trail}/previous?before=2`)]).toEqual([3, 1]);
    expect(await numberAt(`${trail}/previous?before=1`)).toBeNull();
  });

  it('shows a stop whose memory was deleted as gone, and passes it over', async () => {
    const path = await person();
    const { id } = await laid(path);
    await app.delete(path.replace('/trails', '/messages/h0'));
    const { body } = await app.get<TrailView>(`${path}/${id}`);
    expect(body.stops[0]).toMatchObject({ gone: true, position: null, memory_id: ids[0] });
    expect(body.due_stops).toEqual([2, 3]);
    expect(await numberAt(`${path}/${id}/next`)).toBe(2);
    const reply = await app.post(`${path}/${id}/practice`, { stop: 1, rating: 'good' });
    expect([reply.status, reply.body.code]).toEqual([409, 'conflict']);
  });

  it('is practised: what was recalled is due later, and the object remembers it', async () => {
    const path = await person();
    const { id, due_stops } = await laid(path);
    expect(due_stops).toEqual([1, 2, 3]);
    const { body } = await app.post<TrailView>(`${path}/${id}/practice`, { stop: 2, rating: 'good' });
    expect(body.due_stops).toEqual([1, 3]);
    expect(body.stops[1]).toMatchObject({ reviews: 1, lapses: 0 });
    expect(Date.parse(body.stops[1]!.due)).toBeGreaterThan(Date.now() + 3_600_000);
    expect(body.reviews).toBe(0);
    await app.post(`${path}/${id}/practice`, { rating: 'easy' });
    await evict({ tenantId: app.tenantId, userId: path.split('/')[2]! });
    const after = (await app.get<TrailView>(`${path}/${id}`)).body;
    expect(after).toMatchObject({ reviews: 1, due_stops: [1, 3] });
    expect(after.strength).toBeGreaterThan(0.99);
  });

  it('is listed with others, the newest first, a page at a time', async () => {
    const path = await person();
    for (const name of ['one', 'two', 'three']) await app.post(path, { name, stops: [{ memory_id: 'h0' }] });
    const first = (await app.get<TrailPage>(`${path}?limit=2`)).body;
    expect(first.items.map(({ name }) => name)).toEqual(['three', 'two']);
    const second = (await app.get<TrailPage>(`${path}?limit=2&cursor=${first.next}`)).body;
    expect([second.items.map(({ name }) => name), second.next]).toEqual([['one'], null]);
  });

  it('is deleted, and its memories stay', async () => {
    const path = await person();
    const { id } = await laid(path);
    expect((await app.delete(`${path}/${id}`)).status).toBe(204);
    expect((await app.get(`${path}/${id}`)).status).toBe(404);
    expect((await app.get(path.replace('/trails', '/messages/h0'))).status).toBe(200);
  });
});

describe('a trail that is refused', () => {
  it.each([
    ['no name', { stops: [{ memory_id: 'h0' }] }, '/name'],
    ['no stops', { name: 'x', stops: [] }, '/stops'],
    ['a stop that is nowhere', { name: 'x', stops: [{ note: 'x' }] }, '/stops/0'],
    ['too many stops', { name: 'x', stops: Array(101).fill({ memory_id: 'h0' }) }, '/stops'],
    ['a name that is no text', { name: '\ud83d', stops: [{ memory_id: 'h0' }] }, '/name'],
    ['a field that nobody knows', { name: 'x', stops: [{ memory_id: 'h0', colour: 1 }] }, '/stops/0/colour'],
  ])('for %s points there', async (_what, body, pointer) => {
    const reply = await app.post('/users/ana/trails', body);
    expect([reply.status, reply.body.errors!.map((fault) => fault.pointer)]).toEqual([400, [pointer]]);
  });

  it('names a memory, an anchor or a palace that is not there', async () => {
    const path = await person();
    for (const body of [
      { stops: [{ memory_id: 'nothing' }] },
      { stops: [{ anchor_id: 'people-9.9' }] },
      { stops: [{ memory_id: 'h0' }], palace_id: 'x' },
    ]) {
      const reply = await app.post(path, { name: 'x', ...body });
      expect([reply.status, reply.body.code]).toEqual([404, 'not_found']);
    }
  });

  it('has no such stop, or a rating that is none', async () => {
    const path = await person();
    const { id } = await laid(path);
    expect((await app.post(`${path}/${id}/practice`, { stop: 9, rating: 'good' })).status).toBe(404);
    expect((await app.post(`${path}/${id}/practice`, { stop: 1, rating: 'great' })).status).toBe(400);
    expect((await app.get(`${path}/${id}/next?after=x`)).status).toBe(400);
  });

  it('belongs to another: neither seen, walked, practised nor deleted', async () => {
    const path = await person();
    const { id } = await laid(path);
    const stranger = await newClient();
    const bound = await newClient({ tenantId: app.tenantId, userId: 'someone else' });
    for (const client of [stranger, bound]) {
      expect((await client.get(path)).status).toBe(404);
      for (const tail of ['', '/next', '/previous'])
        expect((await client.get(`${path}/${id}${tail}`)).status).toBe(404);
      expect((await client.post(`${path}/${id}/practice`, { rating: 'good' })).status).toBe(404);
      expect((await client.delete(`${path}/${id}`)).status).toBe(404);
    }
  });
});
