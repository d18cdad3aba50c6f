import { sql } from 'drizzle-orm';
import type { Owner } from '../auth/contract.ts';
import { iso } from '../shared/instant.ts';
import type { Db } from './db.ts';
import { lockPerson } from './life.ts';

/** What is kept of a person who was erased: nothing that tells who it was. Times are epoch ms. */
export interface Tombstone {
  receiptId: string;
  tenantId: string;
  /** keyed hash of tenant and person */
  personHash: string;
  requestedAt: number;
  erasedAt: number;
  /** what was removed, by what it was; from the object and from Postgres */
  counts: Record<string, number>;
}

/** What was removed, and by which keys the person could be reached. */
export interface Erased {
  tombstone: Tombstone;
  /** hashes of API keys that were bound to the person */
  keyHashes: string[];
}

/** The keys first: whatever else there is of the person, in a dump or a replica, is shredded with them. */
const TABLES = ['user_keys', 'memories', 'messages', 'records', 'users'] as const;

/**
 * Removes every row of a person and leaves a tombstone, in one transaction. Doing it again, as after an answer that was
 * lost, removes what has come since and keeps the first tombstone.
 */
export async function erasePerson(db: Db, owner: Owner, tombstone: Tombstone): Promise<Erased> {
  const { tenantId, userId } = owner;
  const { receiptId, personHash, requestedAt, erasedAt, counts } = tombstone;
  const ofUser = sql`tenant_id = ${tenantId} AND user_id = ${userId}`;
  const [, keys, , tables] = await db.batch([
    db.execute(lockPerson(owner)),
    db.execute<{ hash: string }>(sql`SELECT hash FROM api_keys WHERE ${ofUser}`),
    db.execute(sql`
      INSERT INTO erasures (receipt_id, tenant_id, person_hash, requested_at, erased_at, counts)
      SELECT ${receiptId}, ${tenantId}, ${personHash}, ${iso(requestedAt)}, ${iso(erasedAt)},
        ${JSON.stringify(counts)}::jsonb || jsonb_build_object(
          'postgres_messages', (SELECT count(*) FROM messages WHERE ${ofUser}),
          'postgres_memories', (SELECT count(*) FROM memories WHERE ${ofUser}),
          'postgres_records', (SELECT count(*) FROM records WHERE ${ofUser}),
          'data_keys', (SELECT count(*) FROM user_keys WHERE ${ofUser}),
          'api_keys', (SELECT count(*) FROM api_keys WHERE ${ofUser}))
      ON CONFLICT (receipt_id) DO NOTHING`),
    db.execute<Row>(sql`SELECT * FROM erasures WHERE receipt_id = ${receiptId}`),
    ...TABLES.map((table) => db.execute(sql`DELETE FROM ${sql.identifier(table)} WHERE ${ofUser}`)),
    db.execute(sql`DELETE FROM api_keys WHERE ${ofUser}`),
  ]);
  return { tombstone: toTombstone(tables.rows[0]!), keyHashes: keys.rows.map(({ hash }) => hash) };
}

/** Whether Postgres has anything of a person. */
export async function isKnown(db: Db, { tenantId, userId }: Owner): Promise<boolean> {
  const ofUser = sql`tenant_id = ${tenantId} AND user_id = ${userId}`;
  const found = await db.execute<{ known: boolean }>(sql`
    SELECT EXISTS (SELECT 1 FROM users WHERE ${ofUser}) OR EXISTS (SELECT 1 FROM messages WHERE ${ofUser})
      OR EXISTS (SELECT 1 FROM records WHERE ${ofUser}) OR EXISTS (SELECT 1 FROM user_keys WHERE ${ofUser}) AS known`);
  return found.rows[0]?.known === true;
}

export async function findTombstone(db: Db, tenantId: string, receiptId: string): Promise<Tombstone | null> {
  const found = await db.execute<Row>(
    sql`SELECT * FROM erasures WHERE receipt_id = ${receiptId} AND tenant_id = ${tenantId}`,
  );
  return found.rows[0] ? toTombstone(found.rows[0]) : null;
}

/** The newest tombstone of a person. */
export async function lastTombstone(db: Db, tenantId: string, personHash: string): Promise<Tombstone | null> {
  const found = await db.execute<Row>(sql`
    SELECT * FROM erasures WHERE tenant_id = ${tenantId} AND person_hash = ${personHash}
    ORDER BY erased_at DESC LIMIT 1`);
  return found.rows[0] ? toTombstone(found.rows[0]) : null;
}

/** Rows of a person that were written before an erasure, by table: all zero, if the promise was kept. */
export async function rowsBefore(db: Db, { tenantId, userId }: Owner, at: number): Promise<Record<string, number>> {
  const before = sql`tenant_id = ${tenantId} AND user_id = ${userId}`;
  const time = new Date(at).toISOString();
  const found = await db.execute<Record<string, number>>(sql`SELECT
    (SELECT count(*)::int FROM messages WHERE ${before} AND accepted_at <= ${time}) AS messages,
    (SELECT count(*)::int FROM memories WHERE ${before} AND created_at <= ${time}) AS memories,
    (SELECT count(*)::int FROM records WHERE ${before} AND updated_at <= ${time}) AS records,
    (SELECT count(*)::int FROM users WHERE ${before} AND created_at <= ${time}) AS users,
    (SELECT count(*)::int FROM user_keys WHERE ${before} AND created_at <= ${time}) AS data_keys,
    (SELECT count(*)::int FROM api_keys WHERE ${before} AND created_at <= ${time}) AS api_keys`);
  return { ...found.rows[0] };
}

type Row = {
  receipt_id: string;
  tenant_id: string;
  person_hash: string;
  requested_at: string | Date;
  erased_at: string | Date;
  counts: Record<string, number>;
};

const toTombstone = (row: Row): Tombstone => ({
  receiptId: row.receipt_id,
  tenantId: row.tenant_id,
  personHash: row.person_hash,
  requestedAt: new Date(row.requested_at).getTime(),
  erasedAt: new Date(row.erased_at).getTime(),
  counts: row.counts,
});
