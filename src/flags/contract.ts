import { z } from '@hono/zod-openapi';
import { UserId } from '../messages/contract.ts';

const MOST_USERS = 500;
const Percentage = z.number().min(0).max(100);

/**
 * For whom a flag is on. `percentage` draws the users by their hash: always the same ones, and all of them still as it
 * grows. `allow_list` names users; the percentage is drawn from the others.
 */
export const FlagRule = z
  .discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('boolean'), on: z.boolean() }),
    z.strictObject({ kind: z.literal('percentage'), percentage: Percentage }),
    z.strictObject({
      kind: z.literal('allow_list'),
      user_ids: z.array(UserId).max(MOST_USERS),
      percentage: Percentage.default(0).openapi({ description: 'Of the other users.' }),
    }),
  ])
  .openapi('FlagRule');
export type FlagRule = z.infer<typeof FlagRule>;

/** Rules that a tenant has set, by flag; those left out have their defaults. */
export const FlagState = z.object({ version: z.number().int(), rules: z.record(z.string(), z.unknown()) });
export type FlagState = z.infer<typeof FlagState>;

/** Null takes a rule back: the default holds again. */
export type FlagChanges = Readonly<Record<string, FlagRule | null>>;

export const FlagView = z.object({
  name: z.string(),
  description: z.string(),
  rule: FlagRule,
  is_default: z.boolean(),
});

export const FlagsView = z
  .object({
    version: z.number().int().openapi({ description: 'Grows with every change of any flag.' }),
    flags: z.array(FlagView),
  })
  .openapi('Flags');
export type FlagsView = z.infer<typeof FlagsView>;

export const FlagChange = z
  .object({
    id: z.string(),
    at: z.string(),
    key_id: z.string().openapi({ description: 'The API key that made the change.' }),
    request_id: z.string(),
    flag: z.string(),
    version: z.number().int(),
    before: FlagRule.nullable().openapi({ description: 'null: the default.' }),
    after: FlagRule.nullable().openapi({ description: 'null: the default.' }),
  })
  .openapi('FlagChange');
export type FlagChange = z.infer<typeof FlagChange>;

export const FlagChangePage = z
  .object({ items: z.array(FlagChange), next: z.string().nullable() })
  .openapi('FlagChangePage');
