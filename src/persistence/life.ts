import { type SQL, sql } from 'drizzle-orm';
import type { Owner } from '../auth/contract.ts';
import type { Db } from './db.ts';

/** Whose rows are written, and in which life: rows of a life that ended with an erasure are never written. */
export interface Life extends Owner {
  /** stands for the person in tombstones */
  personHash: string;
  /** epoch ms */
  bornAt: number;
}

/**
 * Held to the end of a transaction by whoever writes rows of a person, and by whoever erases them: so a late delivery
 * comes wholly before an erasure or wholly after it.
 */
export const lockPerson = ({ tenantId, userId }: Owner): SQL =>
  sql`SELECT pg_advisory_xact_lock(hashtextextended(${JSON.stringify([tenantId, userId])}, 0))`;

const tombstoneOf = ({ tenantId, personHash, bornAt }: Life): SQL => sql`
  FROM erasures WHERE tenant_id = ${tenantId} AND person_hash = ${personHash} AND erased_at >= ${new Date(bornAt).toISOString()}`;

/** A condition: the person was not erased since this life began. */
export const isAlive = (life: Life): SQL => sql`NOT EXISTS (SELECT 1 ${tombstoneOf(life)})`;

/**
 * Writes rows of one life of a person, in one transaction and one round trip.
 *
 * @param statements each with the condition `isAlive`
 * @returns epoch ms: when the person was erased, if nothing was written for that; else null
 */
export async function writeLife(db: Db, life: Life, statements: readonly SQL[]): Promise<number | null> {
  const [, found] = await db.batch([
    db.execute(lockPerson(life)),
    db.execute<{ at: string | null }>(sql`SELECT max(erased_at)::text AS at ${tombstoneOf(life)}`),
    ...statements.map((statement) => db.execute(statement)),
  ]);
  const at = found.rows[0]?.at ?? null;
  return at === null ? null : Date.parse(at);
}
