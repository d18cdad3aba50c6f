import { createRoute, z } from '@hono/zod-openapi';
import type { Principal } from '../auth/contract.ts';
import { ownerFor } from '../auth/middleware.ts';
import type { Env } from '../env.ts';
import {
  bearer,
  IdempotencyHeader,
  json,
  jsonBody,
  PageQuery,
  problems,
  UserPath,
  WaitQuery,
} from '../http/contract.ts';
import { inTurn } from '../http/shed.ts';
import { userMemory } from '../http/user-memory.ts';
import { newRouter } from '../http/validate.ts';
import { unwrap } from '../shared/errors.ts';
import { currentOrigin } from '../shared/request-scope.ts';
import { Accepted, Message, MessageBody, MessagesBody, type NewMessage } from './contract.ts';
import { fingerprintOf } from './fingerprint.ts';
import { prepareMessage } from './natural-key.ts';

const MessagePath = UserPath.extend({ message_id: z.string().min(1).max(256) });
const ListQuery = PageQuery.extend({
  conversation_id: z.string().min(1).max(128).optional(),
  order: z.enum(['asc', 'desc']).default('asc'),
});
const MessagePage = z.object({ items: z.array(Message), next: z.string().nullable() }).openapi('MessagePage');

const answers = {
  202: json(Accepted, 'Stored. The messages become searchable in the background.'),
  200: json(Accepted, 'Stored and searchable (`?wait=true`).'),
  ...problems,
};
const write = { query: WaitQuery, headers: IdempotencyHeader };

const postMessage = createRoute({
  method: 'post',
  path: '/message',
  tags: ['messages'],
  security: bearer,
  'x-scope': 'ingest',
  summary: 'Store one message',
  request: { ...write, body: jsonBody(MessageBody) },
  responses: answers,
});

const postMessages = createRoute({
  method: 'post',
  path: '/messages',
  tags: ['messages'],
  security: bearer,
  'x-scope': 'ingest',
  summary: 'Store up to 500 messages of one user, all or none',
  request: { ...write, body: jsonBody(MessagesBody) },
  responses: answers,
});

const listMessages = createRoute({
  method: 'get',
  path: '/users/{user_id}/messages',
  tags: ['messages'],
  security: bearer,
  'x-scope': 'read',
  summary: 'Messages by time',
  request: { params: UserPath, query: ListQuery },
  responses: { 200: json(MessagePage, 'One page.'), ...problems },
});

const getMessage = createRoute({
  method: 'get',
  path: '/users/{user_id}/messages/{message_id}',
  tags: ['messages'],
  security: bearer,
  'x-scope': 'read',
  summary: 'One message, by its id or by your own `message_id`',
  request: { params: MessagePath },
  responses: { 200: json(Message, 'The message.'), ...problems },
});

const deleteMessage = createRoute({
  method: 'delete',
  path: '/users/{user_id}/messages/{message_id}',
  tags: ['messages'],
  security: bearer,
  'x-scope': 'ingest',
  summary: 'Delete one message and what was derived from it',
  request: { params: MessagePath },
  responses: { 204: { description: 'Deleted.' }, ...problems },
});

interface IngestCall {
  principal: Principal;
  userId: string;
  messages: NewMessage[];
  wait: boolean;
  idempotencyKey: string | undefined;
}

async function ingest(env: Env, call: IngestCall): Promise<{ body: Accepted; status: 200 | 202 }> {
  const { userId, messages, idempotencyKey } = call;
  const owner = ownerFor(call.principal, 'ingest', userId);
  const now = Date.now();
  const accepted = unwrap(
    await inTurn(JSON.stringify([owner.tenantId, userId]), () =>
      userMemory(env, owner).ingest(
        owner,
        messages.map((message) => prepareMessage(message, now)),
        {
          wait: call.wait,
          origin: currentOrigin(),
          idempotency: idempotencyKey ? { key: idempotencyKey, fingerprint: fingerprintOf(userId, messages) } : null,
        },
      ),
    ),
  );
  return { body: accepted, status: accepted.status === 'completed' ? 200 : 202 };
}

/** HTTP face of messages: parse, call one method of the person's object, serialise. No rule lives here. */
export const messageRoutes = newRouter()
  .openapi(postMessage, async (c) => {
    const { user_id: userId, ...message } = c.req.valid('json');
    const { body, status } = await ingest(c.env, {
      principal: c.var.principal,
      userId,
      messages: [message],
      wait: c.req.valid('query').wait === 'true',
      idempotencyKey: c.req.valid('header')['idempotency-key'],
    });
    return c.json(body, status);
  })
  .openapi(postMessages, async (c) => {
    const { user_id: userId, messages } = c.req.valid('json');
    const { body, status } = await ingest(c.env, {
      principal: c.var.principal,
      userId,
      messages,
      wait: c.req.valid('query').wait === 'true',
      idempotencyKey: c.req.valid('header')['idempotency-key'],
    });
    return c.json(body, status);
  })
  .openapi(listMessages, async (c) => {
    const owner = ownerFor(c.var.principal, 'read', c.req.valid('param').user_id);
    const page = unwrap(await userMemory(c.env, owner).listMessages(owner, c.req.valid('query')));
    return c.json(page, 200);
  })
  .openapi(getMessage, async (c) => {
    const { user_id: userId, message_id: id } = c.req.valid('param');
    const owner = ownerFor(c.var.principal, 'read', userId);
    return c.json(unwrap(await userMemory(c.env, owner).getMessage(owner, id)), 200);
  })
  .openapi(deleteMessage, async (c) => {
    const { user_id: userId, message_id: id } = c.req.valid('param');
    const owner = ownerFor(c.var.principal, 'ingest', userId);
    unwrap(await userMemory(c.env, owner).deleteMessage(owner, id));
    return c.body(null, 204);
  });
