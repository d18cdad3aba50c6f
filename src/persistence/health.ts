import { sql } from 'drizzle-orm';
import type { Db } from './db.ts';

/** @throws whatever the driver throws when the database does not answer */
export async function pingDatabase(db: Db): Promise<void> {
  await db.execute(sql`SELECT 1`);
}

/** How many migrations the database has seen. @throws as `pingDatabase` */
export async function countMigrations(db: Db): Promise<number> {
  const { rows } = await db.execute<{ n: number }>(sql`SELECT COUNT(*)::int AS n FROM drizzle.__drizzle_migrations`);
  return rows[0]?.n ?? 0;
}
