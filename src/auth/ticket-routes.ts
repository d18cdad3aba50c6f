import { createRoute } from '@hono/zod-openapi';
import { bearer, json, problems, UserPath } from '../http/contract.ts';
import { userMemory } from '../http/user-memory.ts';
import { newRouter } from '../http/validate.ts';
import { AppError, unwrap } from '../shared/errors.ts';
import { ownerFor } from './middleware.ts';
import { signTicket } from './ticket.ts';
import { ticketKeysOf } from './ticket-keys.ts';
import { Ticket, TicketRequest } from './tickets/contract.ts';

const create = createRoute({
  method: 'post',
  path: '/users/{user_id}/tickets',
  tags: ['live'],
  security: bearer,
  'x-scope': 'read',
  summary: 'A short-lived ticket with which a browser reaches this user, and nobody else',
  description: 'Each call makes another one. A ticket cannot be revoked by itself; it lives five minutes at most.',
  request: { params: UserPath, body: { content: { 'application/json': { schema: TicketRequest } } } },
  responses: { 201: json(Ticket, 'The ticket.'), ...problems },
});

/** HTTP face of tickets. */
export const ticketRoutes = newRouter().openapi(create, async (c) => {
  const { principal } = c.var;
  const owner = ownerFor(principal, 'read', c.req.valid('param').user_id);
  if (principal.isTicket) throw new AppError('forbidden', 'A ticket makes no tickets; send an API key.');
  const keys = await ticketKeysOf(c.env);
  if (!keys) throw new AppError('unavailable', 'Tickets are not set up here: TICKET_KEYS is missing.');
  unwrap(await userMemory(c.env, owner).status(owner)); // 404 where there is no such user
  const { scope, ttl_seconds } = TicketRequest.parse(c.req.valid('json')); // no body: hono gives {}
  const until = Date.now() + 1_000 * ttl_seconds;
  const { keyId: key, ratePerMinute: rate } = principal;
  const ticket = await signTicket({ tenant: owner.tenantId, user: owner.userId, key, scope, rate, until }, keys);
  return c.json({ ticket, expires_at: new Date(until).toISOString() }, 201);
});
