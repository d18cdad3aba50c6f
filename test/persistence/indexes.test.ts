import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Services, startServices } from '../helpers/services.ts';
import { FILL, INDEX_QUERIES, ROWS } from './index-queries.ts';

let services: Services;
let db: pg.Client;
beforeAll(async () => {
  services = await startServices();
  db = new pg.Client({ connectionString: services.databaseUrl });
  await db.connect();
  for (const statement of [...FILL, 'ANALYZE']) await db.query(statement);
}, 120_000);
afterAll(async () => {
  await db.end();
  await services.stop();
});

describe(`at ${ROWS} rows`, () => {
  it.each(INDEX_QUERIES)('$index answers: $what', async ({ index, query }) => {
    const { rows } = await db.query<{ 'QUERY PLAN': string }>(`EXPLAIN ${query}`);
    expect(rows.map((row) => row['QUERY PLAN']).join('\n')).toContain(index);
  });

  it('every index but those that keep rows apart is tried', async () => {
    const { rows } = await db.query<{ name: string }>(
      `SELECT indexrelid::regclass::text AS name FROM pg_index JOIN pg_class ON pg_class.oid = indexrelid
       WHERE NOT indisunique AND relnamespace = 'public'::regnamespace AND relname NOT LIKE '%_unsealed'`,
    );
    const tried = new Set(INDEX_QUERIES.map(({ index }) => index));
    expect(rows.map(({ name }) => name).filter((name) => !tried.has(name))).toEqual([]);
  });
});
