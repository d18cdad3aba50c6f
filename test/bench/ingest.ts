import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '../../scripts/postgres.ts';
import { type Server, startServer } from '../../scripts/server.ts';
import { startWorker } from '../../scripts/wrangler-dev.ts';
import { load, percentile } from './load-client.ts';
import type { Report } from './report.ts';

const ROUNDS = 3;
const SECONDS = 5;
const CONNECTIONS = 16;
const USERS = 4;
const BATCH = 500;
const BATCH_CONNECTIONS = 4;
const WARM_UP = 60;
const SAMPLES = 200;

/** Sentences of everyday length (14 words), all different. */
const sentence = (i: number) => `Day ${i}: we walked along the river to the market and talked about plan ${i * 7}`;

/**
 * Messages acknowledged a second, one and 500 at a time, beside a floor app that is served the same way in the same
 * run: a bare Worker and Durable Object that insert the body into SQLite. Rounds alternate, so that a machine whose
 * speed drifts slows both; each figure is the median of the rounds. Then, on the idle server, the time until a message
 * can be found.
 */
export async function ingestSuite(report: Report): Promise<void> {
  const folder = mkdtempSync(path.join(tmpdir(), 'palimpsest-bench-'));
  const server = await startServer({ stateDir: path.join(folder, 'product'), quiet: true });
  const floorPort = await freePort();
  mkdirSync(path.join(folder, 'floor'));
  const floor = await startWorker({
    configPath: path.join(import.meta.dirname, 'floor/wrangler.toml'),
    stateDir: path.join(folder, 'floor'),
    host: '127.0.0.1',
    port: floorPort,
    vars: {},
    output: 'quiet',
  });
  try {
    await searchable(server, report);
    await rates(server, `http://127.0.0.1:${floorPort}`, report);
  } finally {
    await floor.stop();
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function rates(server: Server, floorUrl: string, report: Report): Promise<void> {
  const single: number[] = [];
  const floor: number[] = [];
  const latencies: Float64Array[] = [];
  for (let round = -1; round < ROUNDS; round++) {
    const seconds = round < 0 ? 2 : SECONDS; // the first round warms both up
    const bare = await load({ url: `${floorUrl}/u`, connections: CONNECTIONS, seconds, body: singleBody(`f${round}`) });
    const full = await load({
      url: `${server.url}/api/v1/message`,
      key: server.key,
      connections: CONNECTIONS,
      seconds,
      body: singleBody(`p${round}`),
    });
    await drained(server);
    if (bare.errors + full.errors > 0) throw new Error(`${bare.errors} + ${full.errors} requests failed`);
    if (round < 0) continue;
    floor.push(bare.ok / bare.seconds);
    single.push(full.ok / full.seconds);
    latencies.push(full.latencies);
  }
  const batch = await load({
    url: `${server.url}/api/v1/messages`,
    key: server.key,
    connections: BATCH_CONNECTIONS,
    seconds: SECONDS,
    body: batchBody,
  });
  if (batch.errors > 0) throw new Error(`${batch.errors} batches failed`);
  const [floorRate, singleRate, batchRate] = [median(floor), median(single), (batch.ok * BATCH) / batch.seconds];
  const ack = Float64Array.from(latencies.flatMap((some) => [...some])).sort();
  report({ metric: 'rate/floor', value: floorRate, unit: 'messages/s', n: ROUNDS });
  report({ metric: 'rate/single', value: singleRate, unit: 'messages/s', n: ROUNDS, baseline: floorRate });
  report({ metric: 'rate/batch', value: batchRate, unit: 'messages/s', n: batch.ok, baseline: singleRate });
  report({ metric: 'ratio/single', value: singleRate / floorRate, unit: 'x floor', n: ROUNDS, baseline: 1 });
  report({ metric: 'ratio/batch', value: batchRate / singleRate, unit: 'x single', n: batch.ok, baseline: 1 });
  report({ metric: 'ack/p50', value: percentile(ack, 0.5), unit: 'ms', n: ack.length });
  report({ metric: 'ack/p95', value: percentile(ack, 0.95), unit: 'ms', n: ack.length });
}

/** From sending a message to the answer that it is searchable, on a server with nothing else to do. */
async function searchable(server: Server, report: Report): Promise<void> {
  const times: number[] = [];
  for (let i = 0; i < WARM_UP + SAMPLES; i++) {
    const content = sentence(1_000_000 + i);
    const sent = performance.now();
    const answer = await call(server, 'POST', '/api/v1/message?wait=true', { user_id: 'idle', content });
    const took = performance.now() - sent;
    if (answer.status !== 'completed') throw new Error('a message was not searchable in time');
    if (i >= WARM_UP) times.push(took);
    if (i % 20 === 0) await isFound(server, content, (answer.message_ids as string[])[0]!);
  }
  const sorted = Float64Array.from(times).sort();
  report({ metric: 'searchable/p50', value: percentile(sorted, 0.5), unit: 'ms', n: SAMPLES });
  report({ metric: 'searchable/p95', value: percentile(sorted, 0.95), unit: 'ms', n: SAMPLES });
}

/** The claim "searchable" is checked, not believed. */
async function isFound(server: Server, query: string, id: string): Promise<void> {
  const answer = await call(server, 'POST', '/api/v1/users/idle/memories/search', { query, top_k: 1 });
  const [first] = answer.results as { id: string; position: unknown }[];
  if (first?.id !== id || first.position === null) throw new Error('a completed message was not found');
}

async function drained(server: Server): Promise<void> {
  for (let user = 0; user < USERS; user++) {
    for (;;) {
      const { pending, outbox } = await call(server, 'GET', `/api/v1/users/u${user}`);
      if (pending === 0 && outbox === 0) break;
      await sleep(250);
    }
  }
}

async function call(server: Server, method: string, route: string, body?: unknown): Promise<Record<string, unknown>> {
  const answer = await fetch(server.url + route, {
    method,
    headers: { authorization: `Bearer ${server.key}`, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  if (!answer.ok) throw new Error(`${method} ${route}: ${answer.status}`);
  return (await answer.json()) as Record<string, unknown>;
}

const singleBody = (series: string) => (i: number) =>
  JSON.stringify({
    user_id: `u${i % USERS}`,
    content: sentence(i),
    message_id: `${series}-${i}`,
    conversation_id: 'bench',
  });

const batchBody = (i: number) =>
  JSON.stringify({
    user_id: 'batch',
    messages: Array.from({ length: BATCH }, (_, j) => ({
      content: sentence(i * BATCH + j),
      message_id: `${i}-${j}`,
      conversation_id: 'bench',
    })),
  });

const median = (values: readonly number[]) => [...values].sort((a, b) => a - b)[values.length >> 1]!;
