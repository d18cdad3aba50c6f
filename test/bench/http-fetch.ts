import { Agent, request } from 'node:http';
import type { OriginAnswer } from '../../src/gpu/origin.ts';

/**
 * As much of fetch as Origin needs, by node:http over connections that are kept. The Worker's fetch is native; Node's is
 * a tenth of what is to be measured.
 */
export function httpFetch(): (url: string, init: RequestInit) => Promise<OriginAnswer> {
  const agent = new Agent({ keepAlive: true });
  return (url, { method, headers, body, signal }) => {
    const { promise, resolve, reject } = Promise.withResolvers<OriginAnswer>();
    const bytes = body as Uint8Array | null;
    const asked = request(url, {
      agent,
      method,
      headers: { ...(headers as Record<string, string>), 'content-length': bytes?.byteLength ?? 0 },
      signal: signal ?? undefined,
    });
    asked.once('error', reject);
    asked.once('response', (answer) => {
      const read = new Uint8Array(Number(answer.headers['content-length'])); // the origin always tells it
      let at = 0;
      answer.on('data', (chunk: Buffer) => {
        read.set(chunk, at);
        at += chunk.length;
      });
      answer.once('error', reject);
      answer.once('end', () => {
        const status = answer.statusCode ?? 0;
        resolve({
          ok: status >= 200 && status < 300,
          status,
          get headers() {
            return new Headers(answer.headers as Record<string, string>);
          },
          arrayBuffer: async () => read.buffer,
          json: async () => JSON.parse(Buffer.from(read).toString()),
        });
      });
    });
    asked.end(bytes);
    return promise;
  };
}
