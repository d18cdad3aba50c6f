import { z } from '@hono/zod-openapi';
import { TICKET_MAX_SECONDS } from '../contract.ts';

export const TicketRequest = z
  .strictObject({
    scope: z.enum(['live', 'read']).default('live').openapi({
      description:
        '`live`: opens `/ws/user/{user_id}?ticket=…` and nothing else. `read`: as a bearer token, reads what the scope `read` allows; it is refused in a URL.',
    }),
    ttl_seconds: z.number().int().min(1).max(TICKET_MAX_SECONDS).default(120),
  })
  .openapi('TicketRequest');

export const Ticket = z
  .object({
    ticket: z.string().openapi({ description: 'Of this user only. Hand it to their browser; never log it.' }),
    expires_at: z.iso.datetime(),
  })
  .openapi('Ticket');
