import { beforeAll, expect, it, vi } from 'vitest';
import { Scope } from '../../src/auth/contract.ts';
import type { Accepted } from '../../src/messages/contract.ts';
import type { Route } from '../helpers/api-routes.ts';
import { rebuilt, record } from '../helpers/archaeology.ts';
import { type Client, call, newClient } from '../helpers/client.ts';
import { useTestEmbedder } from '../helpers/embedder.ts';
import { fault } from '../helpers/fault.ts';
import { Mutator, type Shot } from '../helpers/mutator.ts';
import { holdQueue } from '../helpers/person.ts';
import { everyRoute } from '../helpers/routes.ts';
import { populate } from '../helpers/victim.ts';

const REQUESTS = 10_000;
const SEED = 20_261_122;

let app: Client;
let routes: Route[];
let ids: Record<string, string>;
beforeAll(async () => {
  useTestEmbedder();
  holdQueue();
  vi.spyOn(console, 'info').mockImplementation(() => {});
  app = await newClient({ scopes: Scope.options });
  // whoever erases the person leaves nothing to fuzz
  const spared = 'DELETE /api/v1/users/{user_id}';
  routes = (await everyRoute()).filter(({ name, template }) => template.startsWith('/api/') && name !== spared);
  ids = { ...(await populate(app, 'fuzz')), message_id: 'h0', memory_id: 'h1' };
  await app.post('/messages?wait=true', { user_id: 'fuzz', messages: record() });
  const [reconstruction_id = ''] = await rebuilt(app, 'fuzz');
  ids.reconstruction_id = reconstruction_id;
}, 60_000);

const show = ({ path, init }: Shot) => JSON.stringify({ path, ...init, body: String(init.body).slice(0, 300) });

it(`answers ${REQUESTS} malformed requests without one error of its own, and each refusal is a problem document`, async () => {
  const noise = vi.spyOn(console, 'error').mockImplementation(() => {});
  const mutator = new Mutator({ routes, ids, authorization: app.authorization, seed: SEED });
  const wrong: string[] = [];
  const statuses = new Map<number, number>();
  for (let i = 0; i < REQUESTS; i++) {
    const shot = mutator.next();
    const reply = await call(shot.path, shot.init).catch((error: unknown) => {
      wrong.push(`${String(error)}: ${show(shot)}`);
      return null;
    });
    if (!reply) continue;
    statuses.set(reply.status, (statuses.get(reply.status) ?? 0) + 1);
    const found = fault(reply, shot.init.method);
    if (found) wrong.push(`${found}: ${show(shot)}`);
  }
  noise.mockRestore();
  expect(wrong.slice(0, 10)).toEqual([]);
  // what was sent was malformed for the most part, and in many ways
  for (const status of [400, 401, 404, 409, 415])
    expect(statuses.get(status) ?? 0, `answers ${status}`).toBeGreaterThan(0);
  expect(statuses.get(400)).toBeGreaterThan(REQUESTS / 3);
}, 180_000);

it('still works after all that', async () => {
  const reply = await app.post<Accepted>('/message?wait=true', { user_id: 'fuzz', content: 'The last word.' });
  expect(reply.body).toMatchObject({ status: 'completed', accepted: 1 });
  const list = await app.get(`/users/fuzz/messages?limit=100`);
  expect(list.status).toBe(200);
});
