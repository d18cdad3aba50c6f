import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { migrateDown, migrateUp } from '../../scripts/migrate.ts';
import { migrateVectors } from '../../scripts/vectors.ts';
import { type Services, startServices } from '../helpers/services.ts';

let services: Services;
beforeAll(async () => {
  services = await startServices();
});
afterAll(() => services.stop());

const DRIZZLE = path.join(import.meta.dirname, '../../drizzle');
const TAGS = (
  JSON.parse(readFileSync(path.join(DRIZZLE, 'migrations/meta/_journal.json'), 'utf8')) as {
    entries: { tag: string }[];
  }
).entries.map(({ tag }) => tag);
let url: string;
let databases = 0;
beforeEach(async () => {
  databases += 1;
  await query(services.adminUrl, `CREATE DATABASE d${databases}`);
  url = services.adminUrl.replace(/[^/]+$/, `d${databases}`);
});

async function query(target: string, text: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: target });
  await client.connect();
  try {
    return (await client.query(text)).rows;
  } finally {
    await client.end();
  }
}

/** All that the migrations make, in words. */
async function shapeOf(target: string) {
  return {
    columns: await query(
      target,
      `SELECT table_name, column_name, udt_name, is_nullable, column_default FROM information_schema.columns
       WHERE table_schema = 'public' ORDER BY 1, 2`,
    ),
    indexes: await query(target, `SELECT indexdef FROM pg_indexes WHERE schemaname = 'public' ORDER BY 1`),
    extensions: await query(target, 'SELECT extname FROM pg_extension ORDER BY 1'),
  };
}

/** A copy of drizzle/ with one more migration, generated `offset` ms after the newest. */
function withMigration(tag: string, text: string, offset = 1): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'palimpsest-drizzle-'));
  cpSync(DRIZZLE, folder, { recursive: true });
  const file = path.join(folder, 'migrations/meta/_journal.json');
  const journal = JSON.parse(readFileSync(file, 'utf8'));
  journal.entries.push({ ...journal.entries.at(-1), tag, when: journal.entries.at(-1).when + offset });
  writeFileSync(file, JSON.stringify(journal));
  writeFileSync(path.join(folder, `migrations/${tag}.sql`), text);
  return folder;
}

/** Rows as the release of each migration would write them. */
const ROWS: Record<string, string> = {
  '0001_tables': `
    INSERT INTO tenants (id, name) VALUES ('t', 'Tenant');
    INSERT INTO api_keys (id, tenant_id, name, hash, prefix, scopes) VALUES ('k', 't', 'key', 'h', 'pal_x', '{read}');
    INSERT INTO users (tenant_id, user_id) VALUES ('t', 'u');
    INSERT INTO messages (tenant_id, user_id, id, seq, natural_key, conversation_id, role, content, sent_at, accepted_at)
      SELECT 't', 'u', 'm' || n, n, 'n' || n, 'c', 'user', 'number ' || n, now(), now() FROM generate_series(1, 50) n;
    INSERT INTO memories (tenant_id, user_id, message_id, position_3d, embedding, embedding_scale, embedding_model)
      SELECT 't', 'u', 'm' || n, cube(ARRAY[n, n, n]::float8[]), '\\x01', 1, 'e' FROM generate_series(1, 50) n;`,
  '0003_memory_life': `UPDATE memories SET life = '{"kind": "note"}' WHERE message_id = 'm2'`,
  '0004_records': `
    INSERT INTO records (tenant_id, user_id, kind, id, seq, body) VALUES ('t', 'u', 'audit', '1', 1, '{"at": 5}');
    INSERT INTO erasures VALUES ('r', 't', 'p', now(), now(), '{}')`,
};

/** Every row of the service, table by table. */
async function contentsOf(target: string): Promise<Record<string, unknown>> {
  const tables = await query(target, "SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public' ORDER BY 1");
  const found: Record<string, unknown> = {};
  for (const { name } of tables) {
    found[String(name)] = await query(target, `SELECT to_jsonb(t) AS row FROM "${name}" t ORDER BY to_jsonb(t)::text`);
  }
  return found;
}

it('comes back to the same schema and rows when each step goes up, down and up again', async () => {
  const state = async () => ({ shape: await shapeOf(url), rows: await contentsOf(url) });
  for (const tag of TAGS) {
    const before = await state();
    expect(await migrateUp(url, { to: tag })).toEqual([tag]);
    const after = await state();
    expect(await migrateDown(url)).toEqual([tag]);
    expect(await state()).toEqual(before);
    expect(await migrateUp(url, { to: tag })).toEqual([tag]);
    expect(await state()).toEqual(after);
    if (ROWS[tag]) await query(url, ROWS[tag]);
  }
});

it('has a down step for each migration, and no other', () => {
  expect(readdirSync(path.join(DRIZZLE, 'down'))).toEqual(TAGS.map((tag) => `${tag}.sql`));
});

it('gives up soon behind a transaction that holds a table, and leaves nothing half done', async () => {
  await migrateUp(url, { to: '0003_memory_life' });
  const shape = await shapeOf(url);
  const other = new pg.Client({ connectionString: url });
  await other.connect();
  try {
    await other.query('BEGIN; SELECT count(*) FROM memories');
    await expect(migrateDown(url, 1, { lockTimeoutMs: 100 })).rejects.toThrow('lock timeout');
  } finally {
    await other.end();
  }
  expect(await shapeOf(url)).toEqual(shape);
});

it('skips the optional vectors where there is no pgvector, and changes nothing', async () => {
  await migrateUp(url);
  const shape = await shapeOf(url);
  for (const direction of ['up', 'down'] as const) expect(await migrateVectors(url, direction)).toContain('skipped');
  expect(await shapeOf(url)).toEqual(shape);
});

it('has nothing to do the second time', async () => {
  await migrateUp(url);
  expect(await migrateUp(url)).toEqual([]);
});

const INDEXES: Record<string, string> = {
  memories_position_3d: 'USING gist (position_3d)',
  memories_strong: '(memory_strength DESC, semantic_category) WHERE (memory_strength > (0.7)::double precision)',
  memories_created_at: '(created_at DESC)',
  messages_sent_at: '(tenant_id, user_id, sent_at DESC)',
  messages_natural_key:
    'UNIQUE INDEX messages_natural_key ON public.messages USING btree (tenant_id, user_id, natural_key)',
};

it('builds the indexes as they are meant, all of them valid', async () => {
  await migrateUp(url);
  const built = await query(
    url,
    `SELECT indexname, indexdef, indisvalid FROM pg_indexes JOIN pg_index ON indexrelid = to_regclass(indexname)
     WHERE schemaname = 'public'`,
  );
  expect(built.filter(({ indisvalid }) => !indisvalid)).toEqual([]);
  for (const [name, definition] of Object.entries(INDEXES)) {
    expect(built.find(({ indexname }) => indexname === name)?.indexdef).toContain(definition);
  }
});

it('rolls a failed migration back whole and names it', async () => {
  const folder = withMigration(
    '0003_bad',
    'CREATE TABLE half (n int);--> statement-breakpoint\nCREATE TABLE nonsense (',
  );
  try {
    await expect(migrateUp(url, { folder })).rejects.toThrow(/^migration 0003_bad: /);
    expect(await query(url, `SELECT to_regclass('half') AS half`)).toEqual([{ half: null }]);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

it('completes a broken-off concurrent build: drops its INVALID index, keeps those of others', async () => {
  await migrateUp(url);
  await migrateDown(url, TAGS.length - TAGS.indexOf('0002_indexes')); // to before the indexes
  await query(url, `CREATE INDEX messages_sent_at ON messages (sent_at)`);
  await query(url, `CREATE INDEX foreign_index ON messages (role)`);
  await query(
    url,
    `UPDATE pg_index SET indisvalid = false WHERE indexrelid IN ('messages_sent_at'::regclass, 'foreign_index'::regclass)`,
  );
  await migrateUp(url);
  const indexes = await query(
    url,
    `SELECT indexrelid::regclass::text AS name, indisvalid AS valid FROM pg_index
     WHERE indexrelid IN ('messages_sent_at'::regclass, 'foreign_index'::regclass) ORDER BY 1`,
  );
  expect(indexes).toEqual([
    { name: 'foreign_index', valid: false },
    { name: 'messages_sent_at', valid: true },
  ]);
});

it('refuses a migration that is older than one already applied', async () => {
  await migrateUp(url);
  await query(url, 'UPDATE drizzle.__drizzle_migrations SET created_at = created_at + 10');
  await query(url, 'DELETE FROM drizzle.__drizzle_migrations WHERE id = 1');
  await expect(migrateUp(url)).rejects.toThrow('0000_extensions is older');
});

it('refuses a journal out of order', async () => {
  const folder = withMigration('0003_late', 'SELECT 1', -5);
  try {
    await expect(migrateUp(url, { folder })).rejects.toThrow('0003_late is not newer');
  } finally {
    rmSync(folder, { recursive: true });
  }
});

it('refuses to run beside another migration of the same database', async () => {
  const other = new pg.Client({ connectionString: url });
  await other.connect();
  await other.query('SELECT pg_advisory_lock(727274)');
  try {
    await expect(migrateUp(url)).rejects.toThrow('another migration');
  } finally {
    await other.end();
  }
});
