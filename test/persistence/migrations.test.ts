import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { migrateDown, migrateUp } from '../../scripts/migrate.ts';
import { type Services, startServices } from '../helpers/services.ts';

let services: Services;
beforeAll(async () => {
  services = await startServices();
});
afterAll(() => services.stop());

const TAGS = ['0000_extensions', '0001_tables', '0002_indexes', '0003_memory_life', '0004_records'];
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
  cpSync(path.join(import.meta.dirname, '../../drizzle'), folder, { recursive: true });
  const file = path.join(folder, 'migrations/meta/_journal.json');
  const journal = JSON.parse(readFileSync(file, 'utf8'));
  journal.entries.push({ ...journal.entries.at(-1), tag, when: journal.entries.at(-1).when + offset });
  writeFileSync(file, JSON.stringify(journal));
  writeFileSync(path.join(folder, `migrations/${tag}.sql`), text);
  return folder;
}

it('comes back to the same schema after up, down and up again', async () => {
  const empty = await shapeOf(url);
  expect(await migrateUp(url)).toEqual(TAGS);
  const full = await shapeOf(url);
  expect(await migrateDown(url, TAGS.length)).toEqual(TAGS.toReversed());
  expect(await shapeOf(url)).toEqual(empty);
  expect(await migrateUp(url)).toEqual(TAGS);
  expect(await shapeOf(url)).toEqual(full);
});

it('has nothing to do the second time', async () => {
  await migrateUp(url);
  expect(await migrateUp(url)).toEqual([]);
});

it.each([
  ['memories_position_3d', 'USING gist (position_3d)'],
  ['memories_strong', '(memory_strength DESC, semantic_category) WHERE (memory_strength > (0.7)::double precision)'],
  ['memories_created_at', '(created_at DESC)'],
  ['messages_sent_at', '(tenant_id, user_id, sent_at DESC)'],
  [
    'messages_natural_key',
    'UNIQUE INDEX messages_natural_key ON public.messages USING btree (tenant_id, user_id, natural_key)',
  ],
])('builds index %s', async (name, definition) => {
  await migrateUp(url);
  const [index] = await query(
    url,
    `SELECT indexdef, indisvalid FROM pg_indexes JOIN pg_index ON indexrelid = indexname::regclass WHERE indexname = '${name}'`,
  );
  expect(index?.indexdef).toContain(definition);
  expect(index?.indisvalid).toBe(true);
});

it('rolls a failed migration back whole and names it', async () => {
  const folder = withMigration(
    '0003_bad',
    'CREATE TABLE half (n int);--> statement-breakpoint\nCREATE TABLE nonsense (',
  );
  try {
    await expect(migrateUp(url, folder)).rejects.toThrow(/^migration 0003_bad: /);
    expect(await query(url, `SELECT to_regclass('half') AS half`)).toEqual([{ half: null }]);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

it('completes a broken-off concurrent build: drops its INVALID index, keeps those of others', async () => {
  await migrateUp(url);
  await migrateDown(url, 3); // to before the indexes
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
    await expect(migrateUp(url, folder)).rejects.toThrow('0003_late is not newer');
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
