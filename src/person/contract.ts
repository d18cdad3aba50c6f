import { z } from '@hono/zod-openapi';

/** What is known of a person's data, without any of it. */
export const UserStatus = z
  .object({
    user_id: z.string(),
    messages: z.number().int(),
    /** messages stored but not yet searchable by meaning */
    pending: z.number().int(),
    failed: z.number().int(),
    /** changes not yet confirmed by Postgres */
    outbox: z.number().int(),
    set_aside: z
      .number()
      .int()
      .openapi({ description: 'Changes that Postgres refuses, and rows there that cannot be decrypted.' }),
    sequence: z.number().int().openapi({ description: 'Number of the newest live event.' }),
    first_message_at: z.string().nullable(),
    last_message_at: z.string().nullable(),
  })
  .openapi('UserStatus');
export type UserStatus = z.infer<typeof UserStatus>;
