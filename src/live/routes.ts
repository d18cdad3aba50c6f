import { createRoute, z } from '@hono/zod-openapi';
import { bearerKey } from '../auth/api-key.ts';
import { hashOf } from '../auth/known-keys.ts';
import { ownerFor } from '../auth/middleware.ts';
import { bearer, problems, UserPath } from '../http/contract.ts';
import { requireOrigin } from '../http/cors.ts';
import { userMemory } from '../http/user-memory.ts';
import { newRouter } from '../http/validate.ts';
import { AppError, unwrap } from '../shared/errors.ts';
import { TOO_MANY_SOCKETS, TOO_MANY_SOCKETS_STATUS } from './resume.ts';
import { KEY_HASH_HEADER } from './speaker.ts';

const SinceQuery = z.object({
  since: z.coerce
    .number()
    .int()
    .min(0)
    .optional()
    .openapi({ description: 'The last sequence number you saw; events after it are sent first.' }),
  ticket: z
    .string()
    .max(3_000)
    .optional()
    .openapi({ description: 'For browsers, which cannot send a header here: of `POST …/tickets`, scope `live`.' }),
});

const socket = createRoute({
  method: 'get',
  path: '/ws/user/{user_id}',
  tags: ['live'],
  security: [...bearer, { ticket: [] }],
  'x-scope': 'read',
  summary: 'Live events of a user, and messages to store (WebSocket)',
  description:
    'Say `{"type": "message", "message_id": …, "content": …}`, with the other fields of `POST /message` as you like, and hear `{"type": "ack", "message_id": …, "id": …, "task_id": …, "status": …, "duplicate": …}` once it is stored, or `{"type": "error", "code": …, "message_id": …}`. It takes an API key with the scope `ingest`; a ticket only listens.',
  request: { params: UserPath, query: SinceQuery },
  responses: { 101: { description: 'Switching to WebSocket.' }, ...problems },
});

/** HTTP face of live events: the object itself answers the upgrade. */
export const liveRoutes = newRouter().openapi(socket, async (c) => {
  const owner = ownerFor(c.var.principal, 'live', c.req.valid('param').user_id);
  requireOrigin(c);
  if (c.req.header('upgrade')?.toLowerCase() !== 'websocket') {
    throw new AppError('invalid_input', 'This route speaks WebSocket only.', {
      faults: [{ in: 'header', pointer: '/upgrade', detail: 'Must be "websocket".' }],
    });
  }
  const object = userMemory(c.env, owner);
  unwrap(await object.admitSocket(owner));
  const { since } = c.req.valid('query');
  const key = bearerKey(c.req.header('authorization'));
  const answer = await object.fetch(`https://object/live${since === undefined ? '' : `?since=${since}`}`, {
    headers: { upgrade: 'websocket', ...(key === null ? {} : { [KEY_HASH_HEADER]: hashOf(key) }) },
  });
  if (answer.status === TOO_MANY_SOCKETS_STATUS) unwrap(TOO_MANY_SOCKETS);
  return answer;
});
