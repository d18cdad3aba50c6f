import { z } from '@hono/zod-openapi';
import { LIMITS, shortText } from '../../messages/contract.ts';
import { Reconstruction } from '../reconstruct/contract.ts';

const STATES = ['proposed', 'accepted', 'corrected', 'rejected', 'withdrawn'] as const;

export const ReconstructionQuery = z.object({
  conversation_id: shortText(128).optional(),
  gap_id: shortText(64).optional(),
  state: z.enum(STATES).optional(),
  limit: z.coerce.number().int().min(1).max(LIMITS.pageMax).default(LIMITS.pageDefault),
  cursor: z.string().min(1).max(200).optional(),
});
export type ReconstructionQuery = z.infer<typeof ReconstructionQuery>;

/** A reconstruction as it is kept, apart from messages. */
export const ReconstructionView = Reconstruction.extend({
  id: z.string(),
  state: z
    .enum(STATES)
    .openapi({ description: '`withdrawn`: messages it rested on were deleted, and its text with them.' }),
  evidence: z.array(
    Reconstruction.shape.evidence.element.extend({
      is_gone: z.boolean().openapi({ description: 'The message was deleted since; its words are gone with it.' }),
    }),
  ),
  conversation_id: z.string(),
  gap_id: z.string().nullable(),
  after_message_id: z.string().nullable(),
  before_message_id: z.string().nullable(),
  position: z.number().int(),
  speaker: z.string().nullable(),
  timestamp: z.string().nullable().openapi({ description: 'Proposed.' }),
  made_at: z.string(),
}).openapi('StoredReconstruction');
export type ReconstructionView = z.infer<typeof ReconstructionView>;

export const ReconstructionPage = z
  .object({ items: z.array(ReconstructionView), next: z.string().nullable() })
  .openapi('ReconstructionPage');
export type ReconstructionPage = z.infer<typeof ReconstructionPage>;
