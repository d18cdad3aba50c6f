// Child of `npm run load`: serves the product, or the floor app, as production would, from the bundle that would be
// deployed: workerd with its storage on disk, nothing of wrangler's before it. The product comes with Postgres behind
// the Neon proxy. Prints one JSON line (`Served`) when ready, and ends when its stdin closes.
import { existsSync, mkdirSync } from 'node:fs';
import path from 'node:path';
import { convertV4MiniflareOptions, Log, LogLevel, Miniflare } from 'miniflare';
import { migrateNamed } from '../../scripts/migrate.ts';
import { startNeonProxy } from '../../scripts/neon-proxy.ts';
import { startPostgres } from '../../scripts/postgres.ts';
import { encryptionKeys, postgresDir, postgresPassword, serviceSecret } from '../../scripts/state.ts';
import { runCommand } from '../../scripts/user-error.ts';
import { hashKey, newApiKey } from '../../src/auth/api-key.ts';
import { insertKey } from '../../src/persistence/api-keys.ts';
import { openDb } from '../../src/persistence/db.ts';
import { bundle, deployedOptions, filesIn, PRODUCT_CONFIG } from '../helpers/deployed.ts';
import { childNamed } from './process-stats.ts';
import type { Served } from './served.ts';

const FLOOR_CONFIG = path.join(import.meta.dirname, '../bench/floor/wrangler.toml');
/** So many that no step meets it: limits are tested elsewhere, and `overload` is about the bound of the whole service. */
const UNLIMITED_PER_MINUTE = 100_000_000;

const [app = '', folder = ''] = process.argv.slice(2);
const cleanup: (() => Promise<unknown>)[] = [];

async function stop(): Promise<never> {
  for (let undo = cleanup.pop(); undo; undo = cleanup.pop()) await undo().catch(() => {});
  process.exit(0);
}

/** The product's key, kept in its Postgres. */
async function storedKey(vars: { DATABASE_URL: string; NEON_LOCAL_PROXY: string }): Promise<string> {
  const { key, prefix } = newApiKey();
  const record = {
    id: prefix,
    tenantId: 'load',
    name: 'load',
    hash: hashKey(key),
    prefix,
    scopes: ['ingest', 'read', 'profile', 'admin'],
    userId: null,
    ratePerMinute: UNLIMITED_PER_MINUTE,
    expiresAt: null,
  };
  await insertKey(openDb(vars), record, 'Load');
  return key;
}

/** Postgres as `npm start` runs it, safe against crashes. @returns the Worker's vars, and the database's address */
async function services() {
  const postgres = await startPostgres({ dataDir: postgresDir(folder), password: postgresPassword(folder) });
  cleanup.push(postgres.stop);
  const [databaseUrl, proxy] = await Promise.all([
    migrateNamed(postgres.url(), 'palimpsest'),
    startNeonProxy(postgres.port),
  ]);
  cleanup.push(proxy.stop);
  return {
    DATABASE_URL: databaseUrl,
    NEON_LOCAL_PROXY: proxy.address,
    SERVICE_SECRET: serviceSecret(folder),
    ENCRYPTION_KEYS: encryptionKeys(folder),
  };
}

async function serve(): Promise<Served> {
  mkdirSync(path.join(folder, 'worker'), { recursive: true });
  const isProduct = app === 'product';
  const config = isProduct ? PRODUCT_CONFIG : FLOOR_CONFIG;
  const name = isProduct ? 'palimpsest' : 'palimpsest-floor';
  const built = path.join(folder, 'bundle');
  const files = existsSync(built) ? filesIn(built) : bundle(config, built);
  const vars = isProduct ? await services() : null;
  const key = vars && (await storedKey(vars));
  const extra = JSON.parse(process.env.PALIMPSEST_LOAD_VARS ?? '{}') as Record<string, string>;
  const isInspected = process.env.PALIMPSEST_LOAD_INSPECTED === 'yes';
  const runtime = new Miniflare(
    convertV4MiniflareOptions({
      workers: [deployedOptions(config, name, files, { ...vars, ...extra })],
      resourcePersistencePath: path.join(folder, 'worker'),
      log: new Log(process.env.DEBUG ? LogLevel.INFO : LogLevel.ERROR),
      cf: false,
      telemetry: { enabled: false },
      ...(isInspected ? { inspectorPort: 0 } : {}),
    }),
  );
  cleanup.push(() => runtime.dispose());
  const { origin: url } = await runtime.unsafeGetDirectURL(name);
  await fetch(`${url}/health/ready`); // loads the model
  const workerd = childNamed(process.pid, 'workerd');
  if (workerd === null) throw new Error('workerd was not found among the children of this process');
  const inspector = isInspected ? (await runtime.getInspectorURL()).origin.replace('ws', 'http') : null;
  return { url, key, databaseUrl: vars?.DATABASE_URL ?? null, workerd, inspector };
}

await runCommand(async () => {
  process.on('SIGINT', () => {}); // Ctrl-C ends the parent, and that our stdin
  process.on('SIGTERM', stop);
  process.stdin.resume().once('end', stop);
  try {
    console.log(JSON.stringify(await serve()));
  } catch (error) {
    console.error(error);
    for (let undo = cleanup.pop(); undo; undo = cleanup.pop()) await undo().catch(() => {});
    throw error;
  }
});
