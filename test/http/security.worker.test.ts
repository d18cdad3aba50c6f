import { beforeAll, expect, it } from 'vitest';
import type { Accepted, Message } from '../../src/messages/contract.ts';
import type { PalaceView } from '../../src/palace/rooms/contract.ts';
import type { Page } from '../../src/shared/page.ts';
import { type Client, newClient } from '../helpers/client.ts';
import { useTestEmbedder } from '../helpers/embedder.ts';
import { securitySuite, type Victim } from '../helpers/security-suite.ts';
import { HISTORY } from '../helpers/seed.ts';

beforeAll(() => void useTestEmbedder());

async function newVictim(): Promise<Victim> {
  const client = await newClient();
  const userId = 'ana';
  const sent = await client.post<Accepted>('/messages?wait=true', { user_id: userId, messages: HISTORY });
  const { task_id, message_ids } = sent.body;
  const palaces = await client.get<{ items: PalaceView[] }>(`/users/${userId}/palaces`);
  const palaceId = palaces.body.items[0]!.id;
  const stops = [{ memory_id: message_ids[2], note: 'the pottery wheel' }];
  const trail = await client.post<{ id: string }>(`/users/${userId}/trails`, { name: 'A secret walk', stops });
  return {
    client,
    userId,
    ids: {
      user_id: userId,
      task_id,
      message_id: message_ids[0]!,
      memory_id: message_ids[1]!,
      palace_id: palaceId,
      trail_id: trail.body.id,
    },
    secrets: ['heron', 'lighthouse', 'walnuts', 'pottery', ...message_ids.slice(2)],
  };
}

securitySuite(newVictim);

it('keeps two tenants apart that name a person alike', async () => {
  const { client: theirs, userId } = await newVictim();
  const ours: Client = await newClient();
  await ours.post('/message?wait=true', { user_id: userId, content: 'Only ours: a tin of saffron.' });
  const list = await ours.get<Page<Message>>(`/users/${userId}/messages`);
  expect(list.body.items.map((m) => m.content)).toEqual(['Only ours: a tin of saffron.']);
  const search = await ours.post(`/users/${userId}/memories/search`, { query: 'heron pond', top_k: 100 });
  expect(search.text).not.toContain('heron');
  await ours.delete(`/users/${userId}/messages/h0`);
  expect((await theirs.get(`/users/${userId}/messages/h0`)).status).toBe(200);
});

it('does not let names run into each other', async () => {
  const [one, other] = [await newClient({ tenantId: `t-${crypto.randomUUID()}` }), await newClient()];
  await one.post('/message', { user_id: 'b', content: 'first' });
  for (const userId of ['B', 'b.', '%62 ', '../b', 'ab']) {
    expect((await one.get(`/users/${encodeURIComponent(userId)}/messages`)).status).toBeGreaterThanOrEqual(400);
  }
  expect((await other.get(`/users/b/messages`)).status).toBe(404);
});
