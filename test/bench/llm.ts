import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '../../scripts/postgres.ts';
import { startWorker } from '../../scripts/wrangler-dev.ts';
import { startTextServer } from '../helpers/text-server.ts';
import type { Suite } from './report.ts';

const CACHED_RUNS = 40;
/** Look-ups a request, so that the request itself hardly counts; what is left of it is taken off. */
const ROUNDS = { l1: 100, kv: 20 } as const;
const STREAMS = 200;
const WARM_UP = 20;
const SETTLE_MS = 40;
/** The figures asked for, in ms. */
const ASKED = { l1: 1, kv: 10, overhead: 5 } as const;

/**
 * The text tier in workerd, over a server of the Messages API on this machine: an answer from the isolate and from KV
 * (encrypted there), and how much later the first word comes than straight from the server.
 */
export const llmSuite: Suite = async (report) => {
  const server = await startTextServer('anthropic');
  server.script({ kind: 'write', pieces: ['They', ' spoke', ' of', ' the', ' boat.'] });
  const stateDir = mkdtempSync(path.join(tmpdir(), 'palimpsest-llm-'));
  const port = await freePort();
  const configPath = path.join(import.meta.dirname, 'llm/wrangler.toml');
  const vars = { UPSTREAM: server.url };
  const worker = await startWorker({ configPath, stateDir, host: '127.0.0.1', port, vars, output: 'quiet' });
  const url = `http://127.0.0.1:${port}`;
  try {
    await whole(`${url}/fill`);
    for (const tier of ['l1', 'kv'] as const) {
      const ms = await cachedMs(url, tier);
      report({ metric: `cached/${tier}`, value: ms, unit: 'ms', n: CACHED_RUNS * ROUNDS[tier], baseline: ASKED[tier] });
    }
    const { raw, tier } = await firstWords(url);
    const overhead = median(tier) - median(raw);
    report({ metric: 'first-token/raw', value: median(raw), unit: 'ms', n: STREAMS });
    report({ metric: 'first-token/overhead', value: overhead, unit: 'ms', n: STREAMS, baseline: ASKED.overhead });
  } finally {
    await worker.stop();
    await server.stop();
    rmSync(stateDir, { recursive: true, force: true });
  }
};

/** Median over requests of the mean of their look-ups, ms. */
async function cachedMs(url: string, tier: 'l1' | 'kv'): Promise<number> {
  const times: number[] = [];
  for (let run = -WARM_UP; run < CACHED_RUNS; run++) {
    const nothing = await whole(`${url}/nothing`);
    const ms = await whole(`${url}/${tier}?rounds=${ROUNDS[tier]}`);
    if (run >= 0) times.push((ms - nothing) / ROUNDS[tier]);
  }
  return median(times);
}

/** Ms to the first word, the two in turn, so that what disturbs one disturbs the other. */
async function firstWords(url: string): Promise<{ raw: number[]; tier: number[] }> {
  const times = { raw: [] as number[], tier: [] as number[] };
  for (let run = -WARM_UP; run < STREAMS; run++) {
    for (const kind of ['raw', 'tier'] as const) {
      const ms = await firstWord(`${url}/${kind}?question=${kind}${run}`);
      await sleep(SETTLE_MS); // the simulator of KV writes to disk after the answer
      if (run >= 0) times[kind].push(ms);
    }
  }
  return times;
}

async function firstWord(url: string): Promise<number> {
  const started = performance.now();
  const response = await fetch(url);
  const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
  const { value } = await reader.read();
  const ms = performance.now() - started;
  if (!value?.startsWith('They')) throw new Error(`The first word was ${String(value).slice(0, 80)}.`);
  for (let rest = await reader.read(); !rest.done; ) rest = await reader.read();
  return ms;
}

async function whole(url: string): Promise<number> {
  const started = performance.now();
  const response = await fetch(url);
  const text = await response.text();
  if (!response.ok) throw new Error(`The benchmark worker answered ${response.status}: ${text.slice(0, 200)}`);
  return performance.now() - started;
}

const median = (values: readonly number[]) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!;
