import { type SQL, sql } from 'drizzle-orm';
import type { Owner } from '../../auth/contract.ts';
import { fromBase64 } from '../../shared/base64.ts';
import { lockPerson } from '../life.ts';
import type { SealedDb } from '../sealed-db.ts';
import type { DataKey } from './envelope.ts';
import { keysFor } from './keys-for.ts';
import {
  type MemoryRow,
  type MessageRow,
  type RecordRow,
  type Rewriting,
  rewriteMemory,
  rewriteMessage,
  rewriteRecord,
} from './rewrite-row.ts';

/** Rows that were written anew, and rows that cannot be read and stay as they are. */
export interface Rewritten {
  rows: number;
  unreadable: number;
}

const BATCH = 200;

/** How the rows of one table are found and written anew. What is SQL here is constant. */
interface Shelf {
  table: string;
  /** what the primary key has beside tenant and user */
  key: string;
  /** columns that may hold something sealed, as `read` names them */
  sealed: Readonly<Record<string, string>>;
  /** condition: holds something plain that is to be sealed */
  isPlain: string;
  read: string;
  rewrite(how: Rewriting, row: Row): Promise<object | null>;
  /** columns of `r`, as `rewrite` gives them */
  shape: string;
  set: string;
}
type Row = Record<string, unknown> & { key: string; version: string };

export const SHELVES: readonly Shelf[] = [
  {
    table: 'messages',
    key: 'id',
    sealed: { sealed: 'sealed' },
    isPlain: 'sealed IS NULL',
    read: `id, content, conversation_id AS "conversationId", speaker, message_id AS "messageId", metadata, keystrokes,
      encode(sealed, 'base64') AS sealed`,
    rewrite: (how, row) => rewriteMessage(how, row as unknown as MessageRow),
    shape: `content text, "conversationId" text, speaker text, "messageId" text, metadata jsonb, keystrokes jsonb, sealed text`,
    set: `content = r.content, conversation_id = r."conversationId", speaker = r.speaker, message_id = r."messageId",
      metadata = nullif(r.metadata, 'null'), keystrokes = nullif(r.keystrokes, 'null'), sealed = decode(r.sealed, 'base64')`,
  },
  {
    table: 'memories',
    key: 'message_id',
    sealed: { vector: 'sealed_vector', sealedLife: 'sealed_life' },
    isPlain: '(embedding IS NOT NULL OR life IS NOT NULL)',
    read: `message_id AS id, embedding_model AS model, embedding_scale AS scale, life, encode(embedding, 'base64') AS embedding,
      encode(sealed_vector, 'base64') AS vector, encode(sealed_life, 'base64') AS "sealedLife"`,
    rewrite: (how, row) => rewriteMemory(how, row as unknown as MemoryRow),
    shape: `embedding text, scale double precision, life jsonb, vector text, "sealedLife" text`,
    set: `embedding = decode(r.embedding, 'base64'), embedding_scale = r.scale, life = nullif(r.life, 'null'),
      sealed_vector = decode(r.vector, 'base64'), sealed_life = decode(r."sealedLife", 'base64')`,
  },
  {
    table: 'records',
    key: `jsonb_build_array(kind, id)::text`,
    sealed: { sealed: 'sealed' },
    isPlain: 'sealed IS NULL',
    read: `kind, id, seq, body, encode(sealed, 'base64') AS sealed`,
    rewrite: (how, row) => rewriteRecord(how, row as unknown as RecordRow),
    shape: 'body jsonb, sealed text',
    set: `body = nullif(r.body, 'null'), sealed = decode(r.sealed, 'base64')`,
  },
];

/**
 * Writes everything of a person anew that is plain or under an older key, in batches; or, without a key, everything that
 * is sealed, plainly. It may be cut short and run again, beside writers too: a row that changes meanwhile is left to
 * whoever changed it.
 *
 * @param key the person's newest; null: nothing stays sealed
 * @throws AppError `unavailable` when the person's keys cannot be unwrapped
 */
export async function rewrite(store: SealedDb, owner: Owner, key: DataKey | null): Promise<Rewritten> {
  const total: Rewritten = { rows: 0, unreadable: 0 };
  for (const shelf of SHELVES) {
    for (let after: string | null = null; ; ) {
      const page: Row[] = await pageOf(store, owner, shelf, key, after);
      const { rows, unreadable } = await rewritePage(store, owner, shelf, key, page);
      total.rows += rows;
      total.unreadable += unreadable;
      if (page.length < BATCH) break;
      after = page.at(-1)!.key;
    }
  }
  return total;
}

/** A condition: the row is not yet as it should be. */
function isToDo(shelf: Shelf, key: DataKey | null): SQL {
  const columns = Object.values(shelf.sealed).map((column) => sql.identifier(column));
  const each = columns.map((column) =>
    key ? sql`substring(${column} FROM 2 FOR 8) <> decode(${key.id}, 'hex')` : sql`${column} IS NOT NULL`,
  );
  return sql.join(key ? [sql.raw(shelf.isPlain), ...each] : each, sql` OR `);
}

/** Rows to write anew in the order of their keys, after one. */
async function pageOf(
  { db }: SealedDb,
  { tenantId, userId }: Owner,
  shelf: Shelf,
  key: DataKey | null,
  after: string | null,
): Promise<Row[]> {
  const at = sql.raw(shelf.key);
  const found = await db.execute<Row>(sql`
    SELECT ${at} AS key, xmin::text AS version, ${sql.raw(shelf.read)} FROM ${sql.identifier(shelf.table)}
    WHERE tenant_id = ${tenantId} AND user_id = ${userId} AND (${isToDo(shelf, key)})
      AND (${after}::text IS NULL OR ${at} > ${after}) ORDER BY ${at} LIMIT ${BATCH}`);
  return found.rows;
}

async function rewritePage(
  store: SealedDb,
  owner: Owner,
  shelf: Shelf,
  key: DataKey | null,
  page: readonly Row[],
): Promise<Rewritten> {
  if (page.length === 0) return { rows: 0, unreadable: 0 };
  const sealed = page.flatMap((row) =>
    Object.keys(shelf.sealed).map((name) => (typeof row[name] === 'string' ? fromBase64(row[name]) : null)),
  );
  const keys = await keysFor(store, owner, sealed);
  const written = await Promise.all(
    page.map(async (row) => {
      const columns = await shelf.rewrite({ keys, owner, key }, row);
      return columns && { ...columns, key: row.key, version: row.version };
    }),
  );
  const readable = written.filter((columns) => columns !== null);
  const shape = sql.raw(`key text, version text, ${shelf.shape}`);
  await store.db.batch([
    store.db.execute(lockPerson(owner)),
    store.db.execute(sql`
      UPDATE ${sql.identifier(shelf.table)} SET ${sql.raw(shelf.set)}
      FROM jsonb_to_recordset(${JSON.stringify(readable)}::jsonb) AS r(${shape})
      WHERE tenant_id = ${owner.tenantId} AND user_id = ${owner.userId}
        AND ${sql.raw(shelf.key)} = r.key
        AND ${sql.identifier(shelf.table)}.xmin::text = r.version`),
  ]);
  return { rows: readable.length, unreadable: page.length - readable.length };
}
