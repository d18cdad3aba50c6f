import { z } from '@hono/zod-openapi';

const share = z.number().min(0).max(1);
const Interval90 = z
  .tuple([z.number(), z.number()])
  .openapi({ type: 'array', items: { type: 'number' }, example: [0.4, 0.6] });

const Reliability = z
  .array(
    z.object({
      n: z.number().int(),
      from: share,
      to: share,
      shown: share.openapi({ description: 'Mean probability that was shown.' }),
      happened: share.openapi({ description: 'Share that came true.' }),
      interval: Interval90,
    }),
  )
  .openapi('Reliability');

/** How predictions did whose truth has arrived. */
const Report = z
  .object({
    version: z.string(),
    shown: z.boolean().openapi({ description: 'False: it ran in shadow, beside the version that was shown.' }),
    scored: z.number().int(),
    abstained: z.number().int(),
    hit_rate: share.nullable(),
    hit_rate_interval: Interval90,
    chance: share.nullable().openapi({ description: 'Hit rate of a guess on the same predictions.' }),
    frequency: share.nullable().openapi({ description: 'Hit rate of what came most often before.' }),
    nearest: share.nullable().openapi({ description: 'Hit rate of what came in the likest place.' }),
    brier: z.number().nullable(),
    ece: z.number().nullable(),
    reliability: Reliability,
  })
  .openapi('PredictionReport');

const HeldBack = z
  .object({
    held_back: z.number().int(),
    candidates: z.number().int(),
    hit_rate: share,
    hit_rate_interval: Interval90,
    baselines: z.object({ chance: share, frequency: share, nearest: share }),
    brier: z.number(),
    ece: z.number(),
    uncalibrated: z.object({ brier: z.number(), ece: z.number() }),
    reliability: Reliability,
  })
  .openapi('HeldBackReport', {
    description: "The user's own replies, each hidden among others of theirs; cross-fitted, so none judges itself.",
  });

export const CalibrationAnswer = z
  .object({
    state: z
      .enum(['measured', 'insufficient'])
      .openapi({ description: '`insufficient`: too few replies to hold back.' }),
    held_back: HeldBack.nullable(),
    replies: z.array(Report).openapi({ description: 'Live predictions of replies, by version.' }),
    decisions: z.array(Report).openapi({ description: 'Live predictions of decisions, by version.' }),
    open: z.number().int().openapi({ description: 'Predictions that wait for their truth.' }),
  })
  .openapi('CalibrationAnswer');
export type CalibrationAnswer = z.infer<typeof CalibrationAnswer>;
export type PredictionReport = z.infer<typeof Report>;
export type HeldBackReport = z.infer<typeof HeldBack>;
