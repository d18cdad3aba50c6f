import { z } from 'zod';

/** What the origin says where it refuses. The code is stable. */
export const ORIGIN_STATUS = {
  bad_frame: 400,
  unsigned: 401,
  not_found: 404,
  unknown_arena: 404,
  stale_arena: 409,
  conflict: 409,
  slow: 408,
  too_large: 413,
  busy: 429,
  failed: 500,
  late: 504,
  stopping: 503,
} as const;
export type OriginCode = keyof typeof ORIGIN_STATUS;

export const OriginProblem = z.object({
  code: z.string(),
  detail: z.string(),
  /** ids of those that must be uploaded first */
  arenas: z.array(z.string()).optional(),
});
export type OriginProblem = z.infer<typeof OriginProblem>;

/** A layout of the arena's vectors in three dimensions. */
export const NewJob = z.strictObject({
  kind: z.literal('layout'),
  arena: z.string(),
  epoch: z.number().int().min(0),
});
export type NewJob = z.infer<typeof NewJob>;

export const JobView = z.object({
  id: z.string(),
  state: z.enum(['waiting', 'running', 'done', 'failed', 'cancelled']),
  /** share that is done, 0..1 */
  progress: z.number(),
  error: z.string().nullable(),
  /** which backend works on it, or did */
  ran_at: z.enum(['cpu', 'webgpu']).nullable(),
});
export type JobView = z.infer<typeof JobView>;

export const Ready = z.object({
  ready: z.boolean(),
  backend: z.enum(['cpu', 'webgpu']),
  adapter: z.string(),
  software: z.boolean(),
  /** seconds since the backend passed its self-test; null: it needs none */
  self_test_age_seconds: z.number().nullable(),
  /** why no better backend is at work */
  why: z.string().nullable(),
  devices_lost: z.number(),
  arenas: z.number(),
  arena_bytes: z.number(),
  queued_queries: z.number(),
  jobs: z.number(),
});
export type Ready = z.infer<typeof Ready>;
