import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { freePort } from '../../../scripts/postgres.ts';
import { startWorker } from '../../../scripts/wrangler-dev.ts';
import type { Report } from '../report.ts';

/** Caches that the worker knows, each with the look-ups of one request, so that the request itself hardly counts. */
const ROUNDS = {
  embeddings: 2_000,
  personality: 2_000,
  spatialQueries: 2_000,
  textModelResponses: 2_000,
  kv: 20,
} as const;
const RUNS = 40;
const WARM_UP = 10;
/** The figures asked for. */
const ASKED = { l1: 20, kv: 5 } as const;

/**
 * What a hit takes in workerd, key and decoding included: in the isolate (µs) and in the KV of the local platform (ms).
 * `l1/p50` is that of embeddings, which have most of the hits.
 */
export async function reportTimes(report: Report): Promise<void> {
  const stateDir = mkdtempSync(path.join(tmpdir(), 'palimpsest-cache-'));
  const port = await freePort();
  const configPath = path.join(import.meta.dirname, 'wrangler.toml');
  const worker = await startWorker({ configPath, stateDir, host: '127.0.0.1', port, vars: {}, output: 'quiet' });
  try {
    const url = `http://127.0.0.1:${port}`;
    await ask(`${url}/fill`);
    const near: number[] = [];
    for (const name of ['embeddings', 'personality', 'spatialQueries', 'textModelResponses'] as const) {
      const us = 1_000 * (await medianMs(url, name));
      near.push(us);
      report({ metric: `l1/${name}/p50`, value: us, unit: 'us', n: RUNS * ROUNDS[name], baseline: ASKED.l1 });
    }
    report({ metric: 'l1/slowest', value: Math.max(...near), unit: 'us', n: RUNS, baseline: ASKED.l1 });
    report({ metric: 'l1/p50', value: near[0]!, unit: 'us', n: RUNS, baseline: ASKED.l1 });
    report({ metric: 'kv/p50', value: await medianMs(url, 'kv'), unit: 'ms', n: RUNS * ROUNDS.kv, baseline: ASKED.kv });
  } finally {
    await worker.stop();
    rmSync(stateDir, { recursive: true, force: true });
  }
}

/** Median over requests of the mean of their look-ups, less what a request without one takes, in ms. */
async function medianMs(url: string, name: keyof typeof ROUNDS): Promise<number> {
  const times: number[] = [];
  for (let run = -WARM_UP; run < RUNS; run++) {
    const nothing = await ask(`${url}/nothing`);
    const ms = await ask(`${url}/${name}?rounds=${ROUNDS[name]}`);
    if (run >= 0) times.push((ms - nothing) / ROUNDS[name]);
  }
  return times.sort((a, b) => a - b)[RUNS >> 1]!;
}

async function ask(url: string): Promise<number> {
  const started = performance.now();
  const answer = await fetch(url);
  const text = await answer.text();
  if (!answer.ok) throw new Error(text);
  return performance.now() - started;
}
