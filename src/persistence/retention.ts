import { sql } from 'drizzle-orm';
import type { Db } from './db.ts';

/** Epoch ms: what is older is over its time; null: nothing is. */
export interface Cutoffs {
  messages: number | null;
  audit: number | null;
}

/** Rows that are looked at in one go: those of one person may be many, and the rest has its turn when they are gone. */
const MOST_ROWS = 5_000;

/** People of a tenant of whom something is over its time, those with the oldest first. */
export async function peopleOverdue(
  db: Db,
  tenantId: string,
  { messages, audit }: Cutoffs,
  limit: number,
): Promise<string[]> {
  const time = (at: number | null) => (at === null ? '-infinity' : new Date(at).toISOString());
  const found = await db.execute<{ user_id: string }>(sql`
    SELECT user_id FROM (
      (SELECT user_id, accepted_at AS at FROM messages
       WHERE tenant_id = ${tenantId} AND accepted_at < ${time(messages)}::timestamptz ORDER BY accepted_at LIMIT ${MOST_ROWS})
      UNION ALL
      (SELECT user_id, updated_at AS at FROM records
       WHERE tenant_id = ${tenantId} AND kind = 'audit' AND updated_at < ${time(audit)}::timestamptz
       ORDER BY updated_at LIMIT ${MOST_ROWS})
    ) old GROUP BY user_id ORDER BY min(at) LIMIT ${limit}`);
  return found.rows.map(({ user_id }) => user_id);
}

export async function tenantIds(db: Db): Promise<string[]> {
  const found = await db.execute<{ id: string }>(sql`SELECT id FROM tenants ORDER BY id`);
  return found.rows.map(({ id }) => id);
}
