import { readFileSync } from 'node:fs';
import path from 'node:path';
import pg from 'pg';

const OPTIONAL = path.join(import.meta.dirname, '../drizzle/optional');

/**
 * Makes or removes the table of plain vectors with its HNSW indexes, outside of the migrations: it is wanted by few, and
 * takes pgvector.
 *
 * @returns what came of it, in a sentence
 */
export async function migrateVectors(databaseUrl: string, direction: 'up' | 'down'): Promise<string> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    const found = await client.query("SELECT 1 FROM pg_available_extensions WHERE name = 'vector'");
    if (found.rowCount === 0) return 'this Postgres has no pgvector: skipped, nothing was changed';
    await client.query("SET lock_timeout = '5s'");
    const file = direction === 'up' ? 'vectors.sql' : 'vectors.down.sql';
    const text = readFileSync(path.join(OPTIONAL, file), 'utf8').replace(/^--(?!>).*\n/gm, '');
    // one by one: an index cannot be built CONCURRENTLY within a transaction
    for (const statement of text.split('--> statement-breakpoint')) await client.query(statement);
    return direction === 'up' ? 'memory_vectors and its HNSW indexes are there' : 'memory_vectors is gone';
  } finally {
    await client.end();
  }
}
