import { validateBytes } from 'gltf-validator';
import { beforeAll, describe, expect, it } from 'vitest';
import type { z } from 'zod';
import type { Scene as SceneSchema } from '../../../src/palace/export/contract.ts';
import { sceneGlb } from '../../../src/palace/export/glb.ts';
import type { PalaceView } from '../../../src/palace/rooms/contract.ts';
import { type Client, call, newClient } from '../../helpers/client.ts';
import { useTestEmbedder } from '../../helpers/embedder.ts';
import { holdQueue } from '../../helpers/person.ts';
import { inPages, newFrame, strewnMemories } from '../../helpers/scene.ts';
import { HISTORY, numbered } from '../../helpers/seed.ts';

type Scene = z.infer<typeof SceneSchema>;

let app: Client;
beforeAll(async () => {
  useTestEmbedder();
  holdQueue();
  app = await newClient();
  await app.post('/messages?wait=true', { user_id: 'ana', messages: HISTORY });
});

const palaceOf = async (user: string) =>
  (await app.get<{ items: PalaceView[] }>(`/users/${user}/palaces`)).body.items[0]!;
const file = async (user: string, query: string) =>
  app.get<Scene>(`/users/${user}/palaces/${(await palaceOf(user)).id}/export${query}`);

describe('an export', () => {
  it('is a JSON scene of rooms, doors, anchors and memories, titles alone', async () => {
    const { status, headers, body } = await file('ana', '');
    expect([status, headers.get('content-type')]).toEqual([200, 'application/json']);
    expect(body.palace.memories).toBe(HISTORY.length);
    expect(body.memories).toHaveLength(HISTORY.length);
    const rooms = new Map(body.rooms.map((room) => [room.id, room]));
    for (const { room_id, position, title, strength, ...rest } of body.memories) {
      const { min, max } = rooms.get(room_id)!.bounds;
      expect([0, 1, 2].every((i) => position[i]! >= min[i]! && position[i]! <= max[i]!)).toBe(true);
      expect(title.length).toBeGreaterThan(5);
      expect(strength).toBeGreaterThan(0);
      expect(rest).not.toHaveProperty('content');
    }
    expect(body.doors.length).toBeGreaterThan(0);
    expect(body.rooms[0]!.anchors.length).toBeGreaterThan(0);
  });

  it('has the texts when asked for', async () => {
    const { body } = await file('ana', '?content=true');
    expect(body.memories.map(({ content }) => content).toSorted()).toEqual(HISTORY.map((m) => m.content).toSorted());
  });

  it('has all memories, however many pages they take', async () => {
    for (let first = 0; first < 2_100; first += 350) {
      await app.post('/messages?wait=true', { user_id: 'many', messages: numbered(350, first) });
    }
    const { body } = await file('many', '');
    expect(new Set(body.memories.map(({ id }) => id)).size).toBe(2_100);
  }, 120_000);

  it('is a GLB without faults', async () => {
    const { status, headers, text } = await file('ana', '?format=glb');
    expect([status, headers.get('content-type')]).toEqual([200, 'model/gltf-binary']);
    expect(text.slice(0, 4)).toBe('glTF');
    expect(text).toContain('"The heron came back to the pond behind our…"');
    expect(text).not.toContain('this morning');
    expect((await file('ana', '?format=glb&content=true')).text).toContain('this morning');
  });

  it('is made in workerd as the Khronos validator wants it', async () => {
    const frame = newFrame('garden');
    const pieces = await sceneGlb(frame, inPages(strewnMemories(frame, 100), 30));
    const { issues } = await validateBytes(new Uint8Array(Buffer.concat(pieces!)));
    expect([issues.numErrors, issues.numWarnings]).toEqual([0, 0]);
  });
});

describe('an export that is refused', () => {
  it('names a format that is none', async () => {
    const { id } = await palaceOf('ana');
    const reply = await app.get(`/users/ana/palaces/${id}/export?format=obj`);
    expect([reply.status, reply.body.errors![0]!.pointer]).toEqual([400, '/format']);
  });

  it('names a palace that is not there', async () => {
    expect((await app.get('/users/ana/palaces/x/export')).status).toBe(404);
  });

  it('is of another tenant', async () => {
    const { id } = await palaceOf('ana');
    const stranger = await newClient();
    expect((await stranger.get(`/users/ana/palaces/${id}/export?format=glb`)).status).toBe(404);
    expect((await call(`/api/v1/users/ana/palaces/${id}/export`)).status).toBe(401);
  });
});
