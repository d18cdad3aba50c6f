import { createRoute } from '@hono/zod-openapi';
import { ownerFor } from '../auth/middleware.ts';
import { bearer, json, jsonBody, problems, UserPath } from '../http/contract.ts';
import { userMemory } from '../http/user-memory.ts';
import { newRouter } from '../http/validate.ts';
import { unwrap } from '../shared/errors.ts';
import { SearchAnswer, SearchBody } from './contract.ts';

const search = createRoute({
  method: 'post',
  path: '/users/{user_id}/memories/search',
  tags: ['palace'],
  security: bearer,
  'x-scope': 'read',
  summary: 'Find memories by meaning, words, speaker and date',
  request: { params: UserPath, body: jsonBody(SearchBody) },
  responses: { 200: json(SearchAnswer, 'The best first.'), ...problems },
});

/** HTTP face of the palace: parse, call one method of the person's object, serialise. */
export const palaceRoutes = newRouter().openapi(search, async (c) => {
  const owner = ownerFor(c.var.principal, 'read', c.req.valid('param').user_id);
  return c.json(unwrap(await userMemory(c.env, owner).search(owner, c.req.valid('json'))), 200);
});
