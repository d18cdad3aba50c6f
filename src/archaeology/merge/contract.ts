import { z } from '@hono/zod-openapi';
import { Content, shortText, Timestamp } from '../../messages/contract.ts';

export const MERGE_MESSAGES = 5_000;

export const MergeBody = z
  .strictObject({
    conversation_id: shortText(128).openapi({ description: "Of this chat in the user's own record." }),
    messages: z
      .array(
        z.strictObject({
          id: shortText(256).optional(),
          speaker: shortText(128),
          timestamp: Timestamp,
          content: Content,
        }),
      )
      .min(1)
      .max(MERGE_MESSAGES)
      .openapi({ description: "Of the other participant's export, in its order." }),
    keep: z
      .boolean()
      .default(true)
      .openapi({
        description:
          "Keep what only the other export has as evidence for reconstruction. It never becomes one of the user's own " +
          'messages: for that, reconstruct the gap and accept.',
      }),
  })
  .openapi('MergeBody', {
    example: {
      conversation_id: 'chat',
      messages: [{ speaker: 'Ben', timestamp: '2026-11-20T18:02:11Z', content: 'See you at eight.' }],
    },
  });
export type MergeBody = z.infer<typeof MergeBody>;

export const MergeAnswer = z
  .object({
    conversation_id: z.string(),
    matched: z.number().int().openapi({ description: 'Messages that both have.' }),
    clock_offset_ms: z.number().openapi({ description: "The other export's clock less the record's." }),
    kept: z.number().int().openapi({ description: 'Of `found`, kept as evidence.' }),
    total: z.number().int().openapi({ description: 'Messages that only the other export has; `found` shows 500.' }),
    found: z.array(
      z.object({
        evidence_id: z.string().openapi({ description: 'Named as evidence where a reconstruction rests on it.' }),
        origin: z.literal('other_copy'),
        their_id: z.string().nullable(),
        speaker: z.string(),
        timestamp: z.string().openapi({ description: "On the clock of the user's record." }),
        content: z.string(),
        certainty: z.number(),
        after_message_id: z.string().nullable(),
        before_message_id: z.string().nullable(),
      }),
    ),
  })
  .openapi('MergeAnswer');
export type MergeAnswer = z.infer<typeof MergeAnswer>;
