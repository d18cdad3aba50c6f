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

const hasKey = ({ tenantId, userId }: Owner, keyId: string): SQL => sql`EXISTS (
  SELECT 1 FROM user_keys WHERE tenant_id = ${tenantId} AND user_id = ${userId} AND id = ${keyId})`;

/** A condition: the person was not erased since this life began, and still has the key that a row is sealed with. */
export const isAlive = (life: Life, keyId?: string): SQL => {
  const alive = sql`NOT EXISTS (SELECT 1 ${tombstoneOf(life)})`;
  return keyId === undefined ? alive : sql`${alive} AND ${hasKey(life, keyId)}`;
};

/** The key that rows were sealed with is gone: nothing was written. With a key that is read anew they can be. */
export class StaleKeyError extends Error {
  override readonly name = 'StaleKeyError';
}

/**
 * Writes rows of one life of a person, in one transaction and one round trip.
 *
 * @param statements each with the condition `isAlive`
 * @param keyId that the rows are sealed with
 * @returns epoch ms: when the person was erased, if nothing was written for that; else null
 * @throws StaleKeyError if the person has no such key
 */
export async function writeLife(
  db: Db,
  life: Life,
  statements: readonly SQL[],
  keyId?: string,
): Promise<number | null> {
  const held = keyId === undefined ? sql`true` : hasKey(life, keyId);
  const [, found] = await db.batch([
    db.execute(lockPerson(life)),
    db.execute<{ at: string | null; held: boolean }>(
      sql`SELECT max(erased_at)::text AS at, ${held} AS held ${tombstoneOf(life)}`,
    ),
    ...statements.map((statement) => db.execute(statement)),
  ]);
  const { at, held: isHeld } = found.rows[0]!;
  if (at !== null) return Date.parse(at);
  if (!isHeld) throw new StaleKeyError('the key of a user is gone');
  return null;
}
