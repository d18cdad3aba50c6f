import { z } from '@hono/zod-openapi';
import { METRICS } from './catalogue.ts';

/** Events whose amounts are added up. */
export const EARNING = ['purchase', 'subscription'] as const;

/** Something that happened in the application, for its dashboards. It names nobody. */
export const AppEventBody = z
  .strictObject({
    event: z.enum(METRICS.app_events_total.labels.event),
    amount: z
      .number()
      .min(0)
      .max(1_000_000)
      .optional()
      .openapi({ description: 'Of a purchase, subscription or refund, in the currency of the application.' }),
    count: z.number().int().min(1).max(1_000).default(1),
  })
  .openapi('AppEventBody');
export type AppEventBody = z.infer<typeof AppEventBody>;
