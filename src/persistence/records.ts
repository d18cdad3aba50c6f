import { and, asc, eq, gt, inArray, type SQL, sql } from 'drizzle-orm';
import { records } from '../../drizzle/schema.ts';
import type { Owner } from '../auth/contract.ts';
import type { Db } from './db.ts';
import { isAlive, type Life } from './life.ts';
import { insertUser } from './messages.ts';
import type { SealedDb } from './sealed-db.ts';
import type { UnreadableReason } from './sealing/envelope.ts';
import { keysFor } from './sealing/keys-for.ts';
import { openRecord, recordRow } from './sealing/record-codec.ts';
import { writeSealed } from './sealing/write-sealed.ts';

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

/** A record that is there and cannot be read. */
export interface UnreadableRecord extends Omit<StoredRecord, 'body'> {
  unreadable: UnreadableReason;
}
export type PagedRecord = StoredRecord | UnreadableRecord;

type Change = Omit<StoredRecord, 'body'> & { body: StoredRecord['body'] | null };

/**
 * Writes records, sealed with the person's key, and removes those without a body, in one transaction; sending them again
 * changes nothing, and an older state never overwrites a newer one.
 *
 * @returns epoch ms: when the person was erased, if nothing was written for that; else null
 * @throws AppError `unavailable` when nothing can be sealed
 */
export async function saveRecords(store: SealedDb, life: Life, changes: readonly Change[]): Promise<number | null> {
  const distinct = [...new Map(changes.map((change) => [`${change.kind}\n${change.id}`, change])).values()];
  const gone = distinct.filter(({ body }) => body === null).map(({ kind, id, seq }) => ({ kind, id, seq }));
  return writeSealed(store, life, async (key) => {
    const kept = distinct.flatMap(({ body, ...record }) => (body === null ? [] : [{ ...record, body }]));
    const sealed = await Promise.all(kept.map((record) => recordRow(key, life, record)));
    const alive = isAlive(life, key.id);
    return [insertUser(life, alive), upsertRecords(life, sealed, alive), removeRecords(life, gone, alive)];
  });
}

const upsertRecords = ({ tenantId, userId }: Owner, kept: readonly object[], alive: SQL): SQL => sql`
  INSERT INTO records AS old (tenant_id, user_id, kind, id, seq, sealed)
  SELECT ${tenantId}, ${userId}, r.kind, r.id, r.seq, decode(r.sealed, 'base64')
  FROM jsonb_to_recordset(${JSON.stringify(kept)}::jsonb) AS r(kind text, id text, seq bigint, sealed text)
  WHERE ${alive} ORDER BY r.kind, r.id
  ON CONFLICT (tenant_id, user_id, kind, id) DO UPDATE SET seq = excluded.seq, sealed = excluded.sealed, body = NULL,
    updated_at = now()
  WHERE old.seq <= excluded.seq`;

const removeRecords = ({ tenantId, userId }: Owner, gone: readonly object[], alive: SQL): SQL => sql`
  DELETE FROM records AS old USING jsonb_to_recordset(${JSON.stringify(gone)}::jsonb) AS r(kind text, id text, seq bigint)
  WHERE old.tenant_id = ${tenantId} AND old.user_id = ${userId} AND old.kind = r.kind AND old.id = r.id
    AND old.seq <= r.seq AND ${alive}`;

/** Those of some kinds of which there are any, in the order given. */
export async function kindsOfRecords(db: Db, { tenantId, userId }: Owner, kinds: readonly string[]): Promise<string[]> {
  const found = await db.execute<{ kind: string }>(sql`
    SELECT k.kind FROM jsonb_array_elements_text(${JSON.stringify(kinds)}::jsonb) WITH ORDINALITY AS k(kind, place)
    WHERE EXISTS (SELECT 1 FROM records r WHERE r.tenant_id = ${tenantId} AND r.user_id = ${userId} AND r.kind = k.kind)
    ORDER BY k.place`);
  return found.rows.map(({ kind }) => kind);
}

/**
 * Records of one kind in the order of their ids, after one. Fewer than `limit`: there are no more.
 *
 * @throws AppError `unavailable` when the user's keys cannot be unwrapped
 */
export async function pageRecords(
  store: SealedDb,
  owner: Owner,
  kind: string,
  after: string | null,
  limit: number,
): Promise<PagedRecord[]> {
  const rows = await store.db
    .select({ kind: records.kind, id: records.id, seq: records.seq, body: records.body, sealed: records.sealed })
    .from(records)
    .where(
      and(
        eq(records.tenantId, owner.tenantId),
        eq(records.userId, owner.userId),
        eq(records.kind, kind),
        after === null ? undefined : gt(records.id, after),
      ),
    )
    .orderBy(asc(records.id))
    .limit(limit);
  const keys = await keysFor(
    store,
    owner,
    rows.map(({ sealed }) => sealed),
  );
  return Promise.all(rows.map((row) => openRecord(keys, owner, row)));
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
