import { Agent, request } from 'node:http';

export interface LoadResult {
  /** answers below 300 */
  ok: number;
  /** anything else, dropped connections included */
  errors: number;
  seconds: number;
  /** ms of every answer, sorted */
  latencies: Float64Array;
}

export interface LoadOptions {
  url: string;
  key?: string;
  connections: number;
  seconds: number;
  /** the body of request number `i` */
  body(i: number): string;
}

/** A closed loop: each connection sends its next request when the last is answered, until the time is over. */
export async function load({ url, key, connections, seconds, body }: LoadOptions): Promise<LoadResult> {
  const agent = new Agent({ keepAlive: true, maxSockets: connections });
  const latencies: number[] = [];
  let next = 0;
  let ok = 0;
  let errors = 0;
  const started = performance.now();
  const until = started + seconds * 1_000;
  const worker = async () => {
    while (performance.now() < until) {
      const sent = performance.now();
      const status = await post(agent, url, body(next++), key).catch(() => 0);
      latencies.push(performance.now() - sent);
      if (status >= 200 && status < 300) ok++;
      else errors++;
    }
  };
  await Promise.all(Array.from({ length: connections }, worker));
  agent.destroy();
  return { ok, errors, seconds: (performance.now() - started) / 1_000, latencies: Float64Array.from(latencies).sort() };
}

/** @returns the status; the answer's body is read and thrown away */
export function post(agent: Agent, url: string, body: string, key?: string): Promise<number> {
  const headers = {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(body),
    ...(key ? { authorization: `Bearer ${key}` } : {}),
  };
  return new Promise((resolve, reject) => {
    const sent = request(url, { method: 'POST', agent, headers }, (answer) => {
      answer.resume();
      answer.on('end', () => resolve(answer.statusCode ?? 0));
      answer.on('error', reject);
    });
    sent.on('error', reject);
    sent.end(body);
  });
}

/** The value below which the share `p` of sorted values lies (nearest rank). */
export const percentile = (sorted: Float64Array, p: number): number =>
  sorted[Math.min(sorted.length - 1, Math.max(0, Math.ceil(p * sorted.length) - 1))] ?? Number.NaN;
