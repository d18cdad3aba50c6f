import { createWriteStream, existsSync, mkdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { ended, killGroup, spawnLeashed } from '../../scripts/leash.ts';
import { frugal } from '../../scripts/wrangler-dev.ts';

/** An app that answers. */
export interface Served {
  url: string;
  /** null: it asks for none */
  key: string | null;
  databaseUrl: string | null;
  /** process id */
  workerd: number;
  /** where inspectors find its isolates; null: they may not */
  inspector: string | null;
}

export interface RunningApp extends Served {
  name: 'product' | 'floor';
  stop(): Promise<void>;
  /** resolves if it ends without being asked */
  lost: Promise<string>;
}

const START_TIMEOUT_MS = 120_000;
const STOP_TIMEOUT_MS = 20_000;

/**
 * Starts an app in a process of its own, which ends with this one, however that ends.
 *
 * @param vars override the Worker's
 * @throws Error when it does not answer in time; what it prints is in `folder`/log
 */
export async function startApp(
  name: 'product' | 'floor',
  folder: string,
  { vars = {}, isInspected = false }: { vars?: Record<string, string> | undefined; isInspected?: boolean } = {},
): Promise<RunningApp> {
  mkdirSync(folder, { recursive: true });
  const log = path.join(folder, 'log');
  const child = spawnLeashed(process.execPath, [path.join(import.meta.dirname, 'serve.ts'), name, folder], {
    deathSignal: 'SIGKILL',
    stdio: ['pipe', 'pipe', 'pipe'],
    env: {
      ...frugal,
      ...process.env,
      PALIMPSEST_LOAD_VARS: JSON.stringify(vars),
      PALIMPSEST_LOAD_INSPECTED: isInspected ? 'yes' : '',
      CLOUDFLARE_CF_FETCH_ENABLED: 'false',
    },
  });
  child.stderr!.pipe(createWriteStream(log));
  const gone = ended(child).then(() => killGroup(child));
  const line = await Promise.race([
    new Promise<string>((resolve) => createInterface({ input: child.stdout! }).once('line', resolve)),
    gone.then(() => null),
    sleep(START_TIMEOUT_MS, null, { ref: false }),
  ]);
  if (line === null) {
    killGroup(child);
    throw new Error(`the ${name} did not start; it said:\n${tailOf(log)}`);
  }
  let asked = false;
  const stop = async () => {
    asked = true;
    child.stdin!.end();
    await Promise.race([gone, sleep(STOP_TIMEOUT_MS, undefined, { ref: false })]);
    killGroup(child);
    await gone;
  };
  const lost = new Promise<string>((resolve) => {
    void gone.then(() => !asked && resolve(`the ${name} ended by itself; it said:\n${tailOf(log)}`));
  });
  return { ...(JSON.parse(line) as Served), name, stop, lost };
}

/** The last words of a log. */
const tailOf = (file: string) => (existsSync(file) ? readFileSync(file, 'utf8').slice(-4_000) : '');
