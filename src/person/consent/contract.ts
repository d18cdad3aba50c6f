import { z } from '@hono/zod-openapi';
import { INFERENCES, type InferenceName } from '../../shared/inferences.ts';

const shapeOf = <T extends z.ZodType>(field: T) =>
  Object.fromEntries(INFERENCES.map((name) => [name, field])) as Record<InferenceName, T>;

/** What changes; an inference that is not named stays as it is. */
export const ConsentChange = z
  .strictObject(shapeOf(z.boolean().optional()))
  .openapi('ConsentChange', { example: { style: true, emotion: false } });
export type ConsentChange = z.infer<typeof ConsentChange>;

const Decision = z
  .object({
    granted: z.boolean(),
    changed_at: z.string().nullable().openapi({ description: 'Null: never said, which means off.' }),
  })
  .openapi('ConsentDecision');

/** Off means: not computed, and what was computed is erased. */
export const Consent = z.object(shapeOf(Decision)).openapi('Consent');
export type Consent = z.infer<typeof Consent>;
