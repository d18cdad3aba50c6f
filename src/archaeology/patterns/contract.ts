import { z } from '@hono/zod-openapi';
import { shortText, Timestamp } from '../../messages/contract.ts';

/** Newest messages that patterns are looked for in: more are not read. */
export const PATTERN_MESSAGES = 10_000;

const KINDS = [
  'initiative',
  'reply-latency',
  'vocabulary-growth',
  'diversity',
  'new-phrase',
  'lost-phrase',
  'topic',
  'change',
] as const;

export const PatternQuery = z
  .object({
    conversation_id: shortText(128).optional(),
    from: Timestamp.optional(),
    to: Timestamp.optional(),
    kind: z.enum(KINDS).optional(),
  })
  .superRefine(({ from, to }, context) => {
    if (from === undefined || to === undefined || Date.parse(to) > Date.parse(from)) return;
    context.addIssue({ code: 'custom', path: ['to'], message: 'Must lie after `from`.' });
  });
export type PatternQuery = z.infer<typeof PatternQuery>;

export const PatternView = z
  .object({
    kind: z.enum(KINDS),
    from: z.string(),
    to: z.string(),
    numbers: z.record(z.string(), z.number()),
    words: z.array(z.string()),
    evidence: z.array(z.string()).openapi({ description: 'Message ids, a few, earliest first.' }),
    significance: z
      .object({ test: z.enum(['binomial', 'fisher', 'permutation']), p: z.number(), q: z.number() })
      .nullable()
      .openapi({ description: 'Null: a measure, which claims no difference.' }),
    sentence: z.string(),
  })
  .openapi('Pattern');
export type PatternView = z.infer<typeof PatternView>;

export const PatternAnswer = z
  .object({
    messages: z
      .number()
      .int()
      .openapi({ description: `Read for this, at most ${PATTERN_MESSAGES}: the newest.` }),
    is_whole: z.boolean().openapi({ description: 'False: there are older messages, which were not read.' }),
    patterns: z.array(PatternView),
  })
  .openapi('PatternAnswer');
export type PatternAnswer = z.infer<typeof PatternAnswer>;
