import type { ChildProcess } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { stripVTControlCharacters } from 'node:util';
import { ended, killGroup, spawnLeashed } from './leash.ts';
import { freePort } from './postgres.ts';
import quietEnv from './quiet-env.json' with { type: 'json' };
import { UserError } from './user-error.ts';

interface WorkerOptions {
  configPath: string;
  /** where Durable Objects, KV and queues keep their data, and this server its own files */
  stateDir: string;
  host: string;
  port: number;
  /** override those of wrangler.toml */
  vars: Record<string, string>;
  /** `quiet`: nothing; `worker`: what the Worker's console prints; `all`: wrangler's own words too */
  output: 'quiet' | 'worker' | 'all';
}

/** A running `wrangler dev` with the workerd processes below it. */
export interface Worker {
  pid: number;
  /** lets it close its files; falls back to kill */
  stop(): Promise<void>;
  /** kill -9 of the whole group, as in a crash of the machine */
  killHard(): Promise<void>;
  /** resolves when wrangler has ended, asked or not */
  exited: Promise<void>;
}

const READY_TIMEOUT_MS = 60_000;
/** After this long a service that answers, but without its database or model, counts as started. */
const DEGRADED_TIMEOUT_MS = 20_000;
const STOP_TIMEOUT_MS = 5_000;
const WRANGLER = path.join(import.meta.dirname, '../node_modules/wrangler/wrangler-dist/cli.js');

/**
 * Serves the Worker and resolves when `GET /health/ready` answers 200.
 *
 * @throws UserError with wrangler's last words when it cannot
 */
export async function startWorker(options: WorkerOptions): Promise<Worker> {
  const child = await spawnWrangler(options);
  const log = readOutput(child, options.output);
  const exited = ended(child).then(() => killGroup(child)); // what wrangler leaves behind when it crashes
  const killHard = () => {
    killGroup(child);
    return exited;
  };
  try {
    await ready(`http://${urlHost(options.host)}:${options.port}/health/ready`, child, log);
  } catch (error) {
    await killHard();
    throw error;
  }
  const stop = async () => {
    child.kill('SIGTERM');
    await Promise.race([exited, sleep(STOP_TIMEOUT_MS, undefined, { ref: false })]);
    await killHard();
  };
  return { pid: child.pid!, stop, killHard, exited };
}

/** The host to ask a server that listens on `host`. */
export const urlHost = (host: string) => (host === '0.0.0.0' ? '127.0.0.1' : host.includes(':') ? `[${host}]` : host);

/**
 * Isolates begin with a small heap and so collect it early. With V8's own beginning of some hundred megabytes the small ones
 * of the local runtime never do, and what they have dropped keeps native memory: it looks like a leak for hours. A young
 * generation of half of V8's size is collected whole more often and in shorter pauses, and takes a seventh of the memory off.
 */
export const frugal = { MINIFLARE_WORKERD_V8_FLAGS: '--initial-old-space-size=4 --max-semi-space-size=8' };

async function spawnWrangler({ configPath, stateDir, host, port, vars }: WorkerOptions): Promise<ChildProcess> {
  if (!existsSync(WRANGLER)) throw new UserError('wrangler is missing; run "npm ci" and try again.');
  const workerd: { default: string } = createRequire(WRANGLER)('workerd');
  if (!existsSync(workerd.default)) throw new UserError('the workerd binary is missing; run "npm ci" and try again.');
  const varsFile = path.join(stateDir, 'vars.env'); // not arguments: those are in every `ps`, and one is a password
  const lines = Object.entries(vars).map(([name, value]) => `${name}=${JSON.stringify(value)}\n`);
  writeFileSync(varsFile, lines.join(''), { mode: 0o600 });
  const args = [
    ...['dev', '--config', configPath, '--local', '--ip', host, '--port', String(port), '--env-file', varsFile],
    ...['--persist-to', path.join(stateDir, 'worker'), '--inspector-port', String(await freePort())],
    '--show-interactive-dev-session=false',
  ];
  return spawnLeashed(process.execPath, [WRANGLER, ...args], {
    deathSignal: 'SIGKILL',
    cwd: path.dirname(configPath),
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      ...frugal,
      ...process.env,
      ...quietEnv,
      CI: '1', // no questions
      NODE_COMPILE_CACHE: path.join(stateDir, 'node-cache'), // a tenth of a second less at the next start
      XDG_CONFIG_HOME: path.join(stateDir, 'config'),
      WRANGLER_REGISTRY_PATH: path.join(stateDir, 'registry'), // else two servers would find each other's Workers
    },
  });
}

/** What wrangler and the Worker have printed. */
interface Log {
  /** the last lines */
  text(): string;
  /** wrangler has said that it cannot go on; it waits for a change of the source then */
  failed(): boolean;
}

/** Passes on what `output` asks for, and keeps the last lines of everything. */
function readOutput(child: ChildProcess, output: WorkerOptions['output']): Log {
  const last: string[] = [];
  let [started, failed] = [false, false];
  const isNoise = wranglerNoise();
  const read = (stream: NodeJS.ReadableStream | null, print: (line: string) => void, noisy: boolean) => {
    createInterface({ input: stream! }).on('line', (line) => {
      last.push(line);
      if (last.length > 60) last.shift();
      started ||= line.startsWith('[wrangler:info] Ready');
      failed ||= !started && stripVTControlCharacters(line).includes('[ERROR]'); // later ones are the Worker's console.error
      // wrangler would start workerd anew, but then answers nothing for up to a minute: better a clear end
      if (line.includes('The Workers runtime crashed')) killGroup(child);
      const noise = noisy ? isNoise(line) : !started;
      if (output === 'all' || (output === 'worker' && !noise)) print(line);
    });
  };
  read(child.stdout, (line) => process.stdout.write(`${line}\n`), true);
  read(child.stderr, (line) => process.stderr.write(`${line}\n`), false);
  return { text: () => last.join('\n'), failed: () => failed };
}

/** Tells wrangler's own lines from the Worker's: all until it is ready, then request lines and tables of bindings. */
function wranglerNoise(): (line: string) => boolean {
  let [started, inTable] = [false, false];
  return (line) => {
    if (line.startsWith('[wrangler:info]')) {
      started = true;
      return true;
    }
    if (line.startsWith('Your Worker has access to')) inTable = true;
    if (inTable && line === '') {
      inTable = false;
      return true;
    }
    return !started || inTable || line.startsWith('⎔');
  };
}

async function ready(url: string, child: ChildProcess, log: Log): Promise<void> {
  const begun = Date.now();
  for (;;) {
    const failed = child.exitCode !== null || child.signalCode !== null || log.failed();
    if (failed || Date.now() - begun > READY_TIMEOUT_MS) {
      await sleep(200); // the rest of the message
      const why = failed ? 'did not start' : `did not answer within ${READY_TIMEOUT_MS / 1000} s`;
      throw new UserError(`the Worker ${why}. wrangler said:\n${log.text()}`);
    }
    const status = await readiness(url);
    if (status === 'ready') return;
    if (status === 'degraded' && Date.now() - begun > DEGRADED_TIMEOUT_MS) {
      console.error(`palimpsest: it answers, but without all of its parts: see ${url}`);
      return;
    }
    await sleep(50);
  }
}

async function readiness(url: string): Promise<string> {
  try {
    const answer = await fetch(url, { signal: AbortSignal.timeout(3_000) });
    if (answer.status !== 200) return 'down';
    const body = (await answer.json()) as { status?: string };
    return body.status === 'degraded' ? 'degraded' : 'ready';
  } catch {
    return 'down';
  }
}
