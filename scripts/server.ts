import { createServer } from 'node:net';
import path from 'node:path';
import { hashKey } from '../src/auth/api-key.ts';
import { insertKey } from '../src/persistence/api-keys.ts';
import { openDb } from '../src/persistence/db.ts';
import { openSealedDb } from '../src/persistence/sealed-db.ts';
import { sealAll } from '../src/persistence/sealing/rekey.ts';
import { migrateNamed } from './migrate.ts';
import { startNeonProxy } from './neon-proxy.ts';
import { freePort, startPostgres } from './postgres.ts';
import {
  developmentKey,
  encryptionKeys,
  lockState,
  postgresDir,
  postgresPassword,
  serviceSecret,
  ticketKeys,
} from './state.ts';
import { UserError } from './user-error.ts';
import { startWorker, urlHost } from './wrangler-dev.ts';

interface ServerOptions {
  /** everything the server keeps; made if it is not there */
  stateDir: string;
  /** default: any free one */
  port?: number;
  host?: string;
  /** default: the repository's wrangler.toml */
  configPath?: string;
  /** more vars for the Worker */
  vars?: Record<string, string>;
  /** prints nothing, not even what the Worker logs */
  quiet?: boolean;
}

/** A whole local stack: Postgres, the Neon proxy, the Worker. It ends with this process, however that ends. */
export interface Server {
  url: string;
  /** development key with every scope */
  key: string;
  databaseUrl: string;
  pids: { postgres: number; worker: number };
  stop(): Promise<void>;
  /** kill -9 of wrangler and workerd; Postgres stays. `startWorker` serves the same state again on the same port. */
  killHard(): Promise<void>;
  startWorker(): Promise<void>;
  /** Postgres alone, on the same port and data, while the Worker runs */
  postgres: { stop(): Promise<void>; start(): Promise<void>; killHard(): Promise<void> };
  /** the Neon proxy alone, on the same port: stopping it cuts off every request under way */
  proxy: { stop(): Promise<void>; start(): Promise<void> };
  /** what ended without being asked to, in one line; pending while all is well */
  failed: Promise<string>;
}

const ROOT = path.join(import.meta.dirname, '..');
const DEVELOPMENT_TENANT = 'dev';
const DEVELOPMENT_RATE_PER_MINUTE = 600_000; // so high that a bench does not meet it

/**
 * Starts the stack on a state folder and resolves when it answers.
 *
 * @throws UserError in one line: port busy, folder in use or damaged, a binary missing, the Worker does not build
 */
export async function startServer(options: ServerOptions): Promise<Server> {
  const { host = '127.0.0.1', configPath = path.join(ROOT, 'wrangler.toml'), vars = {}, quiet = false } = options;
  const stateDir = path.resolve(options.stateDir);
  const port = options.port ?? (await freePort());
  await checkPort(host, port);
  const cleanup: (() => Promise<void> | void)[] = [lockState(stateDir)];
  const stop = async () => {
    for (let undo = cleanup.pop(); undo; undo = cleanup.pop()) await undo();
  };
  const failure = Promise.withResolvers<string>();
  try {
    const key = developmentKey(stateDir);
    const password = postgresPassword(stateDir);
    const pgPort = await freePort();
    const postgres = restartable(
      () => startPostgres({ dataDir: postgresDir(stateDir), password, port: pgPort }),
      (said) => failure.resolve(`Postgres ended by itself (${said}).`),
    );
    cleanup.push(postgres.stop);
    const running = await postgres.start();
    const databaseUrl = await migrate(running.url(), stateDir);
    let proxy = await startNeonProxy(pgPort);
    const { address } = proxy;
    cleanup.push(() => proxy.stop());
    const local = { DATABASE_URL: databaseUrl, NEON_LOCAL_PROXY: address };
    await storeKey(local, key);
    const secrets = { ENCRYPTION_KEYS: encryptionKeys(stateDir), ...vars };
    await sealOldRows({ ...local, ENCRYPTION_KEYS: secrets.ENCRYPTION_KEYS });
    const output = process.env.DEBUG ? 'all' : quiet ? 'quiet' : 'worker';
    const worker = restartable(
      () =>
        startWorker({
          configPath,
          stateDir,
          host,
          port,
          vars: {
            ...local,
            TICKET_KEYS: ticketKeys(stateDir),
            SERVICE_SECRET: serviceSecret(stateDir),
            ...secrets,
          },
          output,
        }),
      () => failure.resolve('the Worker (wrangler or workerd) ended by itself; DEBUG=1 shows what it prints.'),
    );
    cleanup.push(worker.stop);
    await worker.start();
    return {
      url: `http://${urlHost(host)}:${port}`,
      key,
      databaseUrl,
      get pids() {
        return { postgres: postgres.current().pid, worker: worker.current().pid };
      },
      stop,
      killHard: () => worker.end((process) => process.killHard()),
      startWorker: async () => void (await worker.start()),
      postgres: {
        stop: postgres.stop,
        start: async () => void (await postgres.start()),
        killHard: () =>
          postgres.end(async (running) => {
            process.kill(running.pid, 'SIGKILL');
            await running.exited;
          }),
      },
      proxy: {
        stop: () => proxy.stop(),
        start: async () => {
          proxy = await startNeonProxy(pgPort, Number(address.split(':').at(-1)));
        },
      },
      failed: failure.promise,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** A part that can be ended and started again, and that says so when it ends unasked. */
function restartable<T extends { stop(): Promise<void>; exited: Promise<unknown> }>(
  launch: () => Promise<T>,
  onLoss: (said: string) => void,
) {
  let part: T | null = null;
  const end = async (how: (part: T) => Promise<void>) => {
    const ending = part;
    part = null; // first, so that its end is no loss
    if (ending) await how(ending);
  };
  const start = async () => {
    const started = await launch();
    part = started;
    void started.exited.then((said) => part === started && onLoss(String(said)));
    return started;
  };
  const current = () => {
    if (part === null) throw new Error('this part of the server is stopped');
    return part;
  };
  return { start, end, current, stop: () => end((process) => process.stop()) };
}

/** wrangler would take another port in silence. */
async function checkPort(host: string, port: number): Promise<void> {
  const problem = await new Promise<NodeJS.ErrnoException | null>((resolve) => {
    const probe = createServer();
    probe.once('error', resolve);
    probe.listen(port, host, () => probe.close(() => resolve(null)));
  });
  if (problem?.code === 'EADDRINUSE') {
    throw new UserError(`port ${port} of ${host} is in use; choose another, for example PORT=${port + 1} npm start`);
  }
  if (problem)
    throw new UserError(`cannot listen on ${host}:${port} (${problem.message}); choose another HOST or PORT.`);
}

async function migrate(adminUrl: string, stateDir: string): Promise<string> {
  try {
    return await migrateNamed(adminUrl, 'palimpsest');
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new UserError(
      `the database in ${postgresDir(stateDir)} cannot be migrated (${reason}); "npm run reset" removes the state and starts anew.`,
    );
  }
}

/** Encrypts what a release that knew no encryption has left in the database. */
async function sealOldRows(local: Parameters<typeof openSealedDb>[0]): Promise<void> {
  try {
    const { rows } = await sealAll(openSealedDb(local));
    if (rows > 0) console.error(`palimpsest: ${rows} rows from before there was encryption are encrypted now.`);
  } catch (error) {
    console.error(`palimpsest: older rows are not encrypted: ${error instanceof Error ? error.message : error}`);
  }
}

/** Stores the development key, if it is new. */
async function storeKey(local: { DATABASE_URL: string; NEON_LOCAL_PROXY: string }, key: string): Promise<void> {
  const prefix = key.slice(0, key.lastIndexOf('_'));
  const record = {
    id: prefix,
    tenantId: DEVELOPMENT_TENANT,
    name: 'development',
    hash: hashKey(key),
    prefix,
    scopes: ['ingest', 'read', 'profile', 'admin'],
    userId: null,
    ratePerMinute: DEVELOPMENT_RATE_PER_MINUTE,
    expiresAt: null,
  };
  await insertKey(openDb(local), record, 'Development');
}
