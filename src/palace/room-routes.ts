import { createRoute, z } from '@hono/zod-openapi';
import { ownerFor } from '../auth/middleware.ts';
import { bearer, IdempotencyHeader, json, jsonBody, problems, UserPath } from '../http/contract.ts';
import { withPalace } from '../http/user-memory.ts';
import { newRouter } from '../http/validate.ts';
import { fingerprintOf } from '../messages/fingerprint.ts';
import { unwrap } from '../shared/errors.ts';
import { NewPalace, PalaceAnalytics, PalaceView, Rooms } from './rooms/contract.ts';

const PalacePath = UserPath.extend({ palace_id: z.string().min(1).max(64) });
const PalaceList = z.object({ items: z.array(PalaceView) }).openapi('PalaceList');
const describe = { tags: ['palace'], security: bearer };

const create = createRoute({
  ...describe,
  method: 'post',
  path: '/users/{user_id}/palaces',
  'x-scope': 'ingest',
  summary: 'Build a palace',
  'x-creates-user': true,
  request: { params: UserPath, headers: IdempotencyHeader, body: jsonBody(NewPalace) },
  responses: { 201: json(PalaceView, 'The palace, with a hall and a room of each category.'), ...problems },
});

const list = createRoute({
  ...describe,
  method: 'get',
  path: '/users/{user_id}/palaces',
  'x-scope': 'read',
  summary: 'Palaces of a user; there is always a default one',
  request: { params: UserPath },
  responses: { 200: json(PalaceList, 'All of them, oldest first.'), ...problems },
});

const rooms = createRoute({
  ...describe,
  method: 'get',
  path: '/users/{user_id}/palaces/{palace_id}/rooms',
  'x-scope': 'read',
  summary: 'Rooms, doors and anchors of a palace',
  request: { params: PalacePath },
  responses: { 200: json(Rooms, 'All of them.'), ...problems },
});

const analytics = createRoute({
  ...describe,
  method: 'get',
  path: '/users/{user_id}/palaces/{palace_id}/analytics',
  'x-scope': 'read',
  summary: 'What a palace holds, and how strong it is',
  request: { params: PalacePath },
  responses: { 200: json(PalaceAnalytics, 'Counts as of now.'), ...problems },
});

/** HTTP face of palaces and rooms: parse, call one method of the person's object, serialise. */
export const roomRoutes = newRouter()
  .openapi(create, async (c) => {
    const owner = ownerFor(c.var.principal, 'ingest', c.req.valid('param').user_id);
    const body = c.req.valid('json');
    const key = c.req.valid('header')['idempotency-key'];
    const once = key === undefined ? null : { key, fingerprint: fingerprintOf(owner.userId, ['palace', body]) };
    return c.json(unwrap(await withPalace(c.env, owner, (palace) => palace.create(body, once))), 201);
  })
  .openapi(list, async (c) => {
    const owner = ownerFor(c.var.principal, 'read', c.req.valid('param').user_id);
    return c.json({ items: unwrap(await withPalace(c.env, owner, (palace) => palace.list())) }, 200);
  })
  .openapi(rooms, async (c) => {
    const { user_id, palace_id } = c.req.valid('param');
    const owner = ownerFor(c.var.principal, 'read', user_id);
    return c.json(unwrap(await withPalace(c.env, owner, (palace) => palace.rooms(palace_id))), 200);
  })
  .openapi(analytics, async (c) => {
    const { user_id, palace_id } = c.req.valid('param');
    const owner = ownerFor(c.var.principal, 'read', user_id);
    return c.json(unwrap(await withPalace(c.env, owner, (palace) => palace.analytics(palace_id))), 200);
  });
