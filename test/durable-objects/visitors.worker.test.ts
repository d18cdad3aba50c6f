import { exports } from 'cloudflare:workers';
import { afterEach, beforeAll, beforeEach, expect, it, vi } from 'vitest';
import type { MemoryPage, MemoryView } from '../../src/palace/memories/contract.ts';
import { type Client, newClient } from '../helpers/client.ts';
import { useTestEmbedder } from '../helpers/embedder.ts';
import { evict, holdQueue } from '../helpers/person.ts';
import { HISTORY } from '../helpers/seed.ts';

interface Heard {
  type: string;
  memory_ids?: string[];
  code?: string;
  errors?: { pointer: string }[];
}

let app: Client;
let owner: { tenantId: string; userId: string };
let memories: MemoryView[];
let open: WebSocket[] = [];
beforeAll(async () => {
  useTestEmbedder();
  holdQueue();
  app = await newClient();
});
beforeEach(async () => {
  owner = { tenantId: app.tenantId, userId: crypto.randomUUID() };
  await app.post('/messages?wait=true', { user_id: owner.userId, messages: HISTORY });
  memories = (await app.get<MemoryPage>(`/users/${owner.userId}/memories?limit=100`)).body.items;
});
afterEach(() => {
  for (const socket of open) socket.close();
  open = [];
});

/** A visitor: says positions, and waits for what is told of memories. */
async function visit() {
  const { webSocket } = await exports.default.fetch(`https://api.test/api/v1/ws/user/${owner.userId}`, {
    headers: { authorization: app.authorization, upgrade: 'websocket' },
  });
  const socket = webSocket!;
  const heard: Heard[] = [];
  socket.addEventListener('message', ({ data }) => void heard.push(JSON.parse(String(data))));
  socket.accept();
  open.push(socket);
  const told = () => heard.filter(({ type }) => type === 'error' || /^memory\.(entered|left)$/.test(type));
  const stand = ([x, y, z]: readonly number[], radius = 0.5) =>
    socket.send(JSON.stringify({ type: 'position', x, y, z, radius }));
  const hears = (count: number) =>
    vi.waitFor(() => {
      expect(told()).toHaveLength(count);
      return told();
    });
  return { socket, stand, hears, told };
}

const [FAR_AWAY] = [[500, 500, 50]];

it('tells what comes near and what stays behind', async () => {
  const { stand, hears } = await visit();
  const [one, other] = [memories[0]!, memories.find(({ room_id }) => room_id !== memories[0]!.room_id)!];
  stand(one.position!);
  stand(other.position!);
  stand(FAR_AWAY!);
  const told = await hears(4);
  expect(told.map(({ type }) => type)).toEqual(['memory.entered', 'memory.entered', 'memory.left', 'memory.left']);
  expect(told[0]!.memory_ids).toContain(one.id);
  expect(told[1]!.memory_ids).toContain(other.id);
  expect(told[2]!.memory_ids).toEqual(told[0]!.memory_ids);
  expect(told[3]!.memory_ids).toEqual(told[1]!.memory_ids);
});

it('says nothing to one who stands still', async () => {
  const { stand, hears, told } = await visit();
  stand(memories[0]!.position!);
  await hears(1);
  stand(memories[0]!.position!);
  stand(FAR_AWAY!);
  await hears(2);
  expect(told()[1]!.type).toBe('memory.left');
});

it('knows where a visitor stands after the object has slept', async () => {
  const { stand, hears } = await visit();
  stand(memories[0]!.position!);
  const [entered] = await hears(1);
  await evict(owner, 'hibernate');
  stand(FAR_AWAY!);
  expect((await hears(2))[1]).toMatchObject({ type: 'memory.left', memory_ids: entered!.memory_ids });
});

it('tells what is placed beside the visitor, and what goes from there', async () => {
  const { stand, hears } = await visit();
  const { category, position } = memories[0]!;
  stand(position!, 30);
  await hears(1);
  const note = await app.post<MemoryView>(`/users/${owner.userId}/memories?wait=true`, { content: 'New.', category });
  expect((await hears(2))[1]).toMatchObject({ type: 'memory.entered', memory_ids: [note.body.id] });
  await app.delete(`/users/${owner.userId}/memories/${note.body.id}`);
  expect((await hears(3))[2]).toMatchObject({ type: 'memory.left', memory_ids: [note.body.id] });
});

it('answers what it does not understand, and goes on', async () => {
  const { socket, stand, hears } = await visit();
  const position = { type: 'position', x: 0, y: 0, z: 0, radius: 1 };
  socket.send('{');
  socket.send(JSON.stringify({ ...position, x: 'here', radius: -1 }));
  socket.send('{"type":"position","x":1e999,"y":0,"z":0,"radius":1}');
  socket.send(JSON.stringify({ ...position, palace_id: 'nowhere' }));
  socket.send(JSON.stringify({ ...position, radius: 101 }));
  const told = await hears(5);
  expect(told.map(({ code }) => code)).toEqual([
    ...['invalid_input', 'invalid_input', 'invalid_input', 'not_found', 'invalid_input'],
  ]);
  expect(told[1]!.errors!.map(({ pointer }) => pointer)).toEqual(['/x', '/radius']);
  stand(memories[0]!.position!);
  expect((await hears(6))[5]!.type).toBe('memory.entered');
});
