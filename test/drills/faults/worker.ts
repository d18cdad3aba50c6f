// The Worker as it is, with parts that fail when they are told to: `GET /__faults?kv=error|hang&embedder=error|hang`.
// Everything not named works. State is the isolate's, which a local server has one of.
import { EmbeddingService as RealEmbeddings } from '../../../durable-objects/embedding-service.ts';
import { UserMemory as RealMemory } from '../../../durable-objects/user-memory.ts';
import type { Env } from '../../../src/env.ts';
import worker from '../../../src/index.ts';

export * from '../../../src/index.ts';

type Fault = 'error' | 'hang';
const faults: { kv: Fault | null; embedder: Fault | null } = { kv: null, embedder: null };
/** As long as the platform may take to give up. */
const HANG_MS = 30_000;

const faultOf = (text: string | null): Fault | null => (text === 'error' || text === 'hang' ? text : null);

async function strike(part: keyof typeof faults): Promise<void> {
  if (faults[part] === null) return;
  if (faults[part] === 'hang') await scheduler.wait(HANG_MS);
  throw new Error(`${part}: 503 Service Unavailable`);
}

/** A namespace each of whose operations may fail. */
function failing(kv: KVNamespace): KVNamespace {
  return new Proxy(kv, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name);
      if (typeof value !== 'function') return value;
      return async (...args: unknown[]) => {
        await strike('kv');
        return value.apply(target, args);
      };
    },
  });
}

const withFaults = (env: Env): Env => ({ ...env, KV: failing(env.KV) });

export class UserMemory extends RealMemory {
  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, withFaults(env));
  }
}

export class EmbeddingService extends RealEmbeddings {
  constructor(ctx: ExecutionContext, env: Env) {
    super(ctx, withFaults(env));
  }

  override async embed(...args: Parameters<RealEmbeddings['embed']>): ReturnType<RealEmbeddings['embed']> {
    await strike('embedder');
    return super.embed(...args);
  }
}

// biome-ignore lint/style/noDefaultExport: workerd wants the entry point there
export default {
  ...worker,
  async fetch(request: Request, env: Env, ctx: ExecutionContext): Promise<Response> {
    const { pathname, searchParams } = new URL(request.url);
    if (pathname !== '/__faults') return worker.fetch(request, withFaults(env), ctx);
    faults.kv = faultOf(searchParams.get('kv'));
    faults.embedder = faultOf(searchParams.get('embedder'));
    return Response.json(faults);
  },
  queue: (batch: MessageBatch, env: Env) => worker.queue(batch, withFaults(env)),
} satisfies ExportedHandler<Env>;
