import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { freePort } from '../../scripts/postgres.ts';
import { isRunning, type ProcessInfo, processTree } from '../helpers/processes.ts';

const ROOT = path.join(import.meta.dirname, '../..');
const folder = mkdtempSync(path.join(tmpdir(), 'palimpsest-start-'));
let states = 0;
const newState = () => path.join(folder, `state-${states++}`);

interface Run {
  npm: ChildProcess;
  port: number;
  output: () => string;
  exit: Promise<number | null>;
}

const running: Run[] = [];
afterEach(async () => {
  for (const { npm, exit } of running.splice(0)) {
    for (const { pid } of processTree(npm.pid!)) if (isRunning(pid)) process.kill(pid, 'SIGKILL');
    await exit;
  }
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Runs `npm start` and resolves when it has said that it answers, or has ended. */
async function npmStart(state: string, port?: number): Promise<Run> {
  const chosen = port ?? (await freePort());
  const env = { ...process.env, PORT: String(chosen), PALIMPSEST_STATE: state };
  const npm = spawn('npm', ['start', '--silent'], { cwd: ROOT, env, stdio: ['ignore', 'pipe', 'pipe'] });
  let text = '';
  for (const stream of [npm.stdout, npm.stderr])
    stream.setEncoding('utf8').on('data', (part: string) => (text += part));
  const exit = new Promise<number | null>((resolve) => npm.once('close', resolve));
  const run = { npm, port: chosen, output: () => text, exit };
  running.push(run);
  await Promise.race([exit, expect.poll(() => text, { timeout: 90_000 }).toContain('Ctrl-C stops it')]);
  return run;
}

async function npmStop({ npm, exit }: Run): Promise<void> {
  npm.kill('SIGTERM');
  await exit;
}

const reset = (state: string) =>
  spawnSync('npm', ['run', '--silent', 'reset'], {
    cwd: ROOT,
    env: { ...process.env, PALIMPSEST_STATE: state },
    encoding: 'utf8',
  });

const curlLines = (run: Run) =>
  run
    .output()
    .split('\n')
    .filter((line) => line.startsWith('curl '));
const shell = (line: string) => spawnSync('sh', ['-c', `${line} -sS`], { encoding: 'utf8' });

describe('npm start', () => {
  const state = newState();

  it('prints three curl lines that work, and keeps what they stored over a restart', async () => {
    const first = await npmStart(state);
    const [post, search, list] = curlLines(first);
    expect(JSON.parse(shell(post!).stdout).status).toBe('completed');
    expect(JSON.parse(shell(search!).stdout).results[0].content).toContain('Lisbon');
    await npmStop(first);

    const second = await npmStart(state);
    expect(curlLines(second)).toEqual(
      [post, search, list].map((line) => line!.replaceAll(`:${first.port}/`, `:${second.port}/`)),
    );
    expect(JSON.parse(shell(curlLines(second)[2]!).stdout).items).toHaveLength(1);
  });

  it('keeps its secrets from other users of the machine', () => {
    for (const file of ['dev-key', 'postgres-password', 'ticket-keys', 'vars.env']) {
      expect(statSync(path.join(state, file)).mode & 0o777).toBe(0o600);
    }
  });

  it('runs a second server beside it, and refuses its port and its folder in one line', async () => {
    const first = await npmStart(state);
    const beside = await npmStart(newState());
    const samePort = await npmStart(newState(), first.port);
    const sameState = await npmStart(state);
    expect(curlLines(first)).toHaveLength(3);
    expect(curlLines(beside)).toHaveLength(3);
    expect(samePort.output()).toMatch(/^palimpsest: port \d+ .* in use; .*PORT=\d+ npm start\n$/);
    expect(sameState.output()).toMatch(/^palimpsest: process \d+ already runs a server on .*PALIMPSEST_STATE.*\n$/);
    expect(await samePort.exit).toBe(1);
    expect(reset(state)).toMatchObject({ status: 1, stderr: expect.stringContaining('stop it first') });
  });

  it('is removed by npm run reset', () => {
    expect(reset(state).status).toBe(0);
    expect(existsSync(state)).toBe(false);
  });
});

describe('a damaged state folder', () => {
  const state = newState();
  const damages: [string, () => void, RegExp][] = [
    [
      'a key file without a key',
      () => writeFileSync(path.join(state, 'dev-key'), 'x'),
      /dev-key holds no API key; remove it/,
    ],
    [
      'a truncated control file',
      () => truncateSync(path.join(state, 'postgres/global/pg_control'), 10),
      /damaged \(.*npm run reset/,
    ],
    [
      'a missing version file',
      () => rmSync(path.join(state, 'postgres/PG_VERSION')),
      /PG_VERSION is missing\).*npm run reset/,
    ],
    [
      'a missing password',
      () => rmSync(path.join(state, 'postgres-password')),
      /postgres-password is missing; .*npm run reset/,
    ],
    [
      'a file in place of the folder',
      () => {
        rmSync(state, { recursive: true });
        writeFileSync(state, '');
      },
      /is not a folder; move it/,
    ],
  ];

  it.each(damages)('is told in one line with what to do: %s', async (_what, damage, expected) => {
    if (!existsSync(state)) await npmStop(await npmStart(state));
    const key = existsSync(path.join(state, 'dev-key')) ? readFileSync(path.join(state, 'dev-key')) : null;
    damage();
    const run = await npmStart(state);
    expect(await run.exit).toBe(1);
    expect(run.output()).toMatch(/^palimpsest: [^\n]*\n$/);
    expect(run.output()).toMatch(expected);
    if (key && statSync(state).isDirectory()) writeFileSync(path.join(state, 'dev-key'), key);
  });
});

describe.skipIf(process.platform !== 'linux')('no process is left', () => {
  const state = newState();
  const only = (found: ProcessInfo[], word: string) => found.find((process) => process.command.includes(word))!.pid;
  const roles: [string, NodeJS.Signals, (tree: ProcessInfo[], npm: number) => number][] = [
    ['Ctrl-C', 'SIGINT', (tree) => only(tree, 'scripts/start.ts')],
    ['SIGTERM to npm', 'SIGTERM', (_tree, npm) => npm],
    ['kill -9 of npm', 'SIGKILL', (_tree, npm) => npm],
    [
      'kill -9 of the bootstrap',
      'SIGKILL',
      (tree) =>
        only(
          tree.slice(1).filter((p) => !p.command.startsWith('sh ')),
          'bootstrap.mjs',
        ),
    ],
    ['kill -9 of start.ts', 'SIGKILL', (tree) => only(tree, 'scripts/start.ts')],
    ['kill -9 of wrangler', 'SIGKILL', (tree) => only(tree, 'wrangler-dist/cli.js')],
    ['kill -9 of workerd', 'SIGKILL', (tree) => only(tree, 'workerd serve')],
    ['kill -9 of Postgres', 'SIGKILL', (tree) => only(tree, 'bin/postgres')],
  ];

  it.each(roles)('after %s', async (_how, signal, target) => {
    const { npm } = await npmStart(state);
    const tree = processTree(npm.pid!);
    expect(tree.filter((process) => /workerd|postgres/.test(process.command)).length).toBeGreaterThan(2);
    process.kill(target(tree, npm.pid!), signal);
    await expect.poll(() => tree.filter((process) => isRunning(process.pid)), { timeout: 20_000 }).toEqual([]);
  });

  it('says why it stopped when a part of it has died', async () => {
    const run = await npmStart(state);
    process.kill(only(processTree(run.npm.pid!), 'wrangler-dist/cli.js'), 'SIGKILL');
    expect(await run.exit).toBe(1);
    expect(run.output()).toContain('palimpsest: stopped: the Worker (wrangler or workerd) ended by itself');
  });
});
