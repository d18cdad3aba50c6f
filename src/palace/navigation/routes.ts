import { createRoute } from '@hono/zod-openapi';
import { ownerFor } from '../../auth/middleware.ts';
import { bearer, json, jsonBody, problems, UserPath } from '../../http/contract.ts';
import { withWalks } from '../../http/user-memory.ts';
import { newRouter } from '../../http/validate.ts';
import { unwrap } from '../../shared/errors.ts';
import { NavigateBody, Route } from './contract.ts';

const navigate = createRoute({
  method: 'post',
  path: '/users/{user_id}/navigate',
  tags: ['palace'],
  security: bearer,
  'x-scope': 'read',
  summary: 'The shortest way to a memory, room or anchor, and what is seen on it',
  request: { params: UserPath, body: jsonBody(NavigateBody) },
  responses: { 200: json(Route, 'The way.'), ...problems },
});

/** HTTP face of ways through a palace. */
export const navigationRoutes = newRouter().openapi(navigate, async (c) => {
  const owner = ownerFor(c.var.principal, 'read', c.req.valid('param').user_id);
  return c.json(unwrap(await withWalks(c.env, owner, (walks) => walks.navigate(c.req.valid('json')))), 200);
});
