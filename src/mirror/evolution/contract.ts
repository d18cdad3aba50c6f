import { z } from '@hono/zod-openapi';

const SERIES = ['personality', 'emotion', 'style'] as const;
const significance = {
  p: z.number(),
  q: z.number().openapi({ description: '`p` corrected over everything that was tested in this answer.' }),
  is_significant: z.boolean(),
};

export const EvolutionQuery = z.object({
  resolution: z.enum(['week', 'month']).default('week'),
  of: z.enum(SERIES).optional().openapi({ description: 'Only these series. Default: all that are allowed.' }),
});
export type EvolutionQuery = z.infer<typeof EvolutionQuery>;

const Trajectory = z
  .object({
    name: z.string().openapi({ example: 'style.message_length' }),
    points: z.array(
      z.object({
        start: z.string(),
        value: z.number(),
        low: z.number(),
        high: z.number(),
        words: z.number().int(),
        messages: z.number().int(),
      }),
    ),
    trend: z.object({ per_year: z.number(), low: z.number(), high: z.number(), ...significance }).nullable(),
    changes: z.array(
      z.object({
        at: z.string(),
        from: z.number(),
        to: z.number(),
        direction: z.enum(['up', 'down']),
        size: z.number().openapi({ description: 'In standard deviations of a usual week.' }),
        ...significance,
      }),
    ),
  })
  .openapi('Trajectory');

export const EvolutionAnswer = z
  .object({
    state: z.enum(['insufficient', 'tentative', 'settled']),
    resolution: z.enum(['week', 'month']),
    weeks: z.number().int(),
    from: z.string().nullable(),
    until: z.string().nullable(),
    series: z.array(Trajectory),
  })
  .openapi('EvolutionAnswer');
export type EvolutionAnswer = z.infer<typeof EvolutionAnswer>;

export const FutureQuestion = z
  .strictObject({
    years: z.number().int().min(1).max(30).default(5),
    age: z.number().min(10).max(110).optional().openapi({ description: 'Of the user now. Nothing of it is stored.' }),
  })
  .openapi('FutureQuestion', { example: { years: 5, age: 34 } });
export type FutureQuestion = z.infer<typeof FutureQuestion>;

export const FutureAnswer = z
  .object({
    state: z.enum(['insufficient', 'projected']),
    reason: z.string().nullable().openapi({ description: 'Why nothing is projected.' }),
    history_years: z.number().nullable(),
    age: z.number().nullable(),
    traits: z.array(
      z.object({
        trait: z.string(),
        points: z.array(z.object({ year: z.number().int(), mean: z.number(), low: z.number(), high: z.number() })),
        own_trend: z.object({ per_year: z.number(), low: z.number(), high: z.number(), carried: z.number() }),
        age_effect: z.number().openapi({ description: 'What people of that age change by on average until then.' }),
      }),
    ),
  })
  .openapi('FutureAnswer', { description: 'The trend of the user, damped by what people change by with age.' });
export type FutureAnswer = z.infer<typeof FutureAnswer>;
