import { createRoute, z } from '@hono/zod-openapi';
import { ownerFor } from '../../auth/middleware.ts';
import { bearer, IdempotencyHeader, json, problems, UserPath } from '../../http/contract.ts';
import { withRelayouts } from '../../http/user-memory.ts';
import { newRouter } from '../../http/validate.ts';
import { fingerprintOf } from '../../messages/fingerprint.ts';
import { unwrap } from '../../shared/errors.ts';
import { RelayoutView } from './contract.ts';

const PalacePath = UserPath.extend({ palace_id: z.string().min(1).max(64) });
const describe = { tags: ['palace'], security: bearer };

const start = createRoute({
  ...describe,
  method: 'post',
  path: '/users/{user_id}/palaces/{palace_id}/relayout',
  'x-scope': 'ingest',
  summary: 'Lay a palace out anew, by how alike its memories are; rooms keep their categories',
  request: { params: PalacePath, headers: IdempotencyHeader },
  responses: { 202: json(RelayoutView, 'It goes on in the background, and moves all memories at once.'), ...problems },
});

const last = createRoute({
  ...describe,
  method: 'get',
  path: '/users/{user_id}/palaces/{palace_id}/relayout',
  'x-scope': 'read',
  summary: 'How far the last new layout is, or what came of it',
  request: { params: PalacePath },
  responses: { 200: json(RelayoutView, 'The last one.'), ...problems },
});

const undo = createRoute({
  ...describe,
  method: 'post',
  path: '/users/{user_id}/palaces/{palace_id}/relayout/undo',
  'x-scope': 'ingest',
  summary: 'Take the last new layout back, within 24 hours; what was moved since stays where it is',
  request: { params: PalacePath },
  responses: { 200: json(RelayoutView, 'It is taken back.'), ...problems },
});

/** HTTP face of new layouts: parse, call one method of the person's object, serialise. */
export const relayoutRoutes = newRouter()
  .openapi(start, async (c) => {
    const { user_id, palace_id } = c.req.valid('param');
    const owner = ownerFor(c.var.principal, 'ingest', user_id);
    const key = c.req.valid('header')['idempotency-key'];
    const once = key === undefined ? null : { key, fingerprint: fingerprintOf(user_id, ['relayout', palace_id]) };
    return c.json(unwrap(await withRelayouts(c.env, owner, (all) => all.start(palace_id, once))), 202);
  })
  .openapi(last, async (c) => {
    const { user_id, palace_id } = c.req.valid('param');
    const owner = ownerFor(c.var.principal, 'read', user_id);
    return c.json(unwrap(await withRelayouts(c.env, owner, (all) => all.last(palace_id))), 200);
  })
  .openapi(undo, async (c) => {
    const { user_id, palace_id } = c.req.valid('param');
    const owner = ownerFor(c.var.principal, 'ingest', user_id);
    return c.json(unwrap(await withRelayouts(c.env, owner, (all) => all.undo(palace_id))), 200);
  });
