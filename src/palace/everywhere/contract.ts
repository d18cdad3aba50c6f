import { z } from '@hono/zod-openapi';
import { LIMITS, UserId } from '../../messages/contract.ts';
import { Shape } from '../memories/contract.ts';
import { Point } from '../rooms/contract.ts';

/** Of one request. */
export const EVERYWHERE_LIMITS = { queries: 1_000, users: 100, nearest: 64 } as const;

const Query = z.strictObject({
  user_id: UserId,
  palace_id: z.string().min(1).max(64).optional().openapi({ description: 'Default: the default palace.' }),
  shape: Shape,
});

export const EverywhereQuery = z
  .strictObject({
    queries: z.array(Query).min(1).max(EVERYWHERE_LIMITS.queries),
    limit: z
      .number()
      .int()
      .min(1)
      .max(LIMITS.pageMax)
      .default(LIMITS.pageDefault)
      .openapi({ description: 'Memories for each query; a nearest one has its own `k`, here at most 64.' }),
  })
  .superRefine(({ queries }, context) => {
    if (new Set(queries.map(({ user_id }) => user_id)).size > EVERYWHERE_LIMITS.users) {
      const message = `At most ${EVERYWHERE_LIMITS.users} users.`;
      context.addIssue({ code: 'custom', path: ['queries'], message });
    }
    queries.forEach(({ shape }, i) => {
      if (shape.type !== 'nearest' || shape.k <= EVERYWHERE_LIMITS.nearest) return;
      const message = `At most ${EVERYWHERE_LIMITS.nearest}.`;
      context.addIssue({ code: 'custom', path: ['queries', i, 'shape', 'k'], message });
    });
  })
  .openapi('EverywhereQuery');
export type EverywhereQuery = z.infer<typeof EverywhereQuery>;

const Result = z.object({
  user_id: z.string(),
  palace_id: z.string().nullable(),
  status: z
    .enum(['ok', 'not_found', 'unavailable'])
    .openapi({ description: '`unavailable`: the palace cannot be read, or changes all the time; ask again.' }),
  total: z.number().int().openapi({ description: 'Memories that match; of a nearest query, those that are given.' }),
  items: z.array(z.object({ memory_id: z.string(), position: Point, distance: z.number().nullable() })),
});

export const EverywhereAnswer = z
  .object({
    results: z.array(Result).openapi({ description: 'One for each query, in its order.' }),
    ran: z.array(
      z.object({
        at: z.enum(['cpu', 'webgpu', 'local']).openapi({ description: 'The GPU origin on its CPU or GPU, or here.' }),
        why: z.enum(['none', 'small', 'resting', 'failed']).nullable(),
        queries: z.number().int(),
      }),
    ),
    timing_ms: z.number(),
  })
  .openapi('EverywhereAnswer');
export type EverywhereAnswer = z.infer<typeof EverywhereAnswer>;
