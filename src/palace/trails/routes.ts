import { createRoute, z } from '@hono/zod-openapi';
import { ownerFor } from '../../auth/middleware.ts';
import { bearer, IdempotencyHeader, json, jsonBody, PageQuery, problems, UserPath } from '../../http/contract.ts';
import { withWalks } from '../../http/user-memory.ts';
import { newRouter } from '../../http/validate.ts';
import { fingerprintOf } from '../../messages/fingerprint.ts';
import { unwrap } from '../../shared/errors.ts';
import { NewTrail, Practice, StopAnswer, TRAIL_LIMITS, TrailPage, TrailView } from './contract.ts';

const TrailPath = UserPath.extend({ trail_id: z.string().min(1).max(64) });
const place = z.coerce
  .number()
  .int()
  .min(0)
  .max(TRAIL_LIMITS.stops + 1);
const shared = { tags: ['palace'], security: bearer };

const create = createRoute({
  ...shared,
  method: 'post',
  path: '/users/{user_id}/trails',
  'x-scope': 'ingest',
  summary: 'Lay out a walk through anchors and memories',
  request: { params: UserPath, headers: IdempotencyHeader, body: jsonBody(NewTrail) },
  responses: { 201: json(TrailView, 'The trail.'), ...problems },
});
const list = createRoute({
  ...shared,
  method: 'get',
  path: '/users/{user_id}/trails',
  'x-scope': 'read',
  summary: 'Trails, the newest first',
  request: { params: UserPath, query: PageQuery },
  responses: { 200: json(TrailPage, 'One page.'), ...problems },
});
const read = createRoute({
  ...shared,
  method: 'get',
  path: '/users/{user_id}/trails/{trail_id}',
  'x-scope': 'read',
  summary: 'One trail with its stops, and which of them are due',
  request: { params: TrailPath },
  responses: { 200: json(TrailView, 'The trail.'), ...problems },
});
const remove = createRoute({
  ...shared,
  method: 'delete',
  path: '/users/{user_id}/trails/{trail_id}',
  'x-scope': 'ingest',
  summary: 'Delete a trail; its memories stay',
  request: { params: TrailPath },
  responses: { 204: { description: 'Deleted.' }, ...problems },
});
const next = createRoute({
  ...shared,
  method: 'get',
  path: '/users/{user_id}/trails/{trail_id}/next',
  'x-scope': 'read',
  summary: 'The stop after a place on the trail',
  request: {
    params: TrailPath,
    query: z.object({ after: place.default(0).openapi({ description: 'Number of a stop; 0 is the start.' }) }),
  },
  responses: { 200: json(StopAnswer, 'The stop, or null at the end.'), ...problems },
});
const previous = createRoute({
  ...shared,
  method: 'get',
  path: '/users/{user_id}/trails/{trail_id}/previous',
  'x-scope': 'read',
  summary: 'The stop before a place on the trail',
  request: {
    params: TrailPath,
    query: z.object({
      before: place.default(TRAIL_LIMITS.stops + 1).openapi({ description: 'Number of a stop. Default: the end.' }),
    }),
  },
  responses: { 200: json(StopAnswer, 'The stop, or null at the start.'), ...problems },
});
const practise = createRoute({
  ...shared,
  method: 'post',
  path: '/users/{user_id}/trails/{trail_id}/practice',
  'x-scope': 'ingest',
  summary: 'Say how well a stop, or the whole walk, was recalled',
  request: { params: TrailPath, headers: IdempotencyHeader, body: jsonBody(Practice) },
  responses: { 200: json(TrailView, 'The trail with its new dates.'), ...problems },
});

/** HTTP face of trails. */
export const trailRoutes = newRouter()
  .openapi(create, async (c) => {
    const owner = ownerFor(c.var.principal, 'ingest', c.req.valid('param').user_id);
    const body = c.req.valid('json');
    const key = c.req.valid('header')['idempotency-key'];
    const once = key === undefined ? null : { key, fingerprint: fingerprintOf(owner.userId, ['trail', body]) };
    return c.json(unwrap(await withWalks(c.env, owner, (walks) => walks.create(body, once))), 201);
  })
  .openapi(list, async (c) => {
    const owner = ownerFor(c.var.principal, 'read', c.req.valid('param').user_id);
    const { limit, cursor } = c.req.valid('query');
    return c.json(unwrap(await withWalks(c.env, owner, (walks) => walks.trails(limit, cursor))), 200);
  })
  .openapi(next, async (c) => {
    const { user_id: userId, trail_id: id } = c.req.valid('param');
    const owner = ownerFor(c.var.principal, 'read', userId);
    const { after } = c.req.valid('query');
    return c.json(unwrap(await withWalks(c.env, owner, (walks) => walks.next(id, after))), 200);
  })
  .openapi(previous, async (c) => {
    const { user_id: userId, trail_id: id } = c.req.valid('param');
    const owner = ownerFor(c.var.principal, 'read', userId);
    const { before } = c.req.valid('query');
    return c.json(unwrap(await withWalks(c.env, owner, (walks) => walks.previous(id, before))), 200);
  })
  .openapi(practise, async (c) => {
    const { user_id: userId, trail_id: id } = c.req.valid('param');
    const owner = ownerFor(c.var.principal, 'ingest', userId);
    const body = c.req.valid('json');
    const key = c.req.valid('header')['idempotency-key'];
    const once = key === undefined ? null : { key, fingerprint: fingerprintOf(owner.userId, ['practice', id, body]) };
    return c.json(unwrap(await withWalks(c.env, owner, (walks) => walks.practise(id, body, once))), 200);
  })
  .openapi(read, async (c) => {
    const { user_id: userId, trail_id: id } = c.req.valid('param');
    const owner = ownerFor(c.var.principal, 'read', userId);
    return c.json(unwrap(await withWalks(c.env, owner, (walks) => walks.trail(id))), 200);
  })
  .openapi(remove, async (c) => {
    const { user_id: userId, trail_id: id } = c.req.valid('param');
    const owner = ownerFor(c.var.principal, 'ingest', userId);
    unwrap(await withWalks(c.env, owner, (walks) => walks.remove(id)));
    return c.body(null, 204);
  });
