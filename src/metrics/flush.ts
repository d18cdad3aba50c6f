import type { MetricsHubPort } from './hub-port.ts';
import { count, drain, putBack, setRecording } from './recorder.ts';
import { exportSpans, type TraceEnv } from './trace.ts';

/** An isolate tells the hub at most this often. */
const EVERY_MS = 5_000;
/** A hub that does not answer is left alone after this long. */
const PATIENCE_MS = 10_000;

/** The part of the environment that metrics need. */
export interface MetricsEnv extends TraceEnv {
  METRICS_HUB: DurableObjectNamespace;
  /** `off`: nothing is counted */
  METRICS?: string;
  /** objects that the sums are spread over; default 1 */
  METRICS_SHARDS?: string;
}

/** Work goes on after the answer. */
type Later = (work: Promise<unknown>) => void;

/** Of this isolate, epoch ms. No promise is kept: one request must not wait for another's. */
let toldAt = 0;
let tellingUntil = 0;
let dueUntil = 0;
const isolate = Math.floor(Math.random() * 2 ** 31);

/** Sets what `METRICS` says. @returns whether anything is counted */
export function setRecordingBy({ METRICS }: Pick<MetricsEnv, 'METRICS'>): boolean {
  const isOn = METRICS !== 'off';
  setRecording(isOn);
  return isOn;
}

/**
 * Sees to it that what was counted is told: now if the last time was long ago, else a few seconds later, once for all
 * that comes meanwhile. To be called at the end of whatever counted. Costs nothing where nothing is due.
 */
export function flushMetrics(env: MetricsEnv, later: Later): void {
  exportSpans(env, later);
  if (!setRecordingBy(env)) return;
  const now = Date.now();
  if (now < dueUntil) return;
  const wait = Math.max(0, toldAt + EVERY_MS - now);
  dueUntil = now + wait + EVERY_MS; // should the one that waits be cut off, another takes over
  later(
    (async () => {
      if (wait > 0) await scheduler.wait(wait);
      dueUntil = 0;
      await tellHub(env);
    })(),
  );
}

/** Tells the hub what this isolate has counted. Never throws: what cannot be told is told with the next. */
export async function tellHub(env: MetricsEnv): Promise<void> {
  const now = Date.now();
  if (now < tellingUntil) return;
  const delta = drain();
  if (!delta) return;
  toldAt = now;
  tellingUntil = now + PATIENCE_MS;
  try {
    await hubOf(env, isolate % shardsOf(env)).push(delta);
  } catch {
    count('errors_total', { place: 'hub' });
    putBack(delta);
  } finally {
    tellingUntil = 0;
  }
}

/** All shards of the hub. */
export const hubsOf = (env: MetricsEnv): MetricsHubPort[] =>
  Array.from({ length: shardsOf(env) }, (_, shard) => hubOf(env, shard));

const hubOf = (env: MetricsEnv, shard: number): MetricsHubPort =>
  env.METRICS_HUB.getByName(`metrics-${shard}`) as unknown as MetricsHubPort;

const shardsOf = ({ METRICS_SHARDS }: MetricsEnv): number => Math.min(64, Math.max(1, Number(METRICS_SHARDS) || 1));
