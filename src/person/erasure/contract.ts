import { z } from '@hono/zod-openapi';

const Signature = z
  .object({
    algorithm: z.literal('Ed25519'),
    public_key: z.string().openapi({ description: 'Raw, 32 bytes, base64url.' }),
    value: z.string().openapi({ description: 'Base64url, of all other members: see the README.' }),
  })
  .openapi('Signature');
export type Signature = z.infer<typeof Signature>;

export const ErasureReceipt = z
  .object({
    receipt_id: z.string(),
    status: z.enum(['pending', 'completed']).openapi({
      description: '`pending`: gone from the service, and the database hears of it as soon as it answers.',
    }),
    subject: z
      .string()
      .openapi({ description: 'Stands for the user: a keyed hash, from which nobody can tell who it was.' }),
    requested_at: z.string(),
    completed_at: z.string().nullable(),
    removed: z
      .record(z.string(), z.number().int())
      .openapi({ description: 'How much of what was removed.', example: { messages: 3 } }),
    signature: Signature.nullable().openapi({ description: 'Null while pending.' }),
  })
  .openapi('ErasureReceipt');
export type ErasureReceipt = z.infer<typeof ErasureReceipt>;

export const ErasureProof = z
  .object({
    receipt: ErasureReceipt,
    absent: z.boolean().nullable().openapi({
      description: 'Nothing from before the erasure was found. Null: name the `user_id`, since the receipt does not.',
    }),
    checked_at: z.string(),
    remaining: z
      .record(z.string(), z.number().int())
      .openapi({ description: 'What was found from before the erasure, by where it was.', example: { messages: 0 } }),
    signature: Signature,
  })
  .openapi('ErasureProof');
export type ErasureProof = z.infer<typeof ErasureProof>;

const Tally = z.object({
  count: z.number().int(),
  checksum: z.string().openapi({ description: 'Sum of the first 64 bits of the SHA-256 of each, modulo 2^64, hex.' }),
});

export const Reconciliation = z
  .object({
    equal: z.boolean(),
    unsaved: z
      .number()
      .int()
      .openapi({ description: 'Changes on their way to the database: they count as differences.' }),
    sent_again: z.number().int().openapi({ description: 'Missing or other in the database; on their way there now.' }),
    removed: z.number().int().openapi({ description: 'In the database, and not in the object, or not so: removed.' }),
    unreadable: z.number().int().openapi({
      description: 'In the database, not in the object, and impossible to decrypt: left as they are. See `set_aside`.',
    }),
    parts: z.array(z.object({ name: z.string(), object: Tally, postgres: Tally })),
  })
  .openapi('Reconciliation');
export type Reconciliation = z.infer<typeof Reconciliation>;
