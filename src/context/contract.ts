import { z } from '@hono/zod-openapi';
import { Provenance } from '../llm/contract.ts';
import { Timestamp } from '../messages/contract.ts';
import { SearchBody, SearchFilters } from '../palace/contract.ts';

export const CONTEXT_TOKENS = { min: 64, max: 8_000, default: 2_000 } as const;

export const ContextBody = z
  .strictObject({
    query: SearchBody.shape.query,
    max_tokens: z.number().int().min(CONTEXT_TOKENS.min).max(CONTEXT_TOKENS.max).default(CONTEXT_TOKENS.default),
    reference_date: Timestamp.optional().openapi({ description: 'What "now" means in the query. Default: now.' }),
    filters: SearchFilters.optional(),
    include_reconstructed: SearchBody.shape.include_reconstructed,
    summarise: z.boolean().default(false).openapi({
      description: 'A text model sums the messages up beside the text, where one is set up.',
    }),
    stream: z.boolean().optional().openapi({ description: 'Answer with events, as with `Accept: text/event-stream`.' }),
  })
  .openapi('ContextBody');
export type ContextBody = z.infer<typeof ContextBody>;

const ContextSource = z
  .object({
    id: z.string(),
    message_id: z.string().nullable(),
    timestamp: z.string(),
    speaker: z.string().nullable(),
    origin: z.literal('reconstructed').optional(),
    score: z.number().nullable().openapi({ description: 'Null: quoted because the message after it answers it.' }),
  })
  .openapi('ContextSource');
export type ContextSource = z.infer<typeof ContextSource>;

export const ContextAnswer = z
  .object({
    text: z.string().openapi({ description: 'To be put into a prompt as it is. Empty when nothing was found.' }),
    tokens: z.number().int().openapi({ description: 'Estimated from above; never more than `max_tokens`.' }),
    /** in the order of the text */
    sources: z.array(ContextSource),
    summary: z
      .object({ text: z.string(), label: z.string(), generated: z.literal(true), provenance: Provenance })
      .nullable()
      .optional()
      .openapi({ description: 'Where it was asked for. Written by a text model, and to be shown as such.' }),
    path: z.enum(['text_model', 'without_model']).optional().openapi({ description: 'The path that a summary took.' }),
    path_reason: z.string().nullable().optional().openapi({ description: 'Why there is no summary.' }),
  })
  .openapi('ContextAnswer');
export type ContextAnswer = z.infer<typeof ContextAnswer>;
