import { z } from '@hono/zod-openapi';
import { shortText } from '../../messages/contract.ts';
import { Rating } from '../memories/contract.ts';
import { Point } from '../rooms/contract.ts';

export const TRAIL_LIMITS = { trails: 500, stops: 100 } as const;

const NewStop = z
  .strictObject({
    anchor_id: z.string().min(1).max(40).optional().openapi({ description: 'A fixed spot, as in `people-1.3`.' }),
    memory_id: z.string().min(1).max(256).optional().openapi({ description: 'What is remembered there.' }),
    note: shortText(1_000).optional(),
  })
  .refine((stop) => stop.anchor_id !== undefined || stop.memory_id !== undefined, 'Must name an anchor or a memory.')
  .openapi('NewStop');
export type NewStop = z.infer<typeof NewStop>;

export const NewTrail = z
  .strictObject({
    name: shortText(128),
    description: shortText(1_000).optional(),
    palace_id: z
      .string()
      .min(1)
      .max(64)
      .optional()
      .openapi({ description: 'Of the anchors. Default: the default palace.' }),
    stops: z.array(NewStop).min(1).max(TRAIL_LIMITS.stops),
  })
  .openapi('NewTrail', { example: { name: 'The morning walk', stops: [{ anchor_id: 'people-1.1' }] } });
export type NewTrail = z.infer<typeof NewTrail>;

/** How well something is known. Before the first practice strength and last review are null, and it is due. */
const practice = {
  strength: z
    .number()
    .nullable()
    .openapi({ description: 'Probability that it is recalled now (FSRS retrievability).' }),
  reviews: z.number().int(),
  lapses: z.number().int(),
  last_review: z.string().nullable(),
  due: z.string(),
};

export const StopView = z
  .object({
    number: z.number().int().openapi({ description: 'From 1, in walking order.' }),
    anchor_id: z.string().nullable(),
    memory_id: z.string().nullable(),
    note: z.string().nullable(),
    gone: z.boolean().openapi({ description: 'Its memory was deleted: the walk passes it over.' }),
    /** where it is; null while its memory is not placed, and when it is gone */
    palace_id: z.string().nullable(),
    room_id: z.string().nullable(),
    position: Point.nullable(),
    ...practice,
  })
  .openapi('Stop');
export type StopView = z.infer<typeof StopView>;

export const TrailSummary = z
  .object({
    id: z.string(),
    name: z.string(),
    description: z.string().nullable(),
    palace_id: z.string(),
    created_at: z.string(),
    ...practice,
  })
  .openapi('TrailSummary');
export type TrailSummary = z.infer<typeof TrailSummary>;

export const TrailView = TrailSummary.extend({
  stops: z.array(StopView),
  due_stops: z
    .array(z.number().int())
    .openapi({ description: 'Numbers of the stops that are due now, longest first.' }),
}).openapi('Trail');
export type TrailView = z.infer<typeof TrailView>;

export const TrailPage = z.object({ items: z.array(TrailSummary), next: z.string().nullable() }).openapi('TrailPage');
export type TrailPage = z.infer<typeof TrailPage>;

export const Practice = z
  .strictObject({
    stop: z.number().int().min(1).max(TRAIL_LIMITS.stops).optional().openapi({
      description: 'The stop that was recalled. Without: the walk as a whole.',
    }),
    rating: Rating,
  })
  .openapi('Practice');
export type Practice = z.infer<typeof Practice>;

/** `null` beyond either end. */
export const StopAnswer = z.object({ stop: StopView.nullable() }).openapi('StopAnswer');
export type StopAnswer = z.infer<typeof StopAnswer>;
