import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Server, startServer } from '../../scripts/server.ts';
import { percentile } from './load-client.ts';
import type { Report } from './report.ts';
import { workerdCpuMs } from './workerd.ts';

const MEMORIES = 2_000;
const BATCH = 500;
const WARM_UP = 400;
const SAMPLES = 600;
/** Queries whose CPU is read together: what one of them takes is near the kernel's own accounting. */
const BLOCK = 5;

/**
 * A spatial query (10 nearest) through the whole server: the round trip on this machine, and what it costs the server,
 * as the CPU of the Workers runtime, HTTP, key, RPC and JSON included. A clock inside the Worker would not do: it
 * stands still between two I/Os.
 */
export async function reportHttp(report: Report): Promise<void> {
  const folder = mkdtempSync(path.join(tmpdir(), 'palimpsest-bench-'));
  const server = await startServer({ stateDir: folder, quiet: true });
  try {
    await fill(server);
    const trips: number[] = [];
    const costs: number[] = [];
    for (let i = 0; i < WARM_UP + SAMPLES; i += BLOCK) {
      const before = workerdCpuMs();
      for (let j = 0; j < BLOCK; j++) {
        const sent = performance.now();
        await ask(server, i + j);
        if (i >= WARM_UP) trips.push(performance.now() - sent);
      }
      if (i >= WARM_UP) costs.push((workerdCpuMs() - before) / BLOCK);
    }
    const [trip, cost] = [Float64Array.from(trips).sort(), Float64Array.from(costs).sort()];
    report({ metric: 'http/p50', value: percentile(cost, 0.5), unit: 'ms CPU', n: cost.length });
    report({ metric: 'http/p99', value: percentile(cost, 0.99), unit: 'ms CPU', n: cost.length });
    report({ metric: 'http/trip/p50', value: percentile(trip, 0.5), unit: 'ms', n: trip.length });
    report({ metric: 'http/trip/p99', value: percentile(trip, 0.99), unit: 'ms', n: trip.length });
  } finally {
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function fill(server: Server): Promise<void> {
  for (let from = 0; from < MEMORIES; from += BATCH) {
    const messages = Array.from({ length: BATCH }, (_, j) => ({
      content: `Day ${from + j}: we walked along the river and talked about plan ${(from + j) * 7}`,
      message_id: `${from + j}`,
    }));
    await call(server, 'POST', '/messages', { user_id: 'bench', messages });
  }
  while ((await call<{ pending: number }>(server, 'GET', '/users/bench')).pending > 0) await sleep(250);
}

async function ask(server: Server, i: number): Promise<void> {
  const shape = { type: 'nearest', point: [(i * 7) % 40, (i * 3) % 40, 1.5], k: 10 };
  const answer = await call<{ items: unknown[] }>(server, 'POST', '/users/bench/memories/query', { shape });
  if (answer.items.length !== 10) throw new Error('The query did not find ten memories.');
}

async function call<T>(server: Server, method: string, route: string, body?: unknown): Promise<T> {
  const answer = await fetch(`${server.url}/api/v1${route}`, {
    method,
    headers: { authorization: `Bearer ${server.key}`, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  if (!answer.ok) throw new Error(`${method} ${route}: ${answer.status}`);
  return (await answer.json()) as T;
}
