import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { freePort } from '../../scripts/postgres.ts';
import { startWorker } from '../../scripts/wrangler-dev.ts';

const WARM_RUNS = 9;

export interface WakeTimes {
  /** ms of the request that wakes the object, one a process: nothing is compiled yet, the file is not open */
  cold: number[];
  /** ms of later ones in the same processes: everything is compiled */
  warm: number[];
}

/**
 * Ms from the request to the answer of an object that reads the pieces of a snapshot from its SQLite, builds the index
 * and queries it, seen from outside workerd (whose own clock stands still), HTTP and RPC included.
 */
export async function timeWake(pieces: readonly ArrayBuffer[], expected: number, starts: number): Promise<WakeTimes> {
  const stateDir = mkdtempSync(path.join(tmpdir(), 'palimpsest-wake-'));
  const times: WakeTimes = { cold: [], warm: [] };
  try {
    await served(stateDir, async (url) => {
      for (const piece of pieces) await fetch(`${url}/full`, { method: 'POST', body: piece });
    });
    for (let start = 0; start < starts; start++) {
      await served(stateDir, async (url) => {
        // the connection and the Worker are up; an object has started, though it never loaded an index
        await wake(`${url}/empty`, 0);
        times.cold.push(await wake(`${url}/full`, expected));
        for (let run = 0; run < WARM_RUNS; run++) times.warm.push(await wake(`${url}/full`, expected));
      });
    }
    return times;
  } finally {
    rmSync(stateDir, { recursive: true, force: true });
  }
}

async function wake(url: string, expected: number): Promise<number> {
  const started = performance.now();
  const size: unknown = await (await fetch(url)).json();
  const ms = performance.now() - started;
  if (size !== expected) throw new Error(`The object woke with ${String(size)} points instead of ${expected}.`);
  return ms;
}

async function served(stateDir: string, use: (url: string) => Promise<void>): Promise<void> {
  const port = await freePort();
  const configPath = path.join(import.meta.dirname, 'wake/wrangler.toml');
  const worker = await startWorker({ configPath, stateDir, host: '127.0.0.1', port, vars: {}, output: 'quiet' });
  try {
    await use(`http://127.0.0.1:${port}`);
  } finally {
    await worker.stop();
  }
}
