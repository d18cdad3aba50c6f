import { z } from '@hono/zod-openapi';
import { LIMITS, shortText, Timestamp } from '../../messages/contract.ts';

export const GapQuery = z
  .object({
    conversation_id: shortText(128).optional(),
    min_probability: z.coerce.number().min(0).max(1).optional().openapi({
      description:
        'Default: the learned threshold, at which four of five gaps told are real. Below 0.1 nothing is kept.',
    }),
    from: Timestamp.optional().openapi({ description: 'Only gaps that reach beyond this time.' }),
    to: Timestamp.optional().openapi({ description: 'Only gaps that begin before this time.' }),
    limit: z.coerce.number().int().min(1).max(LIMITS.pageMax).default(LIMITS.pageDefault),
    cursor: z.string().min(1).max(200).optional(),
  })
  .superRefine(({ from, to }, context) => {
    if (from === undefined || to === undefined || Date.parse(to) > Date.parse(from)) return;
    context.addIssue({ code: 'custom', path: ['to'], message: 'Must lie after `from`.' });
  });
export type GapQuery = z.infer<typeof GapQuery>;

export const GapView = z
  .object({
    id: z.string().openapi({ description: 'Stays the same as long as the two messages are neighbours.' }),
    conversation_id: z.string(),
    after_message_id: z.string(),
    before_message_id: z.string(),
    from: z.string(),
    to: z.string(),
    probability: z.number().openapi({ description: 'Calibrated chance that at least one message is missing here.' }),
    missing: z
      .object({ expected: z.number(), low: z.number(), high: z.number() })
      .openapi({ description: 'Messages, given that some are missing; nine times in ten between `low` and `high`.' }),
    reasons: z.array(
      z.object({
        signal: z.enum([
          'silence',
          'missing-opening',
          'missing-closing',
          'turn-order',
          'unanswered-question',
          'unasked-answer',
          'topic-jump',
          'reference',
          'sequence',
          'deletion-mark',
          'seam',
        ]),
        share: z.number().openapi({ description: 'Part of the evidence; the parts add up to 1.' }),
        message_ids: z.array(z.string()),
      }),
    ),
  })
  .openapi('Gap');
export type GapView = z.infer<typeof GapView>;

export const GapPage = z
  .object({
    items: z.array(GapView),
    next: z.string().nullable(),
    is_complete: z.boolean().openapi({
      description: 'False while a long history is still being looked through: ask again for the rest.',
    }),
  })
  .openapi('GapPage');
export type GapPage = z.infer<typeof GapPage>;
