import { z } from '@hono/zod-openapi';

/** A century: whoever means for ever leaves the field out. */
const Days = z.number().int().min(1).max(36_500);

/** For how many days something is kept; what is left out is kept until it is deleted. */
export const RetentionPolicy = z.strictObject({
  /** messages and notes, from when they were accepted, with all that was derived from them */
  messages_days: Days.optional(),
  /** entries of the audit log */
  audit_days: Days.optional(),
  /** tasks that have ended */
  tasks_days: Days.optional(),
});
export type RetentionPolicy = z.infer<typeof RetentionPolicy>;

/** By tenant; `*` stands for those that are not named. */
export const RetentionPolicies = z.record(z.string(), RetentionPolicy);
export type RetentionPolicies = z.infer<typeof RetentionPolicies>;

/** How many of each were removed because their time was over. */
export const Removed = z.object({
  messages: z.number().int(),
  copies: z.number().int().openapi({ description: "Messages that only another participant's export held." }),
  audit_entries: z.number().int(),
  tasks: z.number().int(),
});
export type Removed = z.infer<typeof Removed>;

/** For how long what is held of a user is kept. */
export const Retention = z
  .object({
    messages_days: z.number().int().nullable().openapi({ description: 'From when a message was accepted.' }),
    audit_days: z.number().int().nullable(),
    tasks_days: z.number().int().nullable().openapi({ description: 'From when a task has ended.' }),
    next_removal_at: z.string().nullable().openapi({ description: 'Within a day of when the next is over its time.' }),
    last_removal_at: z.string().nullable(),
    removed: Removed,
  })
  .openapi('Retention');
export type Retention = z.infer<typeof Retention>;
