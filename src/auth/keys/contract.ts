import { z } from '@hono/zod-openapi';
import { UserId, wellFormed } from '../../messages/contract.ts';
import { Scope } from '../contract.ts';

/** Ten thousand requests a second: more than one application has to ask. */
const MAX_RATE = 600_000;

export const NewKeyBody = z
  .strictObject({
    name: z.string().trim().min(1).max(100).refine(wellFormed, 'Must be valid Unicode without NUL.'),
    scopes: z.array(Scope).min(1).max(Scope.options.length),
    user_id: UserId.optional().openapi({ description: 'The only user that the key reaches; default: all of yours.' }),
    expires_at: z.iso
      .datetime({ offset: true, abort: true })
      .refine((t) => new Date(t).getUTCFullYear() <= 9_999, 'Must lie before the year 10000 (UTC).')
      .optional(),
    rate_per_minute: z.number().int().min(1).max(MAX_RATE).optional(),
  })
  .openapi('NewKey');

export const KeyView = z
  .object({
    id: z.string(),
    name: z.string(),
    prefix: z.string().openapi({ description: 'The part of the key that may be shown.' }),
    scopes: z.array(z.string()),
    user_id: z.string().nullable(),
    rate_per_minute: z.number().int().nullable(),
    created_at: z.iso.datetime(),
    expires_at: z.iso.datetime().nullable(),
    revoked_at: z.iso.datetime().nullable(),
  })
  .openapi('Key');
export type KeyView = z.infer<typeof KeyView>;

export const CreatedKey = KeyView.extend({
  key: z.string().openapi({ description: 'The key itself. It is stored as a hash and never shown again.' }),
}).openapi('CreatedKey');

export const KeyPage = z.object({ items: z.array(KeyView), next: z.string().nullable() }).openapi('KeyPage');
