import { z } from '@hono/zod-openapi';
import { TaskState } from '../../messages/contract.ts';

/** A new layout can be taken back for so long. */
export const UNDO_MS = 24 * 3_600_000;
/** Without a GPU origin, a palace with at most so many memories is laid out by the queue's consumer. */
export const MOST_LOCAL = 2_000;
/** Fewer have nowhere better to be. */
export const FEWEST_MEMORIES = 4;

export const RelayoutView = z
  .object({
    task_id: z.string().openapi({ description: '`GET /tasks/{task_id}` reads it, `/cancel` ends it.' }),
    palace_id: z.string(),
    status: TaskState,
    progress: z.number().openapi({ description: 'Share that is done, 0 to 1.' }),
    memories: z.number().int(),
    moved: z.number().int().openapi({ description: 'Memories that stand elsewhere now.' }),
    attempts: z.number().int(),
    error: z.string().nullable(),
    ran_at: z
      .enum(['cpu', 'webgpu', 'local'])
      .nullable()
      .openapi({ description: 'Where it was computed: at the GPU origin, on its CPU or GPU, or without it.' }),
    created_at: z.string(),
    finished_at: z.string().nullable(),
    undo_until: z.string().nullable().openapi({ description: 'Until when it can be taken back; null: it cannot.' }),
    undone_at: z.string().nullable(),
  })
  .openapi('Relayout');
export type RelayoutView = z.infer<typeof RelayoutView>;
