import { exports } from 'cloudflare:workers';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { type Client, call, newClient } from '../helpers/client.ts';
import { useTestEmbedder } from '../helpers/embedder.ts';

const PAGE = 'https://app.example';

interface Made {
  ticket: string;
  expires_at: string;
}

let app: Client;
beforeAll(async () => {
  useTestEmbedder();
  app = await newClient({ tenantId: 'tenant-with-pages' });
  await app.post('/message?wait=true', { user_id: 'ana', content: 'The first entry.' });
}, 60_000);

const make = async (body?: object) => (await app.post<Made>('/users/ana/tickets', body)).body.ticket;

/** Opens a socket as a browser would; answers the status and closes it. */
async function open(query: string, headers: Record<string, string> = {}): Promise<number> {
  const url = `https://api.test/api/v1/ws/user/ana${query}`;
  const response = await exports.default.fetch(url, { headers: { upgrade: 'websocket', ...headers } });
  response.webSocket?.accept();
  response.webSocket?.close();
  return response.status;
}

describe('a ticket', () => {
  it('is made without a body: for live events, for two minutes', async () => {
    const before = Date.now();
    const { status, body } = await app.post<Made>('/users/ana/tickets');
    expect(status).toBe(201);
    expect(Date.parse(body.expires_at) - before).toBeGreaterThanOrEqual(119_000);
    expect(Date.parse(body.expires_at) - before).toBeLessThanOrEqual(125_000);
    expect(await open(`?ticket=${body.ticket}`)).toBe(101);
  });

  it('lives as long as it was asked to, and no longer than five minutes', async () => {
    const ticket = await make({ ttl_seconds: 1 });
    const clock = vi.spyOn(Date, 'now').mockReturnValue(Date.now() + 1_000);
    expect(await open(`?ticket=${ticket}`)).toBe(401);
    clock.mockRestore();
    expect((await app.post('/users/ana/tickets', { ttl_seconds: 301 })).status).toBe(400);
  });

  it('for live events reads nothing else', async () => {
    const authorization = `Bearer ${await make()}`;
    expect((await call('/api/v1/users/ana/messages', { headers: { authorization } })).status).toBe(403);
  });

  it('for reading is a bearer token, and is refused in a URL', async () => {
    const ticket = await make({ scope: 'read' });
    const headers = { authorization: `Bearer ${ticket}` };
    expect((await call('/api/v1/users/ana/messages', { headers })).status).toBe(200);
    expect(await open('', headers)).toBe(101);
    expect(await open(`?ticket=${ticket}`)).toBe(401);
  });

  it('counts in the URL of a socket only', async () => {
    const ticket = await make();
    expect((await call(`/api/v1/users/ana?ticket=${ticket}`)).status).toBe(401);
  });

  it('makes no further ticket', async () => {
    const headers = { authorization: `Bearer ${await make({ scope: 'read' })}` };
    expect((await call('/api/v1/users/ana/tickets', { method: 'POST', headers })).status).toBe(403);
  });

  it('is made for nobody who is not there', async () => {
    expect((await app.post('/users/nobody/tickets')).status).toBe(404);
  });

  it('is never repeated in an answer or a log', async () => {
    const said: unknown[] = [];
    for (const level of ['log', 'error', 'warn', 'info'] as const) {
      vi.spyOn(console, level).mockImplementation((...words) => void said.push(words));
    }
    const ticket = await make();
    const reply = await call(`/api/v1/ws/user/ana?ticket=${ticket}`);
    const refused = await call(`/api/v1/ws/user/ana?ticket=${ticket}x`, { headers: { upgrade: 'websocket' } });
    vi.restoreAllMocks();
    expect([reply.status, refused.status]).toEqual([400, 401]);
    expect(reply.text + refused.text + JSON.stringify(said)).not.toContain(ticket);
  });
});

describe('a socket', () => {
  it('is opened by a page of an origin that the tenant allows, and by a program', async () => {
    expect(await open(`?ticket=${await make()}`, { origin: PAGE })).toBe(101);
    expect(await open('', { authorization: app.authorization })).toBe(101);
  });

  it('is opened by a page of this service itself', async () => {
    expect(await open(`?ticket=${await make()}`, { origin: 'https://api.test' })).toBe(101);
  });

  it.each(['https://evil.example', 'null', 'http://app.example', 'https://app.example.evil.example'])(
    'is refused to a page of %s',
    async (origin) => expect(await open(`?ticket=${await make()}`, { origin })).toBe(403),
  );

  it('is refused to the page of another tenant', async () => {
    const other = await newClient();
    await other.post('/message', { user_id: 'ana', content: 'Another Ana.' });
    expect(await open('', { authorization: other.authorization, origin: PAGE })).toBe(403);
  });
});
