// `node bootstrap.mjs COMMAND [ARGS]`: the way into everything, on any Node from 20 up and with nothing installed yet.
// Installs what package-lock.json says, builds the assets, then runs the command under the pinned Node of node_modules.
// Its own words go to stderr: stdout belongs to the command.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('..', import.meta.url)).replace(/[\\/]$/, '');
const BIN = path.join(ROOT, 'node_modules/.bin');
const NODE = path.join(BIN, 'node');

/** `assets`: the command needs what scripts/build.ts makes. */
const COMMANDS = {
  start: { script: 'scripts/start.ts', assets: true },
  test: { script: 'scripts/test.ts', assets: true },
  check: { script: 'scripts/check.ts', assets: true },
  bench: { script: 'test/bench/main.ts', assets: true },
  eval: { script: 'test/eval/main.ts', assets: true },
  load: { script: 'test/load/main.ts', assets: true },
  cli: { script: 'src/cli/main.ts', assets: false },
  reset: { script: 'scripts/reset.ts', assets: false },
  build: { script: 'scripts/build.ts', assets: false },
  migrate: { script: 'scripts/migrate.ts', assets: false },
  keys: { script: 'scripts/keys.ts', assets: false },
  drill: { script: 'scripts/drill.ts', assets: true },
  release: { script: 'scripts/release.ts', assets: true },
  cost: { script: 'scripts/cost.ts', assets: false },
  capacity: { script: 'scripts/capacity.ts', assets: false },
  'gpu-origin': { script: 'src/gpu-origin/main.ts', assets: true },
  'train:mirror': { script: 'scripts/train-mirror.ts', assets: true },
  'train:gaps': { script: 'scripts/train-gaps.ts', assets: true },
  'train:dialogue': { script: 'scripts/train-dialogue.ts', assets: true },
  'train:reconstruction': { script: 'scripts/train-reconstruction.ts', assets: true },
};

const [name = '', ...args] = process.argv.slice(2);
const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
if (!command) fail(`usage: node scripts/bootstrap.mjs ${Object.keys(COMMANDS).join(' | ')} [ARGS]`);
if (Number(process.versions.node.split('.')[0]) < 20) fail(`Node 20 or newer is needed, this is ${process.version}.`);

const env = {
  ...process.env,
  ...read('scripts/quiet-env.json'),
  PATH: `${BIN}${path.delimiter}${process.env.PATH ?? ''}`,
  PALIMPSEST_PARENT: String(process.pid), // scripts/start.ts ends with us
};

if (!isInstalled()) install();
if (command.assets) {
  const built = spawnSync(NODE, [path.join(ROOT, 'scripts/build.ts')], { cwd: ROOT, env, stdio: ['ignore', 2, 2] });
  if (built.status !== 0) process.exit(built.status ?? 1);
}
run();

function fail(text) {
  console.error(`palimpsest: ${text}`);
  process.exit(1);
}

function read(file) {
  return JSON.parse(readFileSync(path.join(ROOT, file), 'utf8'));
}

/** Whether node_modules holds what the lock says, by npm's own record, which it writes when an install is complete. */
function isInstalled() {
  if (!existsSync(NODE) || !existsSync(path.join(ROOT, 'node_modules/.package-lock.json'))) return false;
  const present = read('node_modules/.package-lock.json').packages;
  return Object.entries(read('package-lock.json').packages).every(([where, wanted]) => {
    const mayBeAbsent = where === '' || wanted.optional || wanted.devOptional; // another platform's
    return present[where] === undefined ? mayBeAbsent : present[where].version === wanted.version;
  });
}

function install() {
  console.error('palimpsest: installing the packages of package-lock.json …');
  const npmArgs = ['ci', '--include=dev', '--no-audit', '--no-fund', '--no-update-notifier'];
  const underNpm = process.env.npm_execpath?.endsWith('npm-cli.js');
  const [file, ...first] = underNpm ? [process.execPath, process.env.npm_execpath] : ['npm'];
  const done = spawnSync(file, [...first, ...npmArgs], {
    cwd: ROOT,
    env: { ...env, PATH: process.env.PATH },
    encoding: 'utf8',
  });
  if (done.status === 0) return;
  process.stderr.write(`${done.stdout ?? ''}${done.stderr ?? ''}`);
  fail(done.error ? `npm could not be run (${done.error.message}).` : '"npm ci" failed; its output is above.');
}

function run() {
  // `npm run` moved to ROOT; the file names a person gives the CLI are relative to where they stood
  const startedAt = process.cwd() === ROOT ? (process.env.INIT_CWD ?? ROOT) : process.cwd();
  const script = path.join(ROOT, command.script);
  const child = spawn(NODE, [script, ...args], { cwd: name === 'cli' ? startedAt : ROOT, env, stdio: 'inherit' });
  child.once('error', (error) => fail(`${NODE} could not be run (${error.message}).`));
  child.once('exit', (code, signal) => process.exit(code ?? 128 + os.constants.signals[signal]));
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
    process.on(signal, () => {
      const fromTerminal = signal === 'SIGINT' && process.stdin.isTTY; // Ctrl-C reaches the child by itself
      if (!fromTerminal) child.kill(signal);
    });
  }
  if (process.env.npm_lifecycle_event !== undefined) endWithParent(child);
}

/** Only under npm: a person may well close the shell that started this in the background. */
function endWithParent(child) {
  const parent = process.ppid;
  // npm puts a shell between itself and us, which would survive it; only Linux's sh stays there
  const npm = /^(?:ba|da|z)?sh$/.test(processStat(parent)?.name ?? '') ? processStat(parent)?.parent : undefined;
  setInterval(() => {
    const gone = process.ppid !== parent || (npm !== undefined && processStat(parent)?.parent !== npm);
    if (gone) child.kill('SIGTERM');
  }, 500).unref();
}

/** Name and parent of a process, by Linux's /proc; undefined elsewhere. */
function processStat(pid) {
  try {
    const [, name, parent] = /\((.*)\) \S (\d+)/s.exec(readFileSync(`/proc/${pid}/stat`, 'utf8')) ?? [];
    return { name, parent };
  } catch {
    return undefined;
  }
}
