import { createRoute } from '@hono/zod-openapi';
import { ownerFor } from '../auth/middleware.ts';
import { bearer, jsonBody, problems, UserPath } from '../http/contract.ts';
import { eventAnswer, jsonOrEvents, wantsEvents } from '../http/event-answer.ts';
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
  responses: {
    200: jsonOrEvents(
      ContextAnswer,
      'The text, quoted as data, and its sources.',
      '`start`: `text`, `tokens` and `sources`. `summary`: `{"text"}`, the next piece of the summary, each name and number of ' +
        'it checked. `end`: the whole answer; a summary that is not in it is to be taken away again.',
    ),
    ...problems,
  },
});

/** HTTP face of contexts. */
export const contextRoutes = newRouter().openapi(context, async (c) => {
  const owner = ownerFor(c.var.principal, 'read', c.req.valid('param').user_id);
  const { stream, ...body } = c.req.valid('json');
  if (wantsEvents(c, stream)) {
    return eventAnswer(c, (hear) =>
      withReader(c.env, owner, async (reader) => hear(await reader.contextLive(body))),
    ) as never;
  }
  return c.json(unwrap(await withReader(c.env, owner, (reader) => reader.context(body))), 200);
});
