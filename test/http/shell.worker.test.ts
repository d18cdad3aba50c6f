import { env } from 'cloudflare:workers';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { apiKeys } from '../../drizzle/schema.ts';
import { KEY_FRESH_MS } from '../../src/auth/key-lookup.ts';
import type { Accepted } from '../../src/messages/contract.ts';
import { LIMITS } from '../../src/messages/contract.ts';
import { openDb } from '../../src/persistence/db.ts';
import { type Client, call, newClient, type Problem } from '../helpers/client.ts';
import { useTestEmbedder } from '../helpers/embedder.ts';
import { withoutPostgres } from '../helpers/outage.ts';

let app: Client;
beforeAll(async () => {
  useTestEmbedder();
  app = await newClient();
});

const ID = 'trace-42_a=b';

describe('request id', () => {
  it('is echoed, in the answer and in a problem', async () => {
    const reply = await call('/nowhere', { headers: { 'x-request-id': ID } });
    expect([reply.headers.get('x-request-id'), reply.body.request_id]).toEqual([ID, ID]);
    expect((await call('/health/live', { headers: { 'x-request-id': ID } })).headers.get('x-request-id')).toBe(ID);
  });

  it.each(['', 'a b', 'x'.repeat(65), '<script>', 'a"b'])('is made anew where "%s" was sent', async (id) => {
    const reply = await call('/nowhere', { headers: { 'x-request-id': id } });
    expect(reply.headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
  });
});

describe('a request that leads nowhere', () => {
  it.each([
    ['GET', '/'],
    ['GET', '/api/v2/message'],
    ['GET', '/health'],
    ['DELETE', '/openapi.json'],
    ['GET', '/docs/../../secret'],
    ['GET', '/docs/other.html'],
    ['GET', '/operator/other.html'],
  ])('%s %s is a problem with status 404', async (method, path) => {
    const reply = await call(path, { method });
    expect([reply.status, reply.headers.get('content-type')]).toEqual([404, 'application/problem+json']);
    expect(reply.body).toMatchObject({
      code: 'not_found',
      status: 404,
      title: 'not found',
      type: '/problems/not_found',
    });
  });

  it('within the API is told only to those with a key', async () => {
    expect((await call('/api/v1/nowhere')).status).toBe(401);
    expect((await app.get('/nowhere')).status).toBe(404);
    expect((await app.send('PUT', '/message')).status).toBe(404);
  });
});

describe('a list', () => {
  beforeAll(async () => {
    await app.post('/message', { user_id: 'ana', content: 'I named the cat Pessoa.' });
    await app.send('PUT', '/users/ana/consent', { prediction: true, reconstruction: true });
  });

  it.each([
    ...['messages', 'tasks', 'memories', 'audit', 'trails'],
    ...['gaps', 'reconstructions', 'digs', 'mirror/decisions'],
  ])('of %s names a cursor that is not one of its own', async (list) => {
    const { status, body } = await app.get<Problem>(`/users/ana/${list}?cursor=!`);
    expect([status, body.errors]).toMatchObject([400, [{ in: 'query', pointer: '/cursor' }]]);
  });
});

describe('a body', () => {
  const send = (body: BodyInit, type: string | null = 'application/json') => {
    const headers = new Headers({ authorization: app.authorization });
    if (type !== null) headers.set('content-type', type);
    return call('/api/v1/message', { method: 'POST', body, headers });
  };
  const good = JSON.stringify({ user_id: 'body', content: 'a' });

  it.each(['', '{', '{"user_id":}', 'null x', '\u0000', '{"content":"a",}', 'NaN'])(
    'of broken JSON is refused: %s',
    async (body) => {
      const reply = await send(body);
      expect([reply.status, reply.body.code]).toEqual([400, 'invalid_input']);
      expect(reply.body.errors).toMatchObject([{ in: 'body', pointer: '' }]);
    },
  );

  it.each(['null', '[]', '7', '"text"', 'true'])('that is JSON of another kind is refused: %s', async (body) => {
    const reply = await send(body);
    expect([reply.status, reply.body.errors![0]!.pointer]).toEqual([400, '']);
  });

  it.each(['text/plain', 'application/x-www-form-urlencoded', 'application/jsonp', 'json', null])(
    'of type %s is refused as such',
    async (type) => {
      const reply = await send(new TextEncoder().encode(good), type);
      expect([reply.status, reply.body.code]).toEqual([415, 'unsupported_media_type']);
    },
  );

  it.each(['application/json', 'Application/JSON; charset=utf-8', 'application/json;charset=latin1'])(
    'of type %s is read',
    async (type) => {
      expect((await send(good, type)).status).toBe(202);
    },
  );

  it('of more than 2 MB is refused, whether or not it says how long it is', async () => {
    const text = new Uint8Array(LIMITS.bodyBytes + 1).fill(32);
    expect((await send(text)).body).toMatchObject({ status: 413, code: 'too_large' });
    const stream = new ReadableStream({
      start(controller) {
        for (let i = 0; i < 33; i++) controller.enqueue(text.slice(0, LIMITS.bodyBytes / 32));
        controller.close();
      },
    });
    expect((await send(stream)).status).toBe(413);
  });
});

describe('a key', () => {
  const get = (authorization: string) => call('/api/v1/users/nobody', { headers: { authorization } });

  it('must be there, be ours, and be known', async () => {
    for (const header of [
      '',
      'Bearer',
      'Bearer nonsense',
      `Bearer pal_00000000_${'0'.repeat(32)}`,
      `Basic ${app.key}`,
    ]) {
      const reply = await get(header);
      expect([reply.status, reply.body.code]).toEqual([401, 'unauthenticated']);
      expect(reply.headers.get('www-authenticate')).toBe('Bearer');
    }
    expect((await get(app.authorization)).status).toBe(404);
  });

  it('that has expired is refused', async () => {
    const expired = await newClient({ expiresAt: Date.now() - 1 });
    expect((await get(expired.authorization)).status).toBe(401);
  });

  it('that is revoked stops working within a minute', async () => {
    const client = await newClient();
    expect((await get(client.authorization)).status).toBe(404);
    const { eq } = await import('drizzle-orm');
    await openDb(env).update(apiKeys).set({ revokedAt: new Date() }).where(eq(apiKeys.id, client.id));
    const later = Date.now() + KEY_FRESH_MS;
    const clock = vi.spyOn(Date, 'now').mockReturnValue(later);
    expect((await get(client.authorization)).status).toBe(401);
    clock.mockRestore();
  });

  it('needs the scope of what it asks', async () => {
    const reader = await newClient({ scopes: ['read'] });
    const writer = await newClient({ scopes: ['ingest'] });
    const none = await newClient({ scopes: [] });
    const body = { user_id: 'u', content: 'a' };
    for (const client of [reader, none]) {
      expect((await client.post('/message', body)).body).toMatchObject({ status: 403, code: 'forbidden' });
    }
    expect((await writer.post('/message', body)).status).toBe(202);
    for (const client of [writer, none]) {
      expect((await client.get('/users/u/messages')).status).toBe(403);
      expect((await client.post('/users/u/memories/search', { query: 'a' })).status).toBe(403);
    }
  });

  it('that is bound to one person knows no other', async () => {
    const all = await newClient();
    const bound = await newClient({ tenantId: all.tenantId, userId: 'ana' });
    const toBo = await all.post<Accepted>('/message', { user_id: 'bo', content: 'of bo' });
    expect((await bound.post('/message', { user_id: 'ana', content: 'of ana' })).status).toBe(202);
    expect((await bound.get('/users/ana')).status).toBe(200);
    expect((await bound.get('/users/bo')).status).toBe(404);
    expect((await bound.get(`/tasks/${toBo.body.task_id}`)).status).toBe(404);
    expect((await bound.post('/message', { user_id: 'bo', content: 'a' })).status).toBe(404);
  });

  it('that is wrong again and again slows its address down, but nobody who is known there', async () => {
    const known = await newClient();
    const from = (address: string, authorization: string) =>
      call('/api/v1/users/nobody', { headers: { authorization, 'cf-connecting-ip': address } });
    expect((await from('192.0.2.1', known.authorization)).status).toBe(404);
    const wrong = `Bearer pal_00000000_${'0'.repeat(32)}`;
    const statuses = new Set<number>();
    for (let i = 0; i < 40; i++) statuses.add((await from('192.0.2.1', wrong)).status);
    expect(statuses).toEqual(new Set([401, 429]));
    const refused = await from('192.0.2.1', wrong);
    expect([refused.status, refused.body.code]).toEqual([429, 'rate_limited']);
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThanOrEqual(1);
    expect((await from('192.0.2.1', known.authorization)).status).toBe(404);
    expect((await from('192.0.2.2', wrong)).status).toBe(401);
  });

  it('shares with the others of its rate what may be asked about one user', async () => {
    const tenantId = `tenant-${crypto.randomUUID()}`;
    const [one, other] = [
      await newClient({ tenantId, ratePerMinute: 30 }),
      await newClient({ tenantId, ratePerMinute: 30 }),
    ];
    for (let i = 0; i < 3; i++) expect((await one.get('/users/ana')).status).toBe(404);
    const refused = await other.get('/users/ana');
    expect([refused.status, refused.body.detail]).toEqual([429, 'Too many requests are about this user.']);
    expect((await other.get('/users/bo')).status).toBe(404);
  });

  it('over its rate is told how long to wait', async () => {
    const slow = await newClient({ ratePerMinute: 20 });
    const replies = await Promise.all([1, 2, 3].map(() => slow.get('/users/nobody')));
    expect(replies.map((reply) => reply.status).toSorted()).toEqual([404, 404, 429]);
    const refused = replies.find((reply) => reply.status === 429)!;
    expect(refused.body.code).toBe('rate_limited');
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThanOrEqual(1);
    expect(Number(refused.headers.get('retry-after'))).toBeLessThanOrEqual(3);
  });
});

describe('while Postgres is down', () => {
  it('a key that was known goes on working, and one that was not is told to come back', async () => {
    const [known, unknown] = [await newClient(), await newClient()];
    await known.get('/users/nobody');
    await withoutPostgres(async () => {
      expect((await known.post('/message', { user_id: 'u', content: 'a' })).status).toBe(202);
      const reply = await unknown.get('/users/nobody');
      expect([reply.status, reply.body.code, reply.headers.get('retry-after')]).toEqual([503, 'unavailable', '5']);
    });
    expect((await unknown.get('/users/nobody')).status).toBe(404);
  });

  it('the service is degraded, not gone', async () => {
    await withoutPostgres(async () => {
      expect((await call<object>('/health/live')).status).toBe(200);
      const reply = await call<object>('/health/ready');
      expect([reply.status, reply.body]).toMatchObject([200, { status: 'degraded', checks: { postgres: 'down' } }]);
    });
  });
});

describe('open to everybody', () => {
  it('are health, the API description and its page', async () => {
    expect((await call<object>('/health/live')).body).toEqual({ status: 'live' });
    expect((await call<object>('/health/ready')).body).toMatchObject({ status: 'ready', checks: { postgres: 'ok' } });
    expect((await call('/docs/')).text).toContain('swagger-ui');
    expect((await call('/docs/swagger-ui.css')).status).toBe(200);
    expect((await call('/operator/')).text).toContain('operator.js');
    expect((await call('/operator/reading.js')).text).toContain('export function readMetrics');
    expect((await call('/openapi.json')).status).toBe(200);
  });
});
