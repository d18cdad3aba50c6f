import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { freePort } from '../../scripts/postgres.ts';
import { startWorker } from '../../scripts/wrangler-dev.ts';
import { percentile } from './load-client.ts';
import type { Report } from './report.ts';

const MESSAGES = 10_000;
const RUNS = 9;

/**
 * Microseconds that sealing adds to a message of 14 words in workerd, one at a time and 500 together, seen from outside
 * (its own clock stands still): the median of runs that alternate with runs that seal nothing. What it would add to an
 * ingest, if the object's SQLite held text sealed too; compare with `bench -- ingest`.
 */
export async function sealingSuite(report: Report): Promise<void> {
  const stateDir = mkdtempSync(path.join(tmpdir(), 'palimpsest-seal-'));
  const port = await freePort();
  const configPath = path.join(import.meta.dirname, 'seal/wrangler.toml');
  const worker = await startWorker({ configPath, stateDir, host: '127.0.0.1', port, vars: {}, output: 'quiet' });
  try {
    for (const [name, batch] of [
      ['single', 1],
      ['batch', 500],
    ] as const) {
      const took = async (seal: 0 | 1) => {
        const started = performance.now();
        await (await fetch(`http://127.0.0.1:${port}/?batch=${batch}&rounds=${MESSAGES / batch}&seal=${seal}`)).text();
        return (1_000 * (performance.now() - started)) / MESSAGES;
      };
      await took(1);
      const added: number[] = [];
      for (let run = 0; run < RUNS; run++) added.push(-(await took(0)) + (await took(1)));
      const value = percentile(Float64Array.from(added).sort(), 0.5);
      report({ metric: `seal/${name}`, value, unit: 'us', n: RUNS * MESSAGES });
    }
  } finally {
    await worker.stop();
    rmSync(stateDir, { recursive: true, force: true });
  }
}
