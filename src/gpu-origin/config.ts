import { availableParallelism } from 'node:os';
import { z } from 'zod';

const MIB = 2 ** 20;
const whole = (least: number, most: number, standard: number) =>
  z.coerce.number().int().min(least).max(most).default(standard);

/** Set by environment variables: GPU_ORIGIN_SECRET, GPU_ORIGIN_PORT … */
const OriginConfig = z.object({
  /** shared with the Worker */
  secret: z.string().min(32),
  host: z.string().default('127.0.0.1'),
  /** 0: any that is free */
  port: whole(0, 65_535, 8_790),
  backend: z.enum(['auto', 'cpu', 'webgpu']).default('auto'),
  /** a software adapter counts as a GPU (tests) */
  allowSoftware: z.stringbool().default(false),
  /** an `auto` that finds no GPU is an error (continuous integration) */
  requireWebgpu: z.stringbool().default(false),
  threads: whole(1, 256, Math.max(1, availableParallelism() - 1)),
  /** a longer body is refused before it is read */
  maxFrameBytes: whole(1_024, 2_048 * MIB, 256 * MIB),
  /** the arenas that were not asked for longest make room */
  maxArenaBytes: whole(1_024, 1_024 * 1_024 * MIB, 4_096 * MIB),
  /** queries that wait at most; more are refused */
  maxQueued: whole(1, 10_000_000, 65_536),
  maxJobs: whole(1, 1_000, 16),
  /** queries that come so close together are computed together */
  windowMs: whole(0, 100, 1),
  /** a body must come at this rate, or its connection is cut */
  leastBytesPerSecond: whole(1, 1_000 * MIB, 64 * 1_024),
  /** … after this grace, which the headers have too */
  graceMs: whole(10, 60_000, 5_000),
  maxConnections: whole(1, 100_000, 256),
});
export type OriginConfig = z.infer<typeof OriginConfig>;

const PREFIX = 'GPU_ORIGIN_';

/** @throws ZodError naming what is wrong */
export function originConfig(env: Readonly<Record<string, string | undefined>>): OriginConfig {
  const given = Object.keys(OriginConfig.shape).map((name) => {
    const variable = PREFIX + name.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase();
    return [name, env[variable] || undefined] as const;
  });
  return OriginConfig.parse(Object.fromEntries(given));
}
