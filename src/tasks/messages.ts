import { z } from 'zod';

/** "A palace of this person is to be laid out anew": on the queue of bulk work, which may take minutes. */
export const BulkMessage = z.object({
  kind: z.literal('relayout'),
  tenantId: z.string().min(1),
  userId: z.string().min(1),
  /** ULID */
  task: z.string().min(1),
});
export type BulkMessage = z.infer<typeof BulkMessage>;

/** "This person has changes": the queue carries no text, the consumer reads the changes from the object. */
export const SyncMessage = z.object({
  kind: z.literal('sync'),
  tenantId: z.string().min(1),
  userId: z.string().min(1),
  /** of the request that made the oldest change, to be followed in the logs */
  requestId: z.string().optional(),
  /** W3C trace context, where it is traced */
  traceparent: z.string().optional(),
});
export type SyncMessage = z.infer<typeof SyncMessage>;

export const syncMessage = (
  owner: { tenantId: string; userId: string },
  origin: { requestId: string | null; traceparent: string | null } | null,
): SyncMessage => ({
  kind: 'sync',
  ...owner,
  ...(origin?.requestId ? { requestId: origin.requestId } : {}),
  ...(origin?.traceparent ? { traceparent: origin.traceparent } : {}),
});
