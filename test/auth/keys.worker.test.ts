import { env } from 'cloudflare:workers';
import { afterEach, beforeAll, beforeEach, expect, it, vi } from 'vitest';
import { Scope } from '../../src/auth/contract.ts';
import { KEY_FRESH_MS } from '../../src/auth/key-lookup.ts';
import type { CreatedKey, KeyView } from '../../src/auth/keys/contract.ts';
import type { Page } from '../../src/shared/page.ts';
import { type Client, call, newClient } from '../helpers/client.ts';
import { useTestEmbedder } from '../helpers/embedder.ts';
import { withoutPostgres } from '../helpers/outage.ts';

type Created = typeof CreatedKey._output;

let admin: Client;
beforeAll(() => void useTestEmbedder());
beforeEach(async () => {
  vi.spyOn(console, 'info').mockImplementation(() => {});
  admin = await newClient({ scopes: Scope.options });
}, 60_000);
afterEach(() => void vi.restoreAllMocks());

const make = (body: object, client = admin) =>
  client.post<Created>('/keys', { name: 'app', scopes: ['read'], ...body });
/** What a key is answered when it asks for a person. */
const tryKey = async (key: string, path = '/users/nobody') =>
  (await call(`/api/v1${path}`, { headers: { authorization: `Bearer ${key}` } })).status;

it('makes a key that works, and shows it once', async () => {
  const { status, body } = await make({ name: ' the app ' });
  expect(status).toBe(201);
  expect(body).toMatchObject({ name: 'the app', scopes: ['read'], user_id: null, expires_at: null, revoked_at: null });
  expect(body.key.startsWith(`${body.prefix}_`)).toBe(true);
  expect(await tryKey(body.key)).toBe(404);
  const list = await admin.get<Page<KeyView>>('/keys');
  const { key, ...view } = body;
  expect(list.body.items.find(({ id }) => id === body.id)).toEqual(view);
  expect(list.text).not.toContain(key);
});

it('gives a key exactly the scopes that were asked for', async () => {
  const { body } = await make({ scopes: ['ingest', 'ingest'] });
  expect(body.scopes).toEqual(['ingest']);
  expect(await tryKey(body.key)).toBe(403);
});

it('refuses a key from its expiry on', async () => {
  const expires_at = new Date(Date.now() + 60_000).toISOString();
  const { body } = await make({ expires_at });
  expect(body.expires_at).toBe(expires_at);
  expect(await tryKey(body.key)).toBe(404);
  vi.spyOn(Date, 'now').mockReturnValue(Date.parse(expires_at));
  expect(await tryKey(body.key)).toBe(401);
});

it('takes no expiry that it could not keep', async () => {
  const { status, body } = await make({ expires_at: '9999-12-31T23:59:59-23:00' });
  expect([status, body]).toMatchObject([400, { errors: [{ pointer: '/expires_at' }] }]);
  expect((await make({ expires_at: '9999-12-31T23:59:59Z' })).status).toBe(201);
});

it('holds a key to its own rate', async () => {
  const { body } = await make({ rate_per_minute: 10 });
  expect([await tryKey(body.key), await tryKey(body.key)]).toEqual([404, 429]);
});

it('binds a key to one person', async () => {
  await admin.post('/message', { user_id: 'bo', content: 'of bo' });
  const { body } = await make({ user_id: 'ana', scopes: ['read', 'ingest'] });
  expect(await tryKey(body.key, '/users/bo')).toBe(404);
  expect(await tryKey(body.key, '/users/bo/messages')).toBe(404);
});

it('refuses a revoked key here at once, and it stays in the list', async () => {
  const { body } = await make({});
  expect(await tryKey(body.key)).toBe(404);
  expect((await admin.delete(`/keys/${body.id}`)).status).toBe(204);
  expect(await tryKey(body.key)).toBe(401);
  const { items } = (await admin.get<Page<KeyView>>('/keys')).body;
  expect(items.find(({ id }) => id === body.id)!.revoked_at).not.toBeNull();
});

it('refuses a revoked key everywhere within a minute, also where nobody was told of it', async () => {
  const { body } = await make({});
  expect(await tryKey(body.key)).toBe(404);
  const { revokeKey } = await import('../../src/persistence/api-keys.ts');
  const { openDb } = await import('../../src/persistence/db.ts');
  await revokeKey(openDb(env), { tenantId: admin.tenantId, userId: null }, body.id, Date.now());
  vi.spyOn(Date, 'now').mockReturnValue(Date.now() + KEY_FRESH_MS);
  expect(await tryKey(body.key)).toBe(401);
});

it('revokes again without a word, and keeps the first moment', async () => {
  const { body } = await make({});
  await admin.delete(`/keys/${body.id}`);
  const first = (await admin.get<Page<KeyView>>('/keys')).body.items[0]!.revoked_at;
  expect((await admin.delete(`/keys/${body.id}`)).status).toBe(204);
  expect((await admin.get<Page<KeyView>>('/keys')).body.items[0]!.revoked_at).toBe(first);
});

it('lists page by page, the newest first, each key once', async () => {
  const fresh = await newClient({ scopes: Scope.options });
  const made: string[] = [fresh.id];
  for (let i = 0; i < 4; i++) made.push((await make({ name: `n${i}` }, fresh)).body.id);
  const seen: string[] = [];
  let cursor: string | null = null;
  do {
    const at: string = cursor === null ? '' : `&cursor=${cursor}`;
    const { items, next }: Page<KeyView> = (await fresh.get<Page<KeyView>>(`/keys?limit=2${at}`)).body;
    seen.push(...items.map(({ id }) => id));
    cursor = next;
  } while (cursor !== null);
  expect(seen.toSorted()).toEqual(made.toSorted());
  expect(seen).toEqual(seen.toSorted().toReversed());
});

it('leaves the keys of another tenant alone', async () => {
  const stranger = await newClient({ scopes: Scope.options });
  const { body } = await make({});
  expect((await stranger.delete(`/keys/${body.id}`)).status).toBe(404);
  expect((await stranger.get<Page<KeyView>>('/keys')).body.items.map(({ id }) => id)).toEqual([stranger.id]);
  expect(await tryKey(body.key)).toBe(404);
});

it('lets a bound key make and revoke only keys of its person', async () => {
  const bound = await newClient({ tenantId: admin.tenantId, userId: 'ana', scopes: ['admin'] });
  const { body } = await make({ scopes: ['admin', 'read'] }, bound);
  expect(body.user_id).toBe('ana');
  expect((await make({ user_id: 'bo' }, bound)).status).toBe(404);
  expect((await bound.delete(`/keys/${admin.id}`)).status).toBe(404);
  const { items } = (await bound.get<Page<KeyView>>('/keys')).body;
  expect(items.map(({ id }) => id).toSorted()).toEqual([bound.id, body.id].toSorted());
  expect((await bound.delete(`/keys/${body.id}`)).status).toBe(204);
});

it.each([
  ['/name', { name: ' ' }],
  ['/name', { name: 'a\u0000b' }],
  ['/scopes', { scopes: [] }],
  ['/scopes/0', { scopes: ['everything'] }],
  ['/expires_at', { expires_at: 'tomorrow' }],
  ['/expires_at', { expires_at: '2020-01-01T00:00:00Z' }],
  ['/rate_per_minute', { rate_per_minute: 0 }],
  ['/hash', { hash: 'a' }],
])('names the fault at %s', async (pointer, body) => {
  const reply = await admin.post('/keys', { name: 'a', scopes: ['read'], ...body });
  expect([reply.status, reply.body.errors!.map((fault) => fault.pointer)]).toEqual([400, [pointer]]);
});

it('logs who made and revoked a key, and nothing that opens anything', async () => {
  const log = vi.spyOn(console, 'info').mockImplementation(() => {});
  const { body } = await make({ name: 'marker-in-name' });
  await admin.delete(`/keys/${body.id}`);
  const said = JSON.stringify(log.mock.calls);
  expect(log.mock.calls.map(([line]) => line.event)).toEqual(['API key made', 'API key revoked']);
  expect(said).toContain(body.id);
  expect(said).toContain(admin.id);
  for (const secret of [body.key, 'marker-in-name', admin.key]) expect(said).not.toContain(secret);
});

it('says to come back while Postgres is down', async () => {
  await admin.get('/keys');
  await withoutPostgres(async () => {
    for (const reply of [await make({}), await admin.get('/keys'), await admin.delete('/keys/x')]) {
      expect([reply.status, reply.headers.get('retry-after')]).toEqual([503, '5']);
    }
  });
});
