import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { Agent } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { purposeOf } from '../../src/metrics/purposes.ts';
import { count, drain, observe, seen } from '../../src/metrics/recorder.ts';
import { bundle, PRODUCT_CONFIG } from '../helpers/deployed.ts';
import { type RunningApp, startApp } from '../load/served.ts';
import { post } from './load-client.ts';
import { balancedOrder, type Overhead, overheadOf, type Pair } from './metrics/overhead.ts';
import type { Report } from './report.ts';

const PAIRS = 1_000;
/** Whatever else the machine does, it ends after this long. */
const LONGEST_MS = 270_000;
/** Of one block, some 100 ms. */
const MESSAGES = 100;
/** Before them, while the optimiser compiles what both do and the vectors come into the cache. */
const WARM_UP = 200;
const USERS = 16;
/** So few that all their vectors are in the cache after the warm-up. */
const TEXTS = 200;
const CALLS = 200_000;
/** After a refusal. */
const PAUSE_MS = 500;
const SEED = 20_261_123;

/**
 * What metrics cost: one server takes blocks of messages while its metrics are switched on and off ten times a second, so
 * that both have the same process, the same compiled code, the same data and nearly the same time. What is counted is
 * told to the hub every five seconds, as in earnest, and saved there, though half of the time nothing is counted: that is
 * twice as often for a message. All vectors come from the cache: with the model a message would cost a multiple, and what
 * metrics do would be a smaller share of it. Then the recorder alone, without a server.
 */
export async function metricsSuite(report: Report): Promise<void> {
  recorderAlone(report);
  const folder = mkdtempSync(path.join(tmpdir(), 'palimpsest-bench-'));
  let server: RunningApp | undefined;
  try {
    bundle(PRODUCT_CONFIG, path.join(folder, 'bundle'), path.join(import.meta.dirname, 'metrics/worker.ts'));
    server = await startApp('product', folder);
    await pairs(server, report);
  } finally {
    await server?.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function pairs(server: RunningApp, report: Report): Promise<void> {
  const talk = new Talk(server);
  const cpu: Pair[] = [];
  const time: Pair[] = [];
  let dropped = 0;
  for (let i = 0; i < WARM_UP; i++) await talk.block(i % 2 === 0);
  const until = performance.now() + LONGEST_MS;
  for (const isWithFirst of balancedOrder(PAIRS, SEED)) {
    if (performance.now() > until) break;
    const first = await talk.block(isWithFirst);
    const second = await talk.block(!isWithFirst);
    const [on, off] = isWithFirst ? [first, second] : [second, first];
    if (on && off) {
      cpu.push({ with: on.cpuMs, without: off.cpuMs });
      time.push({ with: on.ms, without: off.ms });
    } else dropped++;
  }
  talk.end();
  const n = time.length;
  const middle = (pairs: Pair[], side: keyof Pair) => median(pairs.map((pair) => pair[side])) / MESSAGES;
  const rate = (side: keyof Pair) => 1_000 / middle(time, side);
  report({ metric: 'rate/on', value: rate('with'), unit: 'messages/s', n, baseline: rate('without') });
  const [cpuOn, cpuOff] = [middle(cpu, 'with'), middle(cpu, 'without')];
  report({ metric: 'cpu/on', value: cpuOn, unit: 'ms/message', n, baseline: cpuOff });
  report({ metric: 'pairs/dropped', value: dropped, unit: 'pairs', n: n + dropped });
  // what else runs on the machine slows a rate; the CPU that the Worker's process takes for a message, less
  reportOverhead('overhead', overheadOf(time));
  reportOverhead('overhead/cpu', overheadOf(cpu));

  function reportOverhead(metric: string, { value, low, high, n }: Overhead): void {
    report({ metric, value, unit: 'fraction', n, baseline: 0.02 });
    report({ metric: `${metric}-low`, value: low, unit: 'fraction', n });
    report({ metric: `${metric}-high`, value: high, unit: 'fraction', n, baseline: 0.02 });
  }
}

interface Block {
  ms: number;
  /** CPU of the Worker's process, what it does besides included */
  cpuMs: number;
}

/**
 * Messages over one connection, each when the last was acknowledged. That takes the whole thread; with several
 * connections the objects' background work came in bursts, and the CPU of neighbouring blocks differed three times as much.
 */
class Talk {
  private readonly agent = new Agent({ keepAlive: true, maxSockets: 1 });
  private readonly server: RunningApp;
  private sent = 0;

  constructor(server: RunningApp) {
    this.server = server;
  }

  /** @returns null if a message was refused: a starved machine sheds */
  async block(isOn: boolean): Promise<Block | null> {
    if ((await this.post(`/bench/metrics/${isOn ? 'on' : 'off'}`, '')) !== 204)
      throw new Error('metrics were not switched');
    const [cpu, began] = [cpuMsOf(this.server.workerd), performance.now()];
    for (let k = 0; k < MESSAGES; k++) {
      const i = this.sent++;
      const content = `Low tide was at ${i % TEXTS}, and we walked out to the wreck.`;
      const body = JSON.stringify({ user_id: `u${i % USERS}`, content, message_id: `m${i}` });
      if ((await this.post('/api/v1/message', body)) >= 300) {
        await sleep(PAUSE_MS);
        return null;
      }
    }
    return { ms: performance.now() - began, cpuMs: cpuMsOf(this.server.workerd) - cpu };
  }

  end(): void {
    this.agent.destroy();
  }

  private post(route: string, body: string): Promise<number> {
    return post(this.agent, this.server.url + route, body, this.server.key ?? undefined);
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

/** CPU of all threads of a process since they began; the kernel counts in ns. */
function cpuMsOf(pid: number): number {
  const folder = `/proc/${pid}/task`;
  const ns = readdirSync(folder).map((thread) =>
    Number(readFileSync(`${folder}/${thread}/schedstat`, 'utf8').split(' ')[0]),
  );
  return ns.reduce((sum, one) => sum + one, 0) / 1e6;
}

const median = (values: readonly number[]) => values.toSorted((a, b) => a - b)[values.length >> 1]!;
