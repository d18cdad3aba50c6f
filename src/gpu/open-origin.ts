import { GpuClient } from './client.ts';
import { Origin } from './origin.ts';

export interface OriginEnv {
  GPU_ORIGIN_URL: string;
  GPU_ORIGIN_SECRET: string;
}

/** The GPU origin that is configured, or null. */
export const openOrigin = ({ GPU_ORIGIN_URL: url, GPU_ORIGIN_SECRET: secret }: OriginEnv): Origin | null =>
  url && secret ? new Origin({ url, secret, fetch: (input, init) => fetch(input, init) }) : null;

/** By URL: an isolate remembers whether its origin answers. */
const clients = new Map<string, GpuClient>();

export function gpuClientOf(env: OriginEnv): GpuClient {
  const key = env.GPU_ORIGIN_SECRET ? env.GPU_ORIGIN_URL : '';
  const client = clients.get(key) ?? new GpuClient({ origin: openOrigin(env) });
  clients.set(key, client);
  return client;
}
