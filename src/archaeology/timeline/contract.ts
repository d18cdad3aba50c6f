import { z } from '@hono/zod-openapi';
import { shortText, Timestamp } from '../../messages/contract.ts';
import { GapView } from '../gaps/contract.ts';

/** Newest messages of the interval that are read. */
export const TIMELINE_MESSAGES = 50_000;

export const TimelineQuery = z.object({
  resolution: z.enum(['day', 'week', 'month']).default('week'),
  from: Timestamp.optional().openapi({ description: 'Default: the first message.' }),
  to: Timestamp.optional().openapi({ description: 'Default: the last message.' }),
  conversation_id: shortText(128).optional(),
  utc_offset_minutes: z.coerce.number().int().min(-840).max(840).default(0).openapi({
    description: 'Of local time from UTC: where days and weeks begin.',
  }),
});
export type TimelineQuery = z.infer<typeof TimelineQuery>;

const counts = z.array(z.number().int());
const values = z.array(z.number().nullable());

export const TimelineAnswer = z
  .object({
    resolution: z.enum(['day', 'week', 'month']),
    starts: z.array(z.string()).openapi({ description: 'Start of each bucket; it ends where the next begins.' }),
    series: z
      .object({
        messages: counts,
        others_messages: counts,
        words: counts,
        conversations: counts,
        initiative: values,
        latency_ms: values,
        diversity: values,
        valence: values
          .nullable()
          .openapi({ description: 'Null without consent to `emotion`, or where there is too much to read.' }),
      })
      .openapi({ description: 'One value a bucket; null where there is nothing to measure.' }),
    gaps: z.array(GapView).nullable().openapi({ description: 'Null without consent to `reconstruction`.' }),
    changes: z.array(
      z.object({
        at: z.string(),
        series: z.string(),
        before: z.number(),
        after: z.number(),
        q: z.number().nullable(),
        sentence: z.string(),
      }),
    ),
    messages: z.number().int().openapi({ description: 'Messages read for this.' }),
    is_whole: z.boolean().openapi({ description: `False: only the newest ${TIMELINE_MESSAGES} were read.` }),
  })
  .openapi('Timeline');
export type TimelineAnswer = z.infer<typeof TimelineAnswer>;
