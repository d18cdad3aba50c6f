import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ended, killGroup, spawnLeashed } from '../../../scripts/leash.ts';
import { UserError } from '../../../scripts/user-error.ts';
import { statsOf } from '../process-stats.ts';

export interface Phase {
  /** s */
  duration: number;
  arrivalCount: number;
}

export interface ArtilleryRun {
  scenario: 'ws' | 'http';
  url: string;
  key: string;
  /** how long each person stays */
  seconds: number;
  phases: Phase[];
}

/** What Artillery counted; times in ms. */
export interface ArtilleryReport {
  counters: Record<string, number>;
  summaries: Record<string, { count: number; p50: number; p95: number; p99: number }>;
  /** its own, from start to end */
  cpuMs: number;
}

const HERE = import.meta.dirname;
const HOME = path.join(HERE, '../../../.build/artillery');
const BIN = path.join(HOME, 'node_modules/artillery/bin/run');
const GRACE_SECONDS = 90;

/** Installs what the lock beside this file says, once. @throws UserError */
function install(): void {
  const lock = path.join(HOME, 'node_modules/.package-lock.json');
  const wanted = readFileSync(path.join(HERE, 'package-lock.json'), 'utf8');
  const isThere =
    existsSync(BIN) && existsSync(lock) && readFileSync(path.join(HOME, 'package-lock.json'), 'utf8') === wanted;
  if (isThere) return;
  console.error('load: installing Artillery into .build/artillery (some 460 MB) …');
  mkdirSync(HOME, { recursive: true });
  for (const file of ['package.json', 'package-lock.json']) cpSync(path.join(HERE, file), path.join(HOME, file));
  const underNpm = process.env.npm_execpath?.endsWith('npm-cli.js');
  const [command, ...first] = underNpm ? [process.execPath, process.env.npm_execpath!] : ['npm'];
  const args = [...first, 'ci', '--ignore-scripts', '--no-audit', '--no-fund'];
  const done = spawnSync(command!, args, { cwd: HOME, encoding: 'utf8' });
  if (done.status !== 0)
    throw new UserError(`Artillery could not be installed:\n${done.stderr ?? done.error?.message}`);
}

/** Runs a scenario of this folder in a process of its own, which ends in time. @throws Error if it fails */
export async function artillery({ scenario, url, key, seconds, phases }: ArtilleryRun): Promise<ArtilleryReport> {
  install();
  const folder = mkdtempSync(path.join(tmpdir(), 'palimpsest-artillery-'));
  const output = path.join(folder, 'report.json');
  const file = path.join(HERE, `${scenario}.yml`);
  const overrides = JSON.stringify({ config: { phases } });
  const target = scenario === 'ws' ? url.replace('http', 'ws') : url;
  const args = [BIN, 'run', '--quiet', '--target', target, '--overrides', overrides, '--output', output, file];
  const env = { ...process.env, LOAD_URL: url, LOAD_KEY: key, LOAD_SECONDS: String(seconds) };
  const child = spawnLeashed(process.execPath, args, {
    deathSignal: 'SIGKILL',
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { ...env, ARTILLERY_DISABLE_TELEMETRY: 'true', CI: '1' },
  });
  const limit = (phases.reduce((sum, { duration }) => sum + duration, 0) + seconds + GRACE_SECONDS) * 1_000;
  let [isOver, cpuMs] = [false, 0];
  const exit = ended(child).then(() => {
    isOver = true;
  });
  for (const until = Date.now() + limit; !isOver && Date.now() < until; await Promise.race([exit, sleep(500)])) {
    cpuMs = cpuOf(child.pid) ?? cpuMs;
  }
  killGroup(child);
  await exit;
  try {
    if (!existsSync(output)) throw new Error('Artillery ended without a report');
    const { aggregate } = JSON.parse(readFileSync(output, 'utf8')) as { aggregate: Omit<ArtilleryReport, 'cpuMs'> };
    return { counters: aggregate.counters, summaries: aggregate.summaries, cpuMs };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function cpuOf(pid: number | undefined): number | null {
  try {
    return pid === undefined ? null : statsOf(pid).cpuMs;
  } catch {
    return null; // it has just ended
  }
}
