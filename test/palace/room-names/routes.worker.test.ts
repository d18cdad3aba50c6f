import { beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { NamedRooms, RoomNameList, RoomNameView } from '../../../src/palace/room-names/contract.ts';
import type { Rooms } from '../../../src/palace/rooms/contract.ts';
import { type Client, newClient } from '../../helpers/client.ts';
import { useTestEmbedder } from '../../helpers/embedder.ts';
import { type FakeTextModel, renew, useFakeTextModel } from '../../helpers/fake-text-model.ts';
import { count, holdQueue, settled, sync, wipe } from '../../helpers/person.ts';

const SAILING = [
  'We took the boat out before breakfast.',
  'The boat needs a new sail this spring.',
  'Marta sewed the sail on her balcony.',
  'Rui wants to paint the boat green.',
];
const HEALTH = ['The dentist found nothing.', 'A letter from the dentist came.', 'The knee hurts when it rains.'];

let app: Client;
let model: FakeTextModel;
let user: string;
let palace: string;
let ids: string[];
beforeAll(async () => {
  useTestEmbedder();
  holdQueue();
  model = useFakeTextModel();
  app = await newClient({ scopes: ['ingest', 'read', 'profile', 'admin'] });
});
beforeEach(async () => {
  vi.spyOn(console, 'error').mockImplementation(() => {});
  renew(model);
  model.answer = '{"name":"The sailing summer"}';
  user = crypto.randomUUID();
  const note = async (content: string, category: string) =>
    (await app.post<{ id: string }>(`/users/${user}/memories`, { content, category })).body.id;
  ids = await Promise.all(SAILING.map((content) => note(content, 'leisure')));
  await Promise.all(HEALTH.map((content) => note(content, 'health')));
  await settled(app, user);
  palace = (await app.get<{ items: { id: string }[] }>(`/users/${user}/palaces`)).body.items[0]!.id;
  return () => vi.restoreAllMocks();
});

const base = () => `/users/${user}/palaces/${palace}/rooms`;
const name = (body: object = {}, headers = {}) => app.post<NamedRooms>(`${base()}/names`, body, headers);
const namesOf = async (room: string) => (await app.get<RoomNameList>(`${base()}/${room}/names`)).body.items;
const put = (room: string, body: object) => app.send<RoomNameView>('PUT', `${base()}/${room}/name`, body);
const shown = async (room: string) => {
  const { rooms } = (await app.get<Rooms>(base())).body;
  const { name: title, name_origin, name_generated } = rooms.find(({ id }) => id === room)!;
  return [title, name_origin, name_generated];
};

describe('rooms are named', () => {
  it('by the text model, labelled, with what the name was made from', async () => {
    const { status, body } = await name({ room_ids: ['leisure-1'] });
    expect([status, body.left]).toEqual([200, 1]);
    const [room] = body.rooms;
    expect(room).toMatchObject({ room_id: 'leisure-1', path: 'text_model', path_reason: null });
    expect(room!.name).toMatchObject({ name: 'The sailing summer', origin: 'text_model', generated: true });
    expect(room!.name.label).toContain('nobody called it this');
    expect(room!.name.provenance).toMatchObject({
      template: 'room-name',
      model: 'workers-ai/@cf/test',
      source: 'model',
    });
    expect(new Set(room!.name.inputs)).toEqual(new Set(ids));
    expect(await shown('leisure-1')).toEqual(['The sailing summer', 'text_model', true]);
  });

  it('without one by their own words, and the answer says why', async () => {
    model.answer = '{"name":"The Zebulon years"}';
    const { rooms } = (await name({ room_ids: ['leisure-1'] })).body;
    expect(rooms[0]).toMatchObject({ path: 'without_model', path_reason: expect.any(String) });
    expect(rooms[0]!.name).toMatchObject({ name: 'boat · sail', origin: 'words', generated: false, provenance: null });
    expect(rooms[0]!.name.inputs).toHaveLength(4);
    expect((await name({ room_ids: ['leisure-1'], text_model: 'never' })).body.rooms[0]!.name.name).toBe('boat · sail');
  });

  it('only where they hold enough, and have no name yet', async () => {
    const first = (await name()).body;
    expect([first.rooms.map(({ room_id }) => room_id).sort(), first.left]).toEqual([['health-1', 'leisure-1'], 0]);
    expect((await name()).body).toEqual({ rooms: [], left: 0 });
    expect((await name({ room_ids: ['people-1'] })).body.rooms[0]).toMatchObject({
      path: 'without_model',
      name: { id: null, name: 'People', origin: 'theme', label: null },
    });
  });

  it('once for the same Idempotency-Key, and from the cache where nothing has changed', async () => {
    const key = { 'idempotency-key': crypto.randomUUID() };
    const body = { room_ids: ['leisure-1'] };
    const first = (await name(body, key)).body;
    expect((await name(body, key)).body).toEqual(first);
    const again = (await name(body)).body.rooms[0]!;
    expect([again.name.provenance!.source, model.prompts.length]).toEqual(['l1', 1]);
    expect(again.name.id).not.toBe(first.rooms[0]!.name.id);
  });
});

describe('a name', () => {
  it('can be given, restored and taken away', async () => {
    await name({ room_ids: ['leisure-1'] });
    expect((await put('leisure-1', { name: 'The blue room' })).body).toMatchObject({
      origin: 'user',
      generated: false,
    });
    expect(await shown('leisure-1')).toEqual(['The blue room', 'user', false]);
    const [present, old] = await namesOf('leisure-1');
    expect([present!.name, old!.name]).toEqual(['The blue room', 'The sailing summer']);
    const restored = (await put('leisure-1', { restore: old!.id })).body;
    expect(restored).toMatchObject({ name: old!.name, provenance: old!.provenance, inputs: old!.inputs });
    expect((await app.delete(`${base()}/leisure-1/name`)).status).toBe(204);
    expect(await shown('leisure-1')).toEqual(['Leisure', 'theme', false]);
    expect((await name()).body.rooms.map(({ room_id }) => room_id)).toEqual(['health-1']); // what was taken away stays away
  });

  it('is sought in vain in another room, and not given without need', async () => {
    await name({ room_ids: ['leisure-1'] });
    const [{ id }] = (await namesOf('leisure-1')) as [RoomNameView];
    expect((await put('health-1', { restore: id })).status).toBe(404);
    expect((await put('attic-1', { name: 'Attic' })).status).toBe(404);
    expect((await put('leisure-1', { name: ' ' })).status).toBe(400);
    expect((await name({ room_ids: ['attic-1'] })).status).toBe(404);
  });

  it('goes with a message that it was made from; one that somebody gave stays', async () => {
    await put('leisure-1', { name: 'The blue room' });
    await name({ room_ids: ['leisure-1'] });
    await app.delete(`/users/${user}/messages/${ids[0]}`);
    expect(await shown('leisure-1')).toEqual(['The blue room', 'user', false]);
    expect((await namesOf('leisure-1')).map(({ name: title }) => title)).toEqual(['The blue room']);
  });

  it('is in no kept answer once a message that it was made from is gone', async () => {
    await name({ room_ids: ['leisure-1'] }, { 'idempotency-key': 'n1' });
    const owner = { tenantId: app.tenantId, userId: user };
    expect(await count(owner, 'idempotency')).toBe(1);
    await app.delete(`/users/${user}/messages/${ids[0]}`);
    expect(await count(owner, 'idempotency')).toBe(0);
  });

  it('is in Postgres and in an archive, and comes back', async () => {
    await name({ room_ids: ['leisure-1'] });
    await put('leisure-1', { name: 'The blue room' });
    const before = await namesOf('leisure-1');
    const archive = await app.send<undefined>('GET', `/users/${user}/export`);
    expect(archive.text.match(/"kind":"room-name"/g)).toHaveLength(2);
    const owner = { tenantId: app.tenantId, userId: user };
    await sync(owner);
    await wipe(owner);
    expect(await namesOf('leisure-1')).toEqual(before);
    expect(await shown('leisure-1')).toEqual(['The blue room', 'user', false]);
  });

  it('is counted in the receipt of an erasure, and gone', async () => {
    await name({ room_ids: ['leisure-1'] });
    const owner = { tenantId: app.tenantId, userId: user };
    expect(await count(owner, 'room_name')).toBe(1);
    const receipt = (await app.send<{ removed: Record<string, number> }>('DELETE', `/users/${user}`)).body;
    expect(receipt.removed.room_names).toBe(1);
    expect((await app.get(`${base()}/leisure-1/names`)).status).toBe(404);
  });

  it('is one of ten at most', async () => {
    for (let n = 0; n < 12; n++) await put('leisure-1', { name: `Room ${n}` });
    expect((await namesOf('leisure-1')).map(({ name: title }) => title)).toEqual(
      Array.from({ length: 10 }, (_, i) => `Room ${11 - i}`),
    );
  });
});

// the last: the breaker stays open after it
it('a room is not named where a model is required and is away', async () => {
  model.away = true;
  expect((await name({ room_ids: ['leisure-1'], text_model: 'required' })).status).toBe(503);
  expect(await shown('leisure-1')).toEqual(['Leisure', 'theme', false]);
});
