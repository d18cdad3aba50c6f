import { runInDurableObject } from 'cloudflare:test';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Accepted } from '../../../src/messages/contract.ts';
import type { MemoryView } from '../../../src/palace/memories/contract.ts';
import type { Route } from '../../../src/palace/navigation/contract.ts';
import type { PalaceView, Rooms } from '../../../src/palace/rooms/contract.ts';
import { type Client, newClient } from '../../helpers/client.ts';
import { useTestEmbedder } from '../../helpers/embedder.ts';
import { holdQueue, objectOf } from '../../helpers/person.ts';
import { HISTORY } from '../../helpers/seed.ts';

let app: Client;
let memories: MemoryView[];
let rooms: Rooms;
let palace: PalaceView;
beforeAll(async () => {
  useTestEmbedder();
  holdQueue();
  app = await newClient();
  const sent = await app.post<Accepted>('/messages?wait=true', { user_id: 'ana', messages: HISTORY });
  memories = await Promise.all(
    sent.body.message_ids.map(async (id) => (await app.get<MemoryView>(`/users/ana/memories/${id}`)).body),
  );
  palace = (await app.get<{ items: PalaceView[] }>('/users/ana/palaces')).body.items[0]!;
  rooms = (await app.get<Rooms>(`/users/ana/palaces/${palace.id}/rooms`)).body;
});

const go = (body: object) => app.post<Route>('/users/ana/navigate', body);
const sum = (numbers: number[]) => numbers.reduce((total, n) => total + n, 0);

describe('a way', () => {
  it('leads to a memory through doors that rooms share, leg by leg', async () => {
    const goal = memories[0]!;
    const start = rooms.rooms.findLast(({ id }) => id !== goal.room_id)!;
    const { status, body } = await go({ from: { room_id: start.id }, to: { memory_id: goal.id } });
    expect(status).toBe(200);
    expect([body.rooms[0], body.rooms.at(-1)]).toEqual([start.id, goal.room_id]);
    expect(body.legs.map(({ room_id }) => room_id)).toEqual(body.rooms);
    body.doors.forEach((door, i) => {
      expect([...door.rooms].sort()).toEqual([body.rooms[i], body.rooms[i + 1]].sort());
      expect(rooms.doors).toContainEqual(door);
      expect([body.legs[i]!.to, body.legs[i + 1]!.from]).toEqual([door.position, door.position]);
    });
    expect(body.legs.at(-1)!.to).toEqual(goal.position);
    expect(sum(body.legs.map(({ length }) => length))).toBeCloseTo(body.length, 6);
    expect(body.seen.map(({ memory_id }) => memory_id)).toContain(goal.id);
  });

  it('is a straight line within a room, headed for the goal', async () => {
    const goal = memories[0]!;
    const [x, y, z] = goal.position!;
    const { body } = await go({ from: { x: x - 0.1, y, z }, to: { memory_id: goal.id } });
    expect([body.rooms, body.doors]).toEqual([[goal.room_id], []]);
    expect(body.length).toBeCloseTo(0.1, 5);
    expect(body.legs[0]!.heading).toBeCloseTo(0, 4);
  });

  it('sees nothing when it may not, and only near memories otherwise', async () => {
    const there = { from: { room_id: memories[0]!.room_id }, to: { memory_id: memories[0]!.id } };
    expect((await go({ ...there, max_seen: 0 })).body.seen).toEqual([]);
    for (const { distance } of (await go({ ...there, radius: 1 })).body.seen) expect(distance).toBeLessThanOrEqual(1);
  });

  it('leads to an anchor', async () => {
    const anchor = rooms.rooms[0]!.anchors[3]!;
    const { body } = await go({ from: { room_id: memories[0]!.room_id }, to: { anchor_id: anchor.id } });
    expect(body.legs.at(-1)!.to).toEqual(anchor.position);
  });
});

describe('a way that is refused', () => {
  it.each([
    ['a start of nothing', { from: {}, to: { room_id: 'hall-1' } }],
    ['a goal of two kinds', { from: { room_id: 'hall-1' }, to: { room_id: 'hall-1', memory_id: 'x' } }],
    ['a place that is no number', { from: { x: '1', y: 0, z: 0 }, to: { room_id: 'hall-1' } }],
    ['a place beyond all bounds', { from: { x: 1e9, y: 0, z: 0 }, to: { room_id: 'hall-1' } }],
    ['a radius below nothing', { from: { room_id: 'hall-1' }, to: { room_id: 'hall-1' }, radius: -1 }],
  ])('for %s is invalid', async (_what, body) => {
    const reply = await app.post('/users/ana/navigate', body);
    expect([reply.status, reply.body.code]).toEqual([400, 'invalid_input']);
  });

  it.each([
    ['room', { to: { room_id: 'people-99' } }],
    ['memory', { to: { memory_id: '01ARZ3NDEKTSV4RRFFQ69G5FAV' } }],
    ['anchor', { to: { anchor_id: 'people-1.99' } }],
    ['palace', { to: { room_id: 'hall-1' }, palace_id: 'x' }],
  ])('is not found for a %s that is not there', async (_what, body) => {
    const reply = await app.post('/users/ana/navigate', { from: { room_id: 'hall-1' }, ...body });
    expect([reply.status, reply.body.code]).toEqual([404, 'not_found']);
  });

  it('is in conflict when the memory is in another palace', async () => {
    const other = (await app.post<PalaceView>('/users/ana/palaces', { name: 'Another' })).body;
    const to = { memory_id: memories[0]!.id };
    const reply = await app.post('/users/ana/navigate', { from: { room_id: 'hall-1' }, to, palace_id: other.id });
    expect([reply.status, reply.body.detail]).toEqual([409, 'That memory is in another palace.']);
  });

  it('is in conflict when no doors lead there, and says from where to where', async () => {
    await app.post('/message?wait=true', { user_id: 'walled', content: 'A room without a door.' });
    await app.get('/users/walled/palaces');
    await runInDurableObject(objectOf({ tenantId: app.tenantId, userId: 'walled' }), (_object, state) =>
      state.storage.sql.exec('DELETE FROM door').toArray(),
    );
    const reply = await app.post('/users/walled/navigate', { from: { room_id: 'hall-1' }, to: { room_id: 'facts-1' } });
    expect([reply.status, reply.body.detail]).toEqual([409, 'No doors lead from hall-1 to facts-1.']);
  });

  it('is not found for another tenant', async () => {
    const stranger = await newClient();
    const body = { from: { room_id: 'hall-1' }, to: { room_id: 'facts-1' } };
    expect((await stranger.post('/users/ana/navigate', body)).status).toBe(404);
  });
});
