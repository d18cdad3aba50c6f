import { Origin } from '../../src/gpu/origin.ts';
import type { Backend, OpenBackend } from '../../src/gpu-origin/backend.ts';
import { originConfig } from '../../src/gpu-origin/config.ts';
import { listen } from '../../src/gpu-origin/server.ts';
import { openService } from '../../src/gpu-origin/service.ts';

export const SECRET = 'a secret of more than 32 characters';

interface Parts {
  env?: Record<string, string>;
  openGpu?: OpenBackend;
  openCpu?: (threads: number) => Promise<Backend>;
  wait?: (ms: number) => Promise<void>;
}

/** An origin in this process, on a port of its own. */
export async function startOrigin({ env = {}, openGpu, ...parts }: Parts = {}) {
  const config = originConfig({
    GPU_ORIGIN_SECRET: SECRET,
    GPU_ORIGIN_PORT: '0',
    GPU_ORIGIN_THREADS: '1',
    ...env,
  });
  const service = await openService({ config, openGpu: openGpu ?? null, ...parts });
  const listening = await listen(service);
  const url = `http://127.0.0.1:${listening.port}`;
  return {
    service,
    url,
    port: listening.port,
    origin: new Origin({ url, secret: SECRET }),
    async stop() {
      await listening.close(1_000);
      await service.close();
    },
    /** Cuts all connections, as the end of its process would, and loses all it held. */
    async kill() {
      const ended = listening.close(0);
      await service.close();
      await ended;
    },
  };
}

export type Running = Awaited<ReturnType<typeof startOrigin>>;
