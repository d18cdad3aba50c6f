import { beforeAll, expect, it, vi } from 'vitest';
import type { Accepted } from '../../src/messages/contract.ts';
import type { PalaceView } from '../../src/palace/rooms/contract.ts';
import { type Client, call, newClient, type Problem, type Reply } from '../helpers/client.ts';
import { useTestEmbedder } from '../helpers/embedder.ts';
import { Mutator, type Shot } from '../helpers/mutator.ts';
import { holdQueue } from '../helpers/person.ts';
import { everyRoute, type Route } from '../helpers/routes.ts';
import { HISTORY } from '../helpers/seed.ts';

const REQUESTS = 10_000;
const SEED = 20_261_122;

let app: Client;
let routes: Route[];
let ids: Record<string, string>;
beforeAll(async () => {
  useTestEmbedder();
  holdQueue();
  app = await newClient();
  routes = (await everyRoute()).filter((route) => route.template.startsWith('/api/'));
  const sent = await app.post<Accepted>('/messages?wait=true', { user_id: 'fuzz', messages: HISTORY });
  const palaces = await app.get<{ items: PalaceView[] }>('/users/fuzz/palaces');
  const palace_id = palaces.body.items[0]!.id;
  const trail = await app.post<{ id: string }>('/users/fuzz/trails', { name: 'Walk', stops: [{ memory_id: 'h2' }] });
  ids = {
    user_id: 'fuzz',
    task_id: sent.body.task_id,
    message_id: 'h0',
    memory_id: 'h1',
    palace_id,
    trail_id: trail.body.id,
  };
});

/** What is wrong with an answer, or null. */
function fault({ status, headers, text, body }: Reply<Problem>, method: string | undefined): string | null {
  if (status < 400) return null;
  if (status >= 500) return `answers ${status}`;
  if (headers.get('content-type') !== 'application/problem+json') return `is ${headers.get('content-type')}`;
  if (method === 'HEAD') return null; // it has no body
  if (body?.status !== status) return `says ${body?.status} in a ${status}`;
  if (!body.code || !body.detail || !body.type || !body.title) return 'says too little';
  if (!body.request_id || body.request_id !== headers.get('x-request-id')) return 'does not name the request';
  if (text.includes('    at ')) return 'shows a stack';
  const pointers = body.errors?.map(({ pointer }) => pointer) ?? [];
  const isFault = body.code === 'invalid_input' && !body.detail.startsWith('The cursor');
  if (isFault && pointers.length === 0) return 'points at no fault';
  if (!pointers.every((pointer) => pointer === '' || /^(\/([^~/]|~[01])*)+$/.test(pointer)))
    return 'holds a broken pointer';
  return null;
}

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
