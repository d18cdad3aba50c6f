import { z } from '@hono/zod-openapi';

/** What happened, without text: a client reads what it wants to show. */
export const NewEvent = z.discriminatedUnion('type', [
  z.object({ type: z.literal('message.accepted'), message_ids: z.array(z.string()), task_id: z.string() }),
  z.object({ type: z.literal('message.deleted'), message_ids: z.array(z.string()) }),
  z.object({ type: z.literal('memory.placed'), message_ids: z.array(z.string()) }),
  z.object({ type: z.literal('task.completed'), task_id: z.string() }),
  z.object({ type: z.literal('task.failed'), task_id: z.string(), error: z.string() }),
]);
export type NewEvent = z.infer<typeof NewEvent>;

export type LiveEvent = NewEvent & { sequence: number; at: string };

/** The first thing a socket hears. `resync`: events were missed for good, so read anew. */
export interface Hello {
  type: 'hello';
  sequence: number;
  resync: boolean;
}
