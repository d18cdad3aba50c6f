import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import pg from 'pg';
import { runCommand, UserError } from './user-error.ts';
import { migrateVectors } from './vectors.ts';

interface Migration {
  tag: string;
  /** epoch ms of its generation; the order of application */
  when: number;
  text: string;
  hash: string;
}

const DRIZZLE = path.join(import.meta.dirname, '../drizzle');
const LOCK_TIMEOUT_MS = 5_000;
const LOCK_KEY = 727_274; // any number, the same in each runner

interface MigrateOptions {
  /** of the migrations and their down steps; default: the repository's */
  folder?: string;
  /** DDL waits no longer for a lock */
  lockTimeoutMs?: number;
}

/**
 * Applies what is pending, oldest first, and returns the tags. It keeps drizzle's own books (same table, same hashes), but
 * drizzle's runners cannot build an index CONCURRENTLY: here such a migration runs statement by statement, outside of a
 * transaction; any other is one transaction of its own. DDL waits at most 5 s for a lock, so that it never blocks the
 * queries behind it for long, and two runners exclude each other.
 *
 * @param options `to`: the last migration to apply; default: the newest
 * @throws UserError when a migration is older than one already applied (it would be skipped silently), or another runs
 */
export function migrateUp(databaseUrl: string, options: MigrateOptions & { to?: string } = {}): Promise<string[]> {
  const { folder = DRIZZLE, to } = options;
  return withLock(databaseUrl, options, async (client) => {
    const applied = await client.query<{ hash: string; created_at: string }>(
      'SELECT hash, created_at FROM drizzle.__drizzle_migrations',
    );
    const times = new Set(applied.rows.map((row) => Number(row.created_at)));
    const newest = Math.max(0, ...times);
    const pending = readMigrations(folder).filter((migration) => !times.has(migration.when));
    const late = pending.find((migration) => migration.when < newest);
    if (late) throw new UserError(`migration ${late.tag} is older than one already applied; generate it again.`);
    const end = to === undefined ? pending.length : pending.findIndex(({ tag }) => tag === to) + 1;
    const wanted = pending.slice(0, end);
    for (const { tag, text, hash, when } of wanted) {
      const book = [
        'INSERT INTO drizzle.__drizzle_migrations (hash, created_at) VALUES ($1, $2)',
        [hash, when],
      ] as const;
      await apply(client, tag, text, book);
    }
    return wanted.map((migration) => migration.tag);
  });
}

/** Undoes the newest `count` migrations, newest first, by `down/<tag>.sql`, and returns the tags. */
export function migrateDown(databaseUrl: string, count = 1, options: MigrateOptions = {}): Promise<string[]> {
  const { folder = DRIZZLE } = options;
  return withLock(databaseUrl, options, async (client) => {
    const applied = await client.query<{ created_at: string }>(
      'SELECT created_at FROM drizzle.__drizzle_migrations ORDER BY created_at DESC LIMIT $1',
      [count],
    );
    const migrations = new Map(readMigrations(folder).map((migration) => [migration.when, migration]));
    const undone: string[] = [];
    for (const { created_at: when } of applied.rows) {
      const tag = migrations.get(Number(when))?.tag;
      const file = path.join(folder, 'down', `${tag}.sql`);
      if (!tag || !existsSync(file)) throw new UserError(`no down step for ${tag ?? `the migration of ${when}`}.`);
      const book = ['DELETE FROM drizzle.__drizzle_migrations WHERE created_at = $1', [when]] as const;
      await apply(client, tag, readFileSync(file, 'utf8'), book);
      undone.push(tag);
    }
    return undone;
  });
}

/** Creates the database if it is not there, migrates it and returns its connection string. */
export async function migrateNamed(adminUrl: string, database: string, options: MigrateOptions = {}): Promise<string> {
  const client = new pg.Client({ connectionString: adminUrl });
  await client.connect();
  try {
    const found = await client.query('SELECT FROM pg_database WHERE datname = $1', [database]);
    if (found.rowCount === 0) await client.query(`CREATE DATABASE ${client.escapeIdentifier(database)}`);
  } finally {
    await client.end();
  }
  const url = new URL(adminUrl);
  url.pathname = `/${database}`;
  await migrateUp(url.href, options);
  return url.href;
}

function readMigrations(folder: string): Migration[] {
  const at = (name: string) => readFileSync(path.join(folder, 'migrations', name), 'utf8');
  const journal = JSON.parse(at('meta/_journal.json')) as { entries: { tag: string; when: number }[] };
  const migrations = journal.entries.map(({ tag, when }) => {
    const text = at(`${tag}.sql`);
    return { tag, when, text, hash: createHash('sha256').update(text).digest('hex') };
  });
  const disordered = migrations.find(({ when }, i) => i > 0 && when <= migrations[i - 1]!.when);
  if (disordered)
    throw new UserError(`migration ${disordered.tag} is not newer than the one before it in the journal.`);
  return migrations;
}

async function withLock<T>(
  databaseUrl: string,
  { lockTimeoutMs = LOCK_TIMEOUT_MS }: MigrateOptions,
  work: (client: pg.Client) => Promise<T>,
): Promise<T> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    await client.query(`SET lock_timeout = ${lockTimeoutMs}`);
    const lock = await client.query<{ ok: boolean }>('SELECT pg_try_advisory_lock($1) AS ok', [LOCK_KEY]);
    if (!lock.rows[0]?.ok) throw new UserError('another migration of this database is running; wait for it.');
    await client.query('CREATE SCHEMA IF NOT EXISTS drizzle');
    await client.query(`CREATE TABLE IF NOT EXISTS drizzle.__drizzle_migrations
      (id serial PRIMARY KEY, hash text NOT NULL, created_at bigint)`);
    return await work(client);
  } finally {
    await client.end(); // and with the session its lock
  }
}

async function apply(client: pg.Client, tag: string, text: string, book: readonly [string, readonly unknown[]]) {
  const statements = text.split('--> statement-breakpoint').filter((statement) => statement.trim());
  const run = async () => {
    for (const statement of statements) {
      if (!(await isBuilt(client, statement))) await client.query(statement);
    }
    await client.query(book[0], [...book[1]]);
  };
  try {
    if (/\bCONCURRENTLY\b/i.test(text)) await run();
    else await inTransaction(client, run);
  } catch (error) {
    throw new Error(`migration ${tag}: ${error instanceof Error ? error.message : error}`, { cause: error });
  }
}

async function inTransaction(client: pg.Client, work: () => Promise<void>): Promise<void> {
  await client.query('BEGIN');
  try {
    await work();
    await client.query('COMMIT');
  } catch (error) {
    await client.query('ROLLBACK');
    throw error;
  }
}

/**
 * Makes a broken-off run repeatable: whether this `CREATE INDEX CONCURRENTLY` has been done. The INVALID index that an
 * interrupted one leaves under that name is dropped first.
 */
async function isBuilt(client: pg.Client, statement: string): Promise<boolean> {
  const name = /^\s*CREATE\s+(?:UNIQUE\s+)?INDEX\s+CONCURRENTLY\s+"([^"]+)"/i.exec(statement)?.[1];
  if (name === undefined) return false;
  const index = client.escapeIdentifier(name);
  const found = await client.query<{ valid: boolean }>(
    'SELECT indisvalid AS valid FROM pg_index WHERE indexrelid = to_regclass($1)',
    [index],
  );
  if (found.rows[0]?.valid === false) await client.query(`DROP INDEX CONCURRENTLY ${index}`);
  return found.rows[0]?.valid === true;
}

if (import.meta.main) {
  await runCommand(async () => {
    const url = process.env.DATABASE_URL;
    if (!url) throw new UserError('set DATABASE_URL to the database to migrate ("npm start" migrates its own).');
    const [direction = 'up', count = '1'] = process.argv.slice(2);
    if (direction === 'vectors' && (count === 'up' || count === 'down')) {
      return console.log(await migrateVectors(url, count));
    }
    if (direction !== 'up' && direction !== 'down')
      throw new UserError('usage: npm run migrate -- [up | down [COUNT] | vectors up|down]');
    const tags = direction === 'up' ? await migrateUp(url) : await migrateDown(url, Number(count));
    console.log(tags.length === 0 ? 'nothing to do' : `${direction}: ${tags.join(', ')}`);
  });
}
