import { createRoute, z } from '@hono/zod-openapi';
import { askingOf, ownerFor } from '../auth/middleware.ts';
import { bearer, IdempotencyHeader, json, jsonBody, PageQuery, problems, UserPath } from '../http/contract.ts';
import { withArchaeology } from '../http/user-memory.ts';
import { newRouter } from '../http/validate.ts';
import { onceOf } from '../messages/fingerprint.ts';
import { unwrap } from '../shared/errors.ts';
import { DigPage, DigPatch, DigView, NewDig } from './digs/contract.ts';

const DigPath = UserPath.extend({ dig_id: z.string().min(1).max(64) });
const describe = { tags: ['archaeology'], security: bearer };
const one = { 200: json(DigView, 'The dig as far as it has come.'), ...problems };

const start = createRoute({
  ...describe,
  method: 'post',
  path: '/users/{user_id}/digs',
  'x-scope': 'profile',
  summary: 'Explore an interval in the background',
  description:
    'Needs consent to `reconstruction`, and to `style` for patterns. It goes on after a restart; its progress is told over the WebSocket.',
  request: { params: UserPath, headers: IdempotencyHeader, body: jsonBody(NewDig) },
  responses: { 202: json(DigView, 'It is begun.'), ...problems },
});
const list = createRoute({
  ...describe,
  method: 'get',
  path: '/users/{user_id}/digs',
  'x-scope': 'profile',
  summary: 'Digs of a user, the newest first',
  request: { params: UserPath, query: PageQuery },
  responses: { 200: json(DigPage, 'One page.'), ...problems },
});
const get = createRoute({
  ...describe,
  method: 'get',
  path: '/users/{user_id}/digs/{dig_id}',
  'x-scope': 'profile',
  summary: 'One dig with what it has found so far',
  request: { params: DigPath },
  responses: one,
});
const patch = createRoute({
  ...describe,
  method: 'patch',
  path: '/users/{user_id}/digs/{dig_id}',
  'x-scope': 'profile',
  summary: 'Rename a dig, or add a note',
  request: { params: DigPath, body: jsonBody(DigPatch) },
  responses: one,
});
const cancel = createRoute({
  ...describe,
  method: 'post',
  path: '/users/{user_id}/digs/{dig_id}/cancel',
  'x-scope': 'profile',
  summary: 'Stop a dig; what it has found stays',
  request: { params: DigPath, headers: IdempotencyHeader },
  responses: one,
});
const remove = createRoute({
  ...describe,
  method: 'delete',
  path: '/users/{user_id}/digs/{dig_id}',
  'x-scope': 'profile',
  summary: 'Delete a dig with its notes; its reconstructions stay',
  request: { params: DigPath },
  responses: { 204: { description: 'Deleted.' }, ...problems },
});

/** HTTP face of digs. */
export const digRoutes = newRouter()
  .openapi(start, async (c) => {
    const owner = ownerFor(c.var.principal, 'profile', c.req.valid('param').user_id);
    const body = c.req.valid('json');
    const once = onceOf(owner, c.req.valid('header'), ['dig', body]);
    return c.json(unwrap(await withArchaeology(c.env, owner, askingOf(c), (dug) => dug.startDig(body, once))), 202);
  })
  .openapi(list, async (c) => {
    const owner = ownerFor(c.var.principal, 'profile', c.req.valid('param').user_id);
    const { limit, cursor } = c.req.valid('query');
    return c.json(unwrap(await withArchaeology(c.env, owner, askingOf(c), (dug) => dug.digs(limit, cursor))), 200);
  })
  .openapi(get, async (c) => {
    const { user_id: userId, dig_id: id } = c.req.valid('param');
    const owner = ownerFor(c.var.principal, 'profile', userId);
    return c.json(unwrap(await withArchaeology(c.env, owner, askingOf(c), (dug) => dug.dig(id))), 200);
  })
  .openapi(patch, async (c) => {
    const { user_id: userId, dig_id: id } = c.req.valid('param');
    const owner = ownerFor(c.var.principal, 'profile', userId);
    const body = c.req.valid('json');
    return c.json(unwrap(await withArchaeology(c.env, owner, askingOf(c), (dug) => dug.patchDig(id, body))), 200);
  })
  .openapi(cancel, async (c) => {
    const { user_id: userId, dig_id: id } = c.req.valid('param');
    const owner = ownerFor(c.var.principal, 'profile', userId);
    const once = onceOf(owner, c.req.valid('header'), ['cancel-dig', id]);
    return c.json(unwrap(await withArchaeology(c.env, owner, askingOf(c), (dug) => dug.cancelDig(id, once))), 200);
  })
  .openapi(remove, async (c) => {
    const { user_id: userId, dig_id: id } = c.req.valid('param');
    const owner = ownerFor(c.var.principal, 'profile', userId);
    unwrap(await withArchaeology(c.env, owner, askingOf(c), (dug) => dug.deleteDig(id)));
    return c.body(null, 204);
  });
