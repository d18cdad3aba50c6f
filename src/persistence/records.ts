import { and, asc, eq, gt, inArray, sql } from 'drizzle-orm';
import { records } from '../../drizzle/schema.ts';
import type { Owner } from '../auth/contract.ts';
import type { Db } from './db.ts';
import { isAlive, type Life, writeLife } from './life.ts';

/** Something of a person that is no message: a trail, a consent, a line of the audit log … */
export interface StoredRecord {
  kind: string;
  id: string;
  /** grows with each change; of two states the one with the greater number is the later */
  seq: number;
  body: Record<string, unknown>;
}

/** The last record of a page. */
export interface RecordMark {
  kind: string;
  id: string;
}

/**
 * Writes records and removes those without a body, in one transaction; sending them again changes nothing, and an older
 * state never overwrites a newer one.
 *
 * @returns epoch ms: when the person was erased, if nothing was written for that; else null
 */
export function saveRecords(
  db: Db,
  life: Life,
  changes: readonly (Omit<StoredRecord, 'body'> & { body: StoredRecord['body'] | null })[],
): Promise<number | null> {
  const distinct = [...new Map(changes.map((change) => [`${change.kind}\n${change.id}`, change])).values()];
  const kept = JSON.stringify(distinct.filter(({ body }) => body !== null));
  const gone = JSON.stringify(
    distinct.filter(({ body }) => body === null).map(({ kind, id, seq }) => ({ kind, id, seq })),
  );
  const { tenantId, userId } = life;
  return writeLife(db, life, [
    sql`INSERT INTO users (tenant_id, user_id) SELECT ${tenantId}, ${userId} WHERE ${isAlive(life)} ON CONFLICT DO NOTHING`,
    sql`
      INSERT INTO records AS old (tenant_id, user_id, kind, id, seq, body)
      SELECT ${tenantId}, ${userId}, r.kind, r.id, r.seq, r.body
      FROM jsonb_to_recordset(${kept}::jsonb) AS r(kind text, id text, seq bigint, body jsonb)
      WHERE ${isAlive(life)} ORDER BY r.kind, r.id
      ON CONFLICT (tenant_id, user_id, kind, id) DO UPDATE SET seq = excluded.seq, body = excluded.body, updated_at = now()
      WHERE old.seq <= excluded.seq`,
    sql`
      DELETE FROM records AS old USING jsonb_to_recordset(${gone}::jsonb) AS r(kind text, id text, seq bigint)
      WHERE old.tenant_id = ${tenantId} AND old.user_id = ${userId} AND old.kind = r.kind AND old.id = r.id
        AND old.seq <= r.seq AND ${isAlive(life)}`,
  ]);
}

/** Those of some kinds of which there are any, in the order given. */
export async function kindsOfRecords(db: Db, { tenantId, userId }: Owner, kinds: readonly string[]): Promise<string[]> {
  const found = await db.execute<{ kind: string }>(sql`
    SELECT k.kind FROM jsonb_array_elements_text(${JSON.stringify(kinds)}::jsonb) WITH ORDINALITY AS k(kind, place)
    WHERE EXISTS (SELECT 1 FROM records r WHERE r.tenant_id = ${tenantId} AND r.user_id = ${userId} AND r.kind = k.kind)
    ORDER BY k.place`);
  return found.rows.map(({ kind }) => kind);
}

/** Records of one kind in the order of their ids, after one. Fewer than `limit`: there are no more. */
export async function pageRecords(
  db: Db,
  { tenantId, userId }: Owner,
  kind: string,
  after: string | null,
  limit: number,
): Promise<StoredRecord[]> {
  return db
    .select({ kind: records.kind, id: records.id, seq: records.seq, body: records.body })
    .from(records)
    .where(
      and(
        eq(records.tenantId, tenantId),
        eq(records.userId, userId),
        eq(records.kind, kind),
        after === null ? undefined : gt(records.id, after),
      ),
    )
    .orderBy(asc(records.id))
    .limit(limit);
}

/** Removes records whatever their state: the object, which alone writes them, has none of these. */
export async function deleteRecords(
  db: Db,
  { tenantId, userId }: Owner,
  kind: string,
  ids: readonly string[],
): Promise<void> {
  if (ids.length === 0) return;
  const ofUser = and(eq(records.tenantId, tenantId), eq(records.userId, userId));
  await db.delete(records).where(and(ofUser, eq(records.kind, kind), inArray(records.id, [...ids])));
}
