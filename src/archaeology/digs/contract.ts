import { z } from '@hono/zod-openapi';
import { shortText, Timestamp } from '../../messages/contract.ts';
import { GapView } from '../gaps/contract.ts';
import { PatternView } from '../patterns/contract.ts';
import { ReconstructionView } from '../reconstructions/contract.ts';

export const DIG_LIMITS = { digs: 100, notes: 100, noteCharacters: 2_000, gaps: 200, reconstructions: 50 } as const;

export const DIG_PARTS = ['gaps', 'reconstructions', 'patterns', 'notes'] as const;
export const DIG_STATES = ['pending', 'processing', 'completed', 'cancelled', 'failed'] as const;

export const NewDig = z
  .strictObject({
    name: shortText(128).optional(),
    from: Timestamp,
    to: Timestamp,
    conversation_id: shortText(128).optional().openapi({ description: 'Default: all conversations.' }),
    include: z
      .array(z.enum(DIG_PARTS))
      .min(1)
      .max(DIG_PARTS.length)
      .default(['gaps', 'reconstructions', 'notes'])
      .openapi({ description: '`patterns` needs consent to `style` as well.' }),
  })
  .superRefine(({ from, to }, context) => {
    if (Date.parse(to) > Date.parse(from)) return;
    context.addIssue({ code: 'custom', path: ['to'], message: 'Must lie after `from`.' });
  })
  .openapi('NewDig', { example: { from: '2026-03-01T00:00:00Z', to: '2026-04-01T00:00:00Z' } });
export type NewDig = z.infer<typeof NewDig>;

export const DigPatch = z
  .strictObject({
    name: shortText(128).optional(),
    note: shortText(DIG_LIMITS.noteCharacters).optional().openapi({ description: 'Is added to the notes.' }),
    author: shortText(128).optional().openapi({ description: 'Of the note. Default: the user.' }),
  })
  .refine(({ name, note }) => name !== undefined || note !== undefined, 'Must change something.')
  .openapi('DigPatch', { example: { note: 'The week of the move.' } });
export type DigPatch = z.infer<typeof DigPatch>;

const summary = {
  id: z.string(),
  name: z.string(),
  from: z.string(),
  to: z.string(),
  conversation_id: z.string().nullable(),
  include: z.array(z.enum(DIG_PARTS)),
  status: z.enum(DIG_STATES),
  progress: z.number().min(0).max(1),
  error: z.string().nullable(),
  created_at: z.string(),
  started_at: z.string().nullable(),
  finished_at: z.string().nullable(),
};

export const DigSummary = z.object(summary).openapi('DigSummary');
export type DigSummary = z.infer<typeof DigSummary>;

export const DigPage = z.object({ items: z.array(DigSummary), next: z.string().nullable() }).openapi('DigPage');
export type DigPage = z.infer<typeof DigPage>;

/** What was found, as far as it has come. Null: not asked for, not there yet, or erased with a consent. */
export const DigView = z
  .object({
    ...summary,
    gaps: z.array(GapView).nullable(),
    gaps_total: z
      .number()
      .int()
      .openapi({ description: `Of which the likeliest ${DIG_LIMITS.gaps} are shown.` }),
    reconstructions: z.array(ReconstructionView).nullable(),
    patterns: z.array(PatternView).nullable(),
    is_outdated: z.boolean().openapi({ description: 'Messages of the interval were deleted since: dig anew.' }),
    notes: z.array(z.object({ author: z.string(), text: z.string(), at: z.string() })).nullable(),
  })
  .openapi('Dig');
export type DigView = z.infer<typeof DigView>;
