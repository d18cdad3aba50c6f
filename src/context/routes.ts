import { createRoute } from '@hono/zod-openapi';
import { ownerFor } from '../auth/middleware.ts';
import { bearer, json, jsonBody, problems, UserPath } from '../http/contract.ts';
import { withReader } from '../http/user-memory.ts';
import { newRouter } from '../http/validate.ts';
import { unwrap } from '../shared/errors.ts';
import { ContextAnswer, ContextBody } from './contract.ts';

const context = createRoute({
  method: 'post',
  path: '/users/{user_id}/context',
  tags: ['context'],
  security: bearer,
  'x-scope': 'read',
  summary: 'What is remembered about a question, as one text for a prompt',
  request: { params: UserPath, body: jsonBody(ContextBody) },
  responses: { 200: json(ContextAnswer, 'The text, quoted as data, and its sources.'), ...problems },
});

/** HTTP face of contexts. */
export const contextRoutes = newRouter().openapi(context, async (c) => {
  const owner = ownerFor(c.var.principal, 'read', c.req.valid('param').user_id);
  return c.json(unwrap(await withReader(c.env, owner, (reader) => reader.context(c.req.valid('json')))), 200);
});
