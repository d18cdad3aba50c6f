import { createRoute, z } from '@hono/zod-openapi';
import { bearer, json, jsonBody, PageQuery, problems } from '../http/contract.ts';
import { newRouter } from '../http/validate.ts';
import { addKey, type ListedKey, listKeys, revokeKey } from '../persistence/api-keys.ts';
import { type Db, openDb } from '../persistence/db.ts';
import { AppError } from '../shared/errors.ts';
import { newUlid } from '../shared/ids.ts';
import { iso } from '../shared/instant.ts';
import { log } from '../shared/log.ts';
import { pageOf } from '../shared/page.ts';
import { hashKey, newApiKey } from './api-key.ts';
import type { Principal } from './contract.ts';
import { CreatedKey, KeyPage, type KeyView, NewKeyBody } from './keys/contract.ts';
import { noteRevoked } from './known-keys.ts';
import { ownerFor, requireScope } from './middleware.ts';

const describe = { tags: ['operator'], security: bearer };

const create = createRoute({
  ...describe,
  method: 'post',
  path: '/keys',
  'x-scope': 'admin',
  summary: 'Make an API key; it is shown this once',
  description:
    'A key may be given any scope. One made by a key that is bound to a user is bound to that user. `Idempotency-Key` is not honoured: what is shown once cannot be repeated. If the answer was lost, revoke the key and make another.',
  request: { body: jsonBody(NewKeyBody) },
  responses: { 201: json(CreatedKey, 'The key.'), ...problems },
});
const list = createRoute({
  ...describe,
  method: 'get',
  path: '/keys',
  'x-scope': 'admin',
  summary: 'API keys, the newest first, without what is secret of them',
  request: {
    query: PageQuery.extend({
      cursor: z
        .string()
        .regex(/^[\x21-\x7e]{1,64}$/)
        .optional(),
    }),
  },
  responses: { 200: json(KeyPage, 'One page; revoked and expired keys too.'), ...problems },
});
const revoke = createRoute({
  ...describe,
  method: 'delete',
  path: '/keys/{key_id}',
  'x-scope': 'admin',
  summary: 'Revoke an API key, for good',
  description: 'It is refused everywhere within 60 seconds. Tickets it made live on for five minutes at most.',
  request: { params: z.object({ key_id: z.string().regex(/^[\x21-\x7e]{1,64}$/) }) },
  responses: { 204: { description: 'Revoked, now or earlier.' }, ...problems },
});

const viewOf = (key: ListedKey): KeyView => ({
  id: key.id,
  name: key.name,
  prefix: key.prefix,
  scopes: key.scopes,
  user_id: key.userId,
  rate_per_minute: key.ratePerMinute,
  created_at: new Date(key.createdAt).toISOString(),
  expires_at: iso(key.expiresAt),
  revoked_at: iso(key.revokedAt),
});

/** Keys live in Postgres alone, so without it none can be made, listed or revoked. */
async function inStore<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    log.error('key store unreachable', { error });
    throw new AppError('unavailable', 'API keys cannot be reached right now.', { retryAfterSeconds: 5 });
  }
}

async function makeKey(db: Db, principal: Principal, body: z.infer<typeof NewKeyBody>) {
  const { key, prefix } = newApiKey();
  const createdAt = Date.now();
  const record: ListedKey = {
    id: newUlid(createdAt),
    tenantId: principal.tenantId,
    name: body.name,
    prefix,
    scopes: [...new Set(body.scopes)],
    userId: body.user_id ?? principal.userId,
    ratePerMinute: body.rate_per_minute ?? null,
    expiresAt: body.expires_at === undefined ? null : Date.parse(body.expires_at),
    createdAt,
    revokedAt: null,
  };
  const { createdAt: _, revokedAt: __, ...stored } = record;
  await inStore(() => addKey(db, { ...stored, hash: hashKey(key) }, createdAt));
  return { ...viewOf(record), key };
}

/** HTTP face of API keys. A key with the scope `admin` rules all keys of its tenant, or of the user it is bound to. */
export const keyRoutes = newRouter()
  .openapi(create, async (c) => {
    const { principal } = c.var;
    requireScope(principal, 'admin');
    const body = c.req.valid('json');
    if (body.user_id !== undefined) ownerFor(principal, 'admin', body.user_id); // not another's, for a bound key
    if (body.expires_at !== undefined && Date.parse(body.expires_at) <= Date.now()) {
      throw new AppError('invalid_input', 'The body is not valid.', {
        faults: [{ in: 'body', pointer: '/expires_at', detail: 'Must lie in the future.' }],
      });
    }
    const made = await makeKey(openDb(c.env), principal, body);
    log.info('API key made', { tenantId: principal.tenantId, by: principal.keyId, keyId: made.id });
    return c.json(made, 201);
  })
  .openapi(list, async (c) => {
    const { principal } = c.var;
    requireScope(principal, 'admin');
    const { limit, cursor } = c.req.valid('query');
    const rows = await inStore(() => listKeys(openDb(c.env), principal, cursor ?? null, limit + 1));
    const { items, next } = pageOf(rows, limit, (last) => last.id);
    return c.json({ items: items.map(viewOf), next }, 200);
  })
  .openapi(revoke, async (c) => {
    const { principal } = c.var;
    requireScope(principal, 'admin');
    const id = c.req.valid('param').key_id;
    const hash = await inStore(() => revokeKey(openDb(c.env), principal, id, Date.now()));
    if (hash === null) throw new AppError('not_found', 'No such key.');
    await noteRevoked(hash, c.env);
    log.info('API key revoked', { tenantId: principal.tenantId, by: principal.keyId, keyId: id });
    return c.body(null, 204);
  });
