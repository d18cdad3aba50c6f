import { z } from '@hono/zod-openapi';
import { Provenance } from '../../llm/contract.ts';
import { QueryText, shortText } from '../../messages/contract.ts';

export const REPLY_LIMITS = { candidates: 50, shown: 20, drafts: 10 } as const;

const conversation = shortText(128)
  .default('default')
  .openapi({ description: 'Where the reply would be given: its last turns are what is replied to.' });
const message = QueryText.optional().openapi({
  description: 'What is said to the user, after the last turn of the conversation. Nothing of it is stored.',
});

export const ResponseQuestion = z
  .strictObject({
    conversation_id: conversation,
    message,
    candidates: z
      .array(QueryText)
      .min(1)
      .max(REPLY_LIMITS.candidates)
      .refine((texts) => new Set(texts).size === texts.length, 'Must name each candidate once.')
      .optional()
      .openapi({ description: 'Replies to choose from. Without: what the user replied in like places before.' }),
    record: z.boolean().default(true).openapi({
      description: 'Score it by the next message of the user in the conversation. False for a mere "what if".',
    }),
    top_k: z.number().int().min(1).max(REPLY_LIMITS.shown).default(5),
    drafts: z.number().int().min(0).max(REPLY_LIMITS.drafts).default(0).openapi({
      description: 'Replies that a text model proposes beside the own past of the user, at most. They are not ranked.',
    }),
  })
  .openapi('ResponseQuestion', { example: { message: 'How was your day?' } });
export type ResponseQuestion = z.infer<typeof ResponseQuestion>;

export const LikelyReply = z
  .object({
    text: z.string(),
    probability: z.number().min(0).max(1).openapi({ description: 'Calibrated: that this is what the user replies.' }),
    sources: z.array(z.string()).openapi({ description: 'Messages of the user that say the same in similar places.' }),
    times_said: z.number().int(),
  })
  .openapi('LikelyReply');

const Reason = z.string().openapi({ description: 'What it rests on, or why nothing is claimed.' });
const Knowing = z.enum(['predicted', 'insufficient']).openapi({
  description: '`insufficient`: below the floor nothing is claimed, though the candidates stay ranked.',
});

export const ResponsePrediction = z
  .object({
    prediction_id: z.string().nullable().openapi({
      description: 'It is scored when the user sends their next message of the conversation. Null: nothing to score.',
    }),
    state: Knowing,
    confidence: z.number().min(0).max(1).openapi({ description: 'Probability of the best candidate.' }),
    floor: z.number().min(0).max(1),
    best: z.string().nullable(),
    reason: Reason,
    candidates: z.array(LikelyReply),
    version: z.string().openapi({ description: 'Of the rules that predicted.' }),
    drafts: z
      .object({
        label: z.literal('mirror'),
        generated: z.literal(true),
        texts: z.array(z.string()),
        provenance: Provenance,
      })
      .nullable()
      .optional()
      .openapi({ description: 'Where they were asked for. A text model wrote them; their probability is not known.' }),
    path: z.enum(['text_model', 'without_model']).optional().openapi({ description: 'The path that drafts took.' }),
    path_reason: z.string().nullable().optional(),
  })
  .openapi('ResponsePrediction');
export type ResponsePrediction = z.infer<typeof ResponsePrediction>;

export const ChatQuestion = z
  .strictObject({
    message: QueryText,
    conversation_id: conversation,
    draft: z
      .enum(['auto', 'never', 'required'])
      .default('auto')
      .openapi({
        description:
          'Whether a text model writes a draft beside the reply. `auto`: where one is set up and answers. `required`: ' +
          'refused with 429 or 503 where it does not.',
      }),
    stream: z.boolean().optional().openapi({ description: 'Answer with events, as with `Accept: text/event-stream`.' }),
  })
  .openapi('ChatQuestion', { example: { message: 'What do you think of the sea?' } });
export type ChatQuestion = z.infer<typeof ChatQuestion>;

export const ChatDraft = z
  .object({
    label: z.literal('mirror'),
    generated: z.literal(true).openapi({ description: 'A text model wrote this; the user never did.' }),
    text: z.string(),
    style_fit: z.number().min(0).max(1).nullable(),
    provenance: Provenance,
  })
  .openapi('ChatDraft');
export type ChatDraft = z.infer<typeof ChatDraft>;

export const ChatAnswer = z
  .object({
    label: z.literal('mirror').openapi({ description: 'This is the mirror, not the user.' }),
    generated: z.literal(false).openapi({ description: 'Words of the user, said elsewhere; none were made up.' }),
    state: z.enum(['predicted', 'recalled', 'insufficient']).openapi({
      description:
        '`recalled`: what the user said in a place like this, unlikely to be their words now. `insufficient`: nothing of theirs answers.',
    }),
    reply: z.string().nullable(),
    reason: Reason,
    confidence: z.number().min(0).max(1).openapi({ description: 'That the user would reply something like it.' }),
    fit: z.number().min(0).max(1).nullable().openapi({
      description: 'How well the best answers what was said: its share against nine other turns of the user.',
    }),
    sources: z.array(
      z.object({ message_id: z.string(), content: z.string(), timestamp: z.string(), probability: z.number() }),
    ),
    style_fit: z.number().min(0).max(1).nullable().openapi({
      description: 'That the reply is in the manner of the user; null while too little of it is known.',
    }),
    draft: ChatDraft.nullable().openapi({
      description:
        'What a text model wrote in the manner of the user, beside their own words. Its truth is not measured.',
    }),
    path: z.enum(['text_model', 'without_model']).openapi({ description: 'The path that the answer took.' }),
    path_reason: z.string().nullable().openapi({ description: 'Why no text model took part; null: it did.' }),
  })
  .openapi('ChatAnswer');
export type ChatAnswer = z.infer<typeof ChatAnswer>;

export const DecisionPrediction = z
  .object({
    prediction_id: z.string().openapi({ description: 'Send it with the decision, and it is scored by the choice.' }),
    state: Knowing,
    confidence: z.number().min(0).max(1),
    floor: z.number().min(0).max(1),
    best: z.string().nullable(),
    reason: Reason,
    options: z.array(
      z.object({ option: z.string(), probability: z.number().min(0).max(1), sources: z.array(z.string()) }),
    ),
    version: z.string(),
  })
  .openapi('DecisionPrediction');
export type DecisionPrediction = z.infer<typeof DecisionPrediction>;
