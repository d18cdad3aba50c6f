import { z } from 'zod';

/** "This person has changes": the queue carries no text, the consumer reads the changes from the object. */
export const SyncMessage = z.object({
  kind: z.literal('sync'),
  tenantId: z.string().min(1),
  userId: z.string().min(1),
});
export type SyncMessage = z.infer<typeof SyncMessage>;
