import { beforeAll, expect, it, vi } from 'vitest';
import { Scope } from '../../src/auth/contract.ts';
import type { Message } from '../../src/messages/contract.ts';
import type { Page } from '../../src/shared/page.ts';
import { rebuilt, record } from '../helpers/archaeology.ts';
import { type Client, newClient } from '../helpers/client.ts';
import { useTestEmbedder } from '../helpers/embedder.ts';
import { securitySuite, type Victim } from '../helpers/security-suite.ts';
import { populate, SECRETS } from '../helpers/victim.ts';

beforeAll(() => {
  useTestEmbedder();
  vi.spyOn(console, 'info').mockImplementation(() => {});
});

async function newVictim(): Promise<Victim> {
  const client = await newClient({ scopes: Scope.options });
  const userId = 'ana';
  const ids = await populate(client, userId);
  await client.post('/messages?wait=true', { user_id: userId, messages: record() });
  const [reconstruction_id = ''] = await rebuilt(client, userId);
  const { items } = (await client.get<Page<Message>>(`/users/${userId}/messages?limit=100`)).body;
  const unasked = items.map(({ id }) => id).filter((id) => !Object.values(ids).includes(id));
  return { client, userId, ids: { ...ids, reconstruction_id }, secrets: [...SECRETS, ...unasked] };
}

securitySuite(newVictim);

it('keeps two tenants apart that name a person alike', async () => {
  const { client: theirs, userId } = await newVictim();
  const ours: Client = await newClient();
  await ours.post('/message?wait=true', { user_id: userId, content: 'Only ours: a tin of cardamom.' });
  const list = await ours.get<Page<Message>>(`/users/${userId}/messages`);
  expect(list.body.items.map((m) => m.content)).toEqual(['Only ours: a tin of cardamom.']);
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
