import { z } from '@hono/zod-openapi';
import { QueryText, Role, Timestamp } from '../messages/contract.ts';
import { isTimeZone } from '../text/time/zone.ts';

const list = <T extends z.ZodType>(item: T) => z.array(item).min(1).max(50);
const name = z.string().min(1).max(128);

/** Conditions that a memory must meet. Several values of one field mean "any of them". */
export const SearchFilters = z
  .strictObject({
    after: Timestamp.optional(),
    before: Timestamp.optional(),
    conversation_ids: list(name).optional(),
    speakers: list(name).optional(),
    roles: list(Role).optional(),
  })
  .openapi('SearchFilters');
export type SearchFilters = z.infer<typeof SearchFilters>;

export const SearchBody = z
  .strictObject({
    query: QueryText,
    top_k: z.number().int().min(1).max(100).default(10),
    filters: SearchFilters.optional(),
    reference_date: Timestamp.optional().openapi({ description: 'What "now" means in the query. Default: now.' }),
    time_zone: z.string().max(64).refine(isTimeZone, 'Must be an IANA time zone.').default('UTC').openapi({
      description: 'Where days begin for "yesterday" and "on Friday", as an IANA name.',
      example: 'Europe/Lisbon',
    }),
    explain: z.boolean().default(false),
    collapse_duplicates: z.boolean().default(true).openapi({
      description: 'Of memories that say the same, show the best one, with the ids of the others beside it.',
    }),
    include_reconstructed: z.boolean().default(false).openapi({
      description: 'Also find reconstructed texts that a verdict made memories. Each hit says so (`origin`).',
    }),
    rerank: z
      .boolean()
      .default(false)
      .openapi({
        description:
          'Let a model read the query with each of the best results, and fuse its order with that of the search. ' +
          'Only where the operator has turned a re-ranker on; `reranked` in the answer says whether one answered.',
      }),
  })
  .openapi('SearchBody');
export type SearchBody = z.infer<typeof SearchBody>;

/** Stands in every payload of a memory that nobody recorded. */
export const originFields = {
  origin: z
    .literal('reconstructed')
    .optional()
    .openapi({ description: 'Nobody recorded this text: it was reconstructed, and a verdict made it a memory.' }),
  label: z.string().optional().openapi({ description: 'With `origin`: to be shown with the text, always.' }),
};

export const SearchResult = z
  .object({
    id: z.string(),
    message_id: z.string().nullable(),
    conversation_id: z.string(),
    role: Role,
    speaker: z.string().nullable(),
    content: z.string(),
    timestamp: z.string(),
    score: z.number(),
    duplicates: z.array(z.string()).openapi({ description: 'Ids of the other memories found that say the same.' }),
    /** metres in the palace; null until the memory is placed */
    position: z.tuple([z.number(), z.number(), z.number()]).nullable(),
    explain: z.record(z.string(), z.number()).optional().openapi({ description: "Every signal's share of the score." }),
    rerank_score: z.number().optional().openapi({ description: "The re-ranker's, where one answered." }),
    ...originFields,
  })
  .openapi('SearchResult');
export type SearchResult = z.infer<typeof SearchResult>;

export const SearchAnswer = z
  .object({
    results: z.array(SearchResult),
    answerable: z
      .number()
      .min(0)
      .max(1)
      .openapi({
        description:
          'Calibrated probability that an answer is among the first ten results. Low where a thing was never talked ' +
          'about; less sure where a question puts the wrong person into a true story.',
      }),
    timing_ms: z.number(),
    /** models whose vectors were searched; empty: words only */
    models: z.array(z.string()),
    reranked: z.string().nullable().optional().openapi({
      description: "Only with `rerank`: the model that re-ranked; null: none answered, the order is the search's own.",
    }),
  })
  .openapi('SearchAnswer');
export type SearchAnswer = z.infer<typeof SearchAnswer>;
