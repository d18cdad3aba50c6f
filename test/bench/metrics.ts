import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Server, startServer } from '../../scripts/server.ts';
import { purposeOf } from '../../src/metrics/purposes.ts';
import { count, drain, observe, seen } from '../../src/metrics/recorder.ts';
import { processTree } from '../helpers/processes.ts';
import { statsOf } from '../load/process-stats.ts';
import { load } from './load-client.ts';
import type { Report } from './report.ts';

/** Pairs of rounds; one before them warms both servers up. */
const PAIRS = 10;
const SECONDS = 2;
const CONNECTIONS = 16;
const USERS = 4;
const CALLS = 200_000;

/**
 * What metrics cost: two servers of the same build, one with `METRICS=off`, take messages in turns; what the one loses
 * against the other is worked out for each pair of rounds, which follow each other within seconds and change order, so
 * that a machine whose speed drifts slows both. Then the recorder alone, without a server.
 */
export async function metricsSuite(report: Report): Promise<void> {
  recorderAlone(report);
  const folder = mkdtempSync(path.join(tmpdir(), 'palimpsest-bench-'));
  const started: Server[] = [];
  try {
    for (const METRICS of ['', 'off']) {
      started.push(await startServer({ stateDir: path.join(folder, METRICS || 'on'), quiet: true, vars: { METRICS } }));
    }
    await pairs(started[0]!, started[1]!, report);
  } finally {
    for (const server of started) await server.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function pairs(on: Server, off: Server, report: Report): Promise<void> {
  const ratios: number[] = [];
  const rates = { on: [] as number[], off: [] as number[] };
  const cpuRatios: number[] = [];
  for (let pair = -1; pair < PAIRS; pair++) {
    const isFirst = pair % 2 === 0;
    const first = await round(isFirst ? on : off, pair);
    const second = await round(isFirst ? off : on, pair);
    if (pair < 0) continue;
    const [withMetrics, without] = isFirst ? [first, second] : [second, first];
    rates.on.push(withMetrics.rate);
    rates.off.push(without.rate);
    ratios.push(withMetrics.rate / without.rate);
    cpuRatios.push(withMetrics.cpuMs / without.cpuMs);
  }
  const [rateOn, rateOff] = [median(rates.on), median(rates.off)];
  report({ metric: 'rate/on', value: rateOn, unit: 'messages/s', n: PAIRS, baseline: rateOff });
  report({ metric: 'overhead', value: 1 - median(ratios), unit: 'fraction', n: PAIRS, baseline: 0.02 });
  report({ metric: 'overhead/error', value: errorOf(ratios), unit: 'fraction', n: PAIRS });
  // what others do on the machine slows a rate; the CPU that the Worker's process takes for a message, hardly
  report({ metric: 'overhead/cpu', value: median(cpuRatios) - 1, unit: 'fraction', n: PAIRS, baseline: 0.02 });
  report({ metric: 'overhead/cpu-error', value: errorOf(cpuRatios), unit: 'fraction', n: PAIRS });
}

interface Round {
  /** messages acknowledged a second */
  rate: number;
  /** CPU of the Worker for each, what it does besides included */
  cpuMs: number;
}

/** Answers when all that followed from the messages is done. */
async function round(server: Server, pair: number): Promise<Round> {
  const body = (i: number) =>
    JSON.stringify({ user_id: `u${i % USERS}`, content: `Day ${i}: low tide at ${i * 7}`, message_id: `${pair}-${i}` });
  const url = `${server.url}/api/v1/message`;
  const cpuBefore = cpuOf(server);
  const { ok, errors, seconds } = await load({
    url,
    key: server.key,
    connections: CONNECTIONS,
    seconds: SECONDS,
    body,
  });
  const cpuMs = cpuOf(server) - cpuBefore;
  if (errors > 0) throw new Error(`${errors} requests failed`);
  for (let user = 0; user < USERS; user++) await drained(server, `u${user}`);
  return { rate: ok / seconds, cpuMs: cpuMs / ok };
}

async function drained(server: Server, user: string): Promise<void> {
  for (;;) {
    const headers = { authorization: `Bearer ${server.key}` };
    const answer = await fetch(`${server.url}/api/v1/users/${user}`, { headers });
    const { pending, outbox } = (await answer.json()) as { pending: number; outbox: number };
    if (pending === 0 && outbox === 0) return;
    await sleep(250);
  }
}

/** What one message makes the recorder do, from the request until it is searchable. */
function recorderAlone(report: Report): void {
  const once = (i: number) => {
    const route = '/api/v1/message';
    const request = `request-${i}`;
    count('http_requests_total', { route, method: 'POST', status: '2xx' });
    observe('http_request_duration_seconds', 0.001, { route, method: 'POST' }, { request });
    count('feature_uses_total', { feature: purposeOf('POST', route).feature });
    seen(`tenant\0user-${i % 1_000}`);
    count('cache_requests_total', { cache: 'apiKeys', tier: 'l1', result: 'hit' });
    count('messages_total', {}, 1);
    for (let row = 0; row < 6; row++) count('do_rows_written_total', {}, 2);
    observe('cms_inference_duration_seconds', 0.01, { operation: 'update' });
    observe('ingest_to_searchable_seconds', 0.02);
    count('tasks_total', { outcome: 'completed' });
    count('processing_batches_total', { outcome: 'ok' });
  };
  for (let i = 0; i < CALLS / 10; i++) once(i);
  const start = performance.now();
  for (let i = 0; i < CALLS; i++) once(i);
  const took = performance.now() - start;
  drain();
  report({ metric: 'recorder/message', value: (took / CALLS) * 1_000, unit: 'us', n: CALLS });
}

/** CPU of the processes that run the Worker, ms. */
const cpuOf = (server: Server): number =>
  processTree(server.pids.worker)
    .filter(({ command }) => /workerd /.test(command))
    .reduce((sum, { pid }) => sum + statsOf(pid).cpuMs, 0);

/** Standard error of a median. */
const errorOf = (values: readonly number[]) => 1.253 * (deviation(values) / Math.sqrt(values.length));

const median = (values: readonly number[]) => values.toSorted((a, b) => a - b)[values.length >> 1]!;

function deviation(values: readonly number[]): number {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1));
}
