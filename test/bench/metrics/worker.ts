// The Worker as it is, with a switch for its metrics: `POST /bench/metrics/on|off` does while it runs what `METRICS` does
// when it starts. What was counted while they were on is told to the hub, and saved by it, only while they are on: who
// counts pays for all of it.
import { EmbeddingService as RealEmbeddings } from '../../../durable-objects/embedding-service.ts';
import { MetricsHub as RealHub } from '../../../durable-objects/metrics-hub.ts';
import { UserMemory as RealMemory } from '../../../durable-objects/user-memory.ts';
import type { Env } from '../../../src/env.ts';
import worker from '../../../src/index.ts';
import type { Delta } from '../../../src/metrics/delta.ts';
import { setRecordingBy } from '../../../src/metrics/flush.ts';
import { drain, putBack } from '../../../src/metrics/recorder.ts';

export * from '../../../src/index.ts';

/** Of the isolate, which a local server has one of. */
let mode: 'on' | 'off' = 'on';
/** What was counted and not told when they were switched off. */
let untold: Delta | null = null;
const LOOK_MS = 20;

const switchable = (env: Env): Env => ({
  ...env,
  get METRICS() {
    return mode;
  },
});

export class UserMemory extends RealMemory {
  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, switchable(env));
  }
}

export class EmbeddingService extends RealEmbeddings {
  constructor(ctx: ExecutionContext, env: Env) {
    super(ctx, switchable(env));
  }
}

export class MetricsHub extends RealHub {
  override async alarm(): Promise<void> {
    while (mode === 'off') await scheduler.wait(LOOK_MS);
    await super.alarm();
  }
}

function switchTo(next: 'on' | 'off'): Response {
  if (next === 'off') untold = drain() ?? untold;
  mode = next;
  setRecordingBy({ METRICS: mode });
  if (next === 'on' && untold) putBack(untold);
  if (next === 'on') untold = null;
  return new Response(null, { status: 204 });
}

// biome-ignore lint/style/noDefaultExport: workerd wants the entry point there
export default {
  fetch(request, env, ctx) {
    const { pathname } = new URL(request.url);
    if (pathname === '/bench/metrics/on') return switchTo('on');
    if (pathname === '/bench/metrics/off') return switchTo('off');
    return worker.fetch(request, switchable(env), ctx);
  },
  queue: (batch, env, ctx) => worker.queue(batch, switchable(env), ctx),
  scheduled: worker.scheduled,
} satisfies ExportedHandler<Env>;
