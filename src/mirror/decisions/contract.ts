import { z } from '@hono/zod-openapi';
import { QueryText, shortText, Timestamp } from '../../messages/contract.ts';

export const DECISION_LIMITS = { decisions: 5_000, options: 20, optionLength: 200 } as const;

const optionsField = z
  .array(shortText(DECISION_LIMITS.optionLength))
  .min(2)
  .max(DECISION_LIMITS.options)
  .refine((options) => new Set(options).size === options.length, 'Must name each option once.');
const Outcome = z
  .number()
  .min(-1)
  .max(1)
  .openapi({ description: 'How it turned out: -1 they regretted it, 0 neither way, 1 they were glad of it.' });
const choiceIn = (decision: { options: string[]; choice?: string | undefined }) =>
  decision.choice === undefined || decision.options.includes(decision.choice);

export const NewDecision = z
  .strictObject({
    context: QueryText.openapi({ description: 'What the decision was about.' }),
    options: optionsField,
    choice: shortText(DECISION_LIMITS.optionLength).optional(),
    outcome: Outcome.optional(),
    decided_at: Timestamp.optional(),
    prediction_id: z
      .string()
      .min(1)
      .max(64)
      .optional()
      .openapi({ description: 'Of `decisions/predict`: it is scored by this choice.' }),
  })
  .refine(choiceIn, { path: ['choice'], message: 'Must be one of the options.' })
  .openapi('NewDecision', {
    example: { context: 'Where to spend the holidays', options: ['sea', 'mountains'], choice: 'sea' },
  });
export type NewDecision = z.infer<typeof NewDecision>;

export const DecisionPatch = z
  .strictObject({ choice: shortText(DECISION_LIMITS.optionLength).optional(), outcome: Outcome.nullable().optional() })
  .refine((patch) => Object.keys(patch).length > 0, 'Must change something.')
  .openapi('DecisionPatch', { example: { outcome: 0.5 } });
export type DecisionPatch = z.infer<typeof DecisionPatch>;

export const DecisionView = z
  .object({
    id: z.string(),
    context: z.string(),
    options: z.array(z.string()),
    choice: z.string().nullable(),
    outcome: z.number().nullable(),
    decided_at: z.string(),
    created_at: z.string(),
  })
  .openapi('Decision');
export type DecisionView = z.infer<typeof DecisionView>;

export const DecisionPage = z
  .object({ items: z.array(DecisionView), next: z.string().nullable() })
  .openapi('DecisionPage');
export type DecisionPage = z.infer<typeof DecisionPage>;

export const DecisionQuestion = z
  .strictObject({ context: QueryText, options: optionsField })
  .openapi('DecisionQuestion', { example: { context: 'A week off in May', options: ['sea', 'mountains'] } });
export type DecisionQuestion = z.infer<typeof DecisionQuestion>;
