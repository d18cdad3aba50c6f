import type { Ready } from '../gpu/contract.ts';
import { ArenaStore } from './arena-store.ts';
import type { Backend, OpenBackend } from './backend.ts';
import { BackendHost } from './backend-host.ts';
import { Batcher } from './batcher.ts';
import type { OriginConfig } from './config.ts';
import { openCpu } from './cpu/backend.ts';
import { Jobs } from './jobs.ts';
import { OriginMetrics } from './metrics.ts';

/** All that the server's routes stand on. */
export interface Service {
  config: OriginConfig;
  arenas: ArenaStore;
  host: BackendHost;
  batcher: Batcher;
  jobs: Jobs;
  metrics: OriginMetrics;
  ready(): Ready;
  close(): Promise<void>;
}

export interface ServiceParts {
  config: OriginConfig;
  /** null: this build has none, or it is not wanted */
  openGpu: OpenBackend | null;
  openCpu?: (threads: number) => Promise<Backend>;
  wait?: (ms: number) => Promise<void>;
}

/** Opens the backends and puts the service together. @throws Error where a GPU is required and cannot be had */
export async function openService({ config, openGpu, openCpu: open, wait }: ServiceParts): Promise<Service> {
  const cpu = await (open ? open(config.threads) : openCpu({ threads: config.threads }));
  const arenas = new ArenaStore(config.maxArenaBytes);
  const metrics = new OriginMetrics();
  const host = new BackendHost({
    cpu,
    openGpu: config.backend === 'cpu' ? null : openGpu,
    options: { threads: config.threads, allowSoftware: config.allowSoftware },
    arenas,
    wait: wait ?? ((ms) => new Promise((resolve) => setTimeout(resolve, ms).unref())),
  });
  const isGpu = await host.start();
  if (!isGpu && (config.backend === 'webgpu' || config.requireWebgpu)) {
    await host.close();
    throw new Error(`WebGPU is required and cannot be had: ${host.why}`);
  }
  const run = <T>(work: (backend: Backend) => Promise<T>) => host.run(work);
  const batcher = new Batcher({
    run,
    // the cpu gains nothing by waiting: its threads take one query after the other
    window: () => (host.current === cpu ? 0 : config.windowMs),
    maxQueued: config.maxQueued,
    launched: (queries) => metrics.launched(queries),
  });
  const jobs = new Jobs({
    run,
    maxJobs: config.maxJobs,
    backendName: () => host.current.name,
    ended: (state) => metrics.jobEnded(state),
  });
  return {
    config,
    arenas,
    host,
    batcher,
    jobs,
    metrics,
    ready: () => ({
      ready: true,
      backend: host.current.name,
      adapter: host.current.description,
      software: host.current.isSoftware,
      self_test_age_seconds: host.testedAt === null ? null : (Date.now() - host.testedAt) / 1_000,
      why: host.why,
      devices_lost: host.devicesLost,
      arenas: arenas.size,
      arena_bytes: arenas.bytes,
      queued_queries: batcher.queued,
      jobs: jobs.open,
    }),
    async close() {
      jobs.close();
      await host.close();
    },
  };
}
