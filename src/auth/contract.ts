import { z } from 'zod';

export const Scope = z.enum(['ingest', 'read', 'profile', 'admin']);
export type Scope = z.infer<typeof Scope>;

/** Who is asking: the application a key belongs to, and what the key may do. */
export const Principal = z.object({
  keyId: z.string(),
  tenantId: z.string(),
  scopes: z.array(z.string()),
  /** a key bound to one person sees only that person */
  userId: z.string().nullable(),
  ratePerMinute: z.number().int().positive().nullable(),
  /** it came as a ticket, not as a key */
  isTicket: z.literal(true).optional(),
});
export type Principal = z.infer<typeof Principal>;

/** A person's object is named by tenant and person; no other name reaches it. */
export interface Owner {
  tenantId: string;
  userId: string;
}

/** No ticket lives longer. */
export const TICKET_MAX_SECONDS = 300;
