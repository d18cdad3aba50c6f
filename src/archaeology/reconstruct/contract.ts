import { z } from '@hono/zod-openapi';
import { Provenance } from '../../llm/contract.ts';
import { Content, shortText, Timestamp } from '../../messages/contract.ts';

export const RECONSTRUCT_LIMITS = { messages: 10, defaultMessages: 3, candidates: 50, noteCharacters: 2_000 } as const;

const conversation = shortText(128).optional().openapi({ description: 'Default: the one of the messages named.' });
const neighbour = (side: string) =>
  shortText(256)
    .optional()
    .openapi({ description: `The message right ${side}.` });

/**
 * Where a proposed text comes from:
 * - `other_copy`: another participant's export of the chat has it
 * - `given`: one of the texts that the caller named
 * - `quote`: a message quotes it whole
 * - `copy`: the same writer sent it in another conversation at that time
 * - `past_turn`: the person's own turn from a like context
 * - `composition`: nobody's text: words of the evidence, joined in the person's manner
 */
export const METHODS = ['other_copy', 'given', 'quote', 'copy', 'past_turn', 'composition'] as const;
export type Method = (typeof METHODS)[number];

/** One place: a known gap, an interval, or the stretch beside one or two messages. */
export const ReconstructBody = z
  .strictObject({
    gap_id: shortText(256).optional().openapi({ description: 'From `GET /gaps`.' }),
    conversation_id: conversation,
    from: Timestamp.optional(),
    to: Timestamp.optional(),
    after_message_id: neighbour('before the place'),
    before_message_id: neighbour('after the place'),
    max_messages: z
      .number()
      .int()
      .min(1)
      .max(RECONSTRUCT_LIMITS.messages)
      .default(RECONSTRUCT_LIMITS.defaultMessages)
      .openapi({ description: 'At most so many, however many are missing.' }),
    product: z
      .enum(['retrieval', 'composition', 'both'])
      .default('both')
      .openapi({
        description:
          '`retrieval`: which known text most likely stood here. `composition`: a text of what is left of the content, ' +
          'in the manner of the person. Answers keep the two apart.',
      }),
    candidates: z
      .array(Content)
      .min(1)
      .max(RECONSTRUCT_LIMITS.candidates)
      .optional()
      .openapi({ description: 'Known texts without a place, one of which stood here: they alone are ranked.' }),
  })
  .superRefine((body, context) => {
    for (const { pointer, detail } of bodyFaults(body)) {
      context.addIssue({ code: 'custom', path: [pointer.slice(1)], message: detail });
    }
  })
  .openapi('ReconstructBody', {
    example: { conversation_id: 'family', from: '2026-03-01T00:00:00Z', to: '2026-03-08T00:00:00Z' },
  });
export type ReconstructBody = z.infer<typeof ReconstructBody>;

type PlaceFields = Pick<
  z.input<typeof ReconstructBody>,
  'gap_id' | 'conversation_id' | 'from' | 'to' | 'after_message_id' | 'before_message_id'
>;

/** What is wrong with the naming of a place, as far as the body alone tells. `pointer` is a JSON pointer into it. */
function bodyFaults(body: PlaceFields): { pointer: `/${keyof PlaceFields}`; detail: string }[] {
  const { gap_id: gap, conversation_id: conversation, from, to } = body;
  const { after_message_id: after, before_message_id: before } = body;
  const byTime = from !== undefined || to !== undefined;
  const byMessage = after !== undefined || before !== undefined;
  if (gap !== undefined) {
    const more = byTime || byMessage || conversation !== undefined;
    return more ? [{ pointer: '/gap_id', detail: 'Names the place already: leave the other fields out.' }] : [];
  }
  if (byMessage) {
    if (byTime) return [{ pointer: '/from', detail: 'Name a place by its messages or by its times, not both.' }];
    return after === before ? [{ pointer: '/before_message_id', detail: 'Must be another message.' }] : [];
  }
  if (!byTime) return [{ pointer: '/gap_id', detail: 'Name a gap, an interval, or a neighbouring message.' }];
  if (conversation === undefined) return [{ pointer: '/conversation_id', detail: 'An interval needs it.' }];
  if (from === undefined) return [{ pointer: '/from', detail: 'An interval needs both ends.' }];
  if (to === undefined) return [{ pointer: '/to', detail: 'An interval needs both ends.' }];
  return Date.parse(to) > Date.parse(from) ? [] : [{ pointer: '/to', detail: 'Must lie after `from`.' }];
}

export const VerdictBody = z
  .strictObject({
    verdict: z.enum(['accept', 'correct', 'reject']),
    content: Content.optional().openapi({ description: 'With `correct`: what was really said.' }),
    note: shortText(RECONSTRUCT_LIMITS.noteCharacters).optional(),
    author: shortText(128).optional().openapi({ description: 'Who says so. Default: the user.' }),
  })
  .superRefine(({ verdict, content }, context) => {
    if ((verdict === 'correct') === (content !== undefined)) return;
    const message = verdict === 'correct' ? 'A correction says what it was.' : 'Only a correction has content.';
    context.addIssue({ code: 'custom', path: ['content'], message });
  })
  .openapi('VerdictBody');
export type VerdictBody = z.infer<typeof VerdictBody>;

const probability = z.number().min(0).max(1);
const span = { start: z.number().int(), end: z.number().int() };

const Evidence = z
  .object({
    message_id: z.string(),
    kind: z.string(),
    ...span,
    text: z.string().openapi({ description: 'Characters `start` to `end` of that message, in UTF-16 units.' }),
  })
  .openapi('Evidence');

const Candidate = z
  .object({
    text: z.string(),
    method: z.enum(METHODS),
    confidence: probability,
    evidence: z.array(Evidence),
    tokens: z
      .array(z.object({ text: z.string(), source: z.object({ message_id: z.string(), ...span }).nullable() }))
      .openapi({ description: 'Of a composed text: where each word stands; null: put between by the style model.' }),
    provenance: Provenance.nullable().openapi({ description: 'Of the text model that proposed it; null: none did.' }),
  })
  .openapi('ReconstructionCandidate');

const Product = z.enum(['retrieval', 'composition']);

export const ReconstructionVerdict = z
  .object({
    verdict: z.enum(['accept', 'correct', 'reject']),
    author: z.string(),
    at: z.string(),
    note: z.string().nullable(),
    memory_id: z.string().nullable().openapi({ description: 'The memory it became, of origin `reconstructed`.' }),
  })
  .openapi('ReconstructionVerdict');

/** A text that nobody recorded. It is flagged for ever. */
export const Reconstruction = z
  .object({
    id: z.string().nullable().openapi({ description: 'Null: nothing is proposed, so there is nothing to judge.' }),
    origin: z.literal('reconstructed'),
    state: z.enum(['proposed', 'accepted', 'corrected', 'rejected', 'cannot_be_reconstructed']),
    product: Product,
    label: z.string().openapi({ description: 'To be shown with the text, always.' }),
    text: z.string().nullable(),
    method: z.enum(METHODS).nullable(),
    confidence: probability,
    floor: probability,
    cause: z
      .enum(['no_neighbours', 'too_little_history', 'no_evidence', 'below_floor', 'outside_manner', 'rejected'])
      .nullable()
      .openapi({ description: 'Why nothing is proposed.' }),
    reason: z.string(),
    evidence: z.array(Evidence),
    tokens: Candidate.shape.tokens,
    provenance: Candidate.shape.provenance,
    alternatives: z.array(Candidate),
    verdict: ReconstructionVerdict.nullable(),
  })
  .openapi('Reconstruction');
export type Reconstruction = z.infer<typeof Reconstruction>;

export const MissingMessage = z
  .object({
    position: z.number().int(),
    speaker: z.string().nullable(),
    timestamp: z.string().nullable().openapi({ description: 'Proposed, between `earliest` and `latest`.' }),
    earliest: z.string().nullable(),
    latest: z.string().nullable(),
    retrieval: Reconstruction.nullable(),
    composition: Reconstruction.nullable(),
  })
  .openapi('MissingMessage');

export const ReconstructAnswer = z
  .object({
    conversation_id: z.string(),
    gap_id: z.string().nullable(),
    after_message_id: z.string().nullable(),
    before_message_id: z.string().nullable(),
    messages: z.array(MissingMessage),
    path: z.enum(['text_model', 'without_model']).openapi({
      description: 'Whether a text model proposed compositions beside the others; each says by its `provenance`.',
    }),
    path_reason: z.string().nullable().openapi({ description: 'Why none took part; null: one did.' }),
  })
  .openapi('ReconstructAnswer');
export type ReconstructAnswer = z.infer<typeof ReconstructAnswer>;
