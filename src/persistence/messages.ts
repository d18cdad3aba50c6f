import { and, asc, eq, type SQL, sql } from 'drizzle-orm';
import { memories, messages, type StoredLife } from '../../drizzle/schema.ts';
import type { Owner } from '../auth/contract.ts';
import type { Db } from './db.ts';
import { isAlive, type Life, writeLife } from './life.ts';
import type { SealedDb } from './sealed-db.ts';
import type { UnreadableReason } from './sealing/envelope.ts';
import { keysFor } from './sealing/keys-for.ts';
import { memoryRecord, messageRecord, openMessage, type UnreadableMessage } from './sealing/message-codec.ts';
import { writeSealed } from './sealing/write-sealed.ts';
import { hasVectorTable, upsertVectors } from './vectors.ts';

/** One message of one user with what was derived from it. Times are epoch ms. */
export interface StoredMessage {
  /** ULID */
  id: string;
  /** order of arrival at the person's object */
  seq: number;
  /** hex; unique within the user */
  naturalKey: string;
  /** the client's own id */
  messageId: string | null;
  conversationId: string;
  role: string;
  speaker: string | null;
  content: string;
  sentAt: number;
  acceptedAt: number;
  metadata: Record<string, unknown> | null;
  keystrokes: Record<string, unknown> | null;
  vector: StoredVector | null;
  /** metres in the palace */
  position: readonly [number, number, number] | null;
  /** null until the memory is placed in a room, like the two after it */
  life: StoredLife | null;
  category: string | null;
  /** when it was written, 0 to 1 */
  strength: number | null;
  /** only of a message that was read: its vector or its life is there, and cannot be opened */
  damaged?: UnreadableReason;
}

/** `bytes` holds one int8 a dimension (two's complement); component = int8 * scale. */
export interface StoredVector {
  model: string;
  scale: number;
  bytes: Uint8Array;
}

/**
 * Writes messages and their memories, sealed with the person's key, in one transaction; sending them again changes
 * nothing. A message whose natural key is there under another id is left out, with its memory. A vector or position that
 * is null never overwrites one that is there: deliveries may arrive out of order.
 *
 * @param rows at most 500
 * @returns epoch ms: when the person was erased, if nothing was written for that; else null
 * @throws AppError `unavailable` when nothing can be sealed
 */
export async function upsertMessages(
  store: SealedDb,
  life: Life,
  rows: readonly StoredMessage[],
): Promise<number | null> {
  const distinct = [...new Map(rows.map((row) => [row.id, row])).values()]; // one statement may not touch a row twice
  if (distinct.length === 0) return null;
  return writeSealed(store, life, async (key) => {
    const [said, derived] = await Promise.all([
      Promise.all(distinct.map((row) => messageRecord(key, life, row))),
      Promise.all(distinct.map((row) => memoryRecord(key, life, row))),
    ]);
    const alive = isAlive(life, key.id);
    const plain = store.plainVectors && (await hasVectorTable(store.db)) ? [upsertVectors(life, distinct, alive)] : [];
    return [insertUser(life, alive), insertMessages(life, said, alive), upsertMemories(life, derived, alive), ...plain];
  });
}

/** Notes that there is such a user. */
export const insertUser = ({ tenantId, userId }: Owner, alive: SQL): SQL => sql`
  INSERT INTO users (tenant_id, user_id) SELECT ${tenantId}, ${userId} WHERE ${alive} ON CONFLICT DO NOTHING`;

const insertMessages = ({ tenantId, userId }: Owner, said: readonly object[], alive: SQL): SQL => sql`
  INSERT INTO messages (tenant_id, user_id, id, seq, natural_key, role, sent_at, accepted_at, sealed)
  SELECT ${tenantId}, ${userId}, r.id, r.seq, r.natural_key, r.role, r.sent_at, r.accepted_at, decode(r.sealed, 'base64')
  FROM jsonb_to_recordset(${JSON.stringify(said)}::jsonb) AS r(id text, seq bigint, natural_key text, role text,
    sent_at timestamptz, accepted_at timestamptz, sealed text)
  WHERE ${alive} ORDER BY r.id
  ON CONFLICT DO NOTHING`;

/** What is replaced by something sealed does not stay beside it. */
const upsertMemories = ({ tenantId, userId }: Owner, derived: readonly object[], alive: SQL): SQL => sql`
  INSERT INTO memories AS old (tenant_id, user_id, message_id, position_3d, sealed_vector, embedding_model, sealed_life,
    semantic_category, memory_strength)
  SELECT ${tenantId}, ${userId}, r.id, r.position::cube, decode(r.vector, 'base64'), r.model, decode(r.life, 'base64'),
    r.category, coalesce(r.strength, 1)
  FROM jsonb_to_recordset(${JSON.stringify(derived)}::jsonb)
    AS r(id text, position text, vector text, model text, life text, category text, strength double precision)
  JOIN messages m ON m.tenant_id = ${tenantId} AND m.user_id = ${userId} AND m.id = r.id
  WHERE ${alive} ORDER BY r.id
  ON CONFLICT (tenant_id, user_id, message_id) DO UPDATE SET
    position_3d = coalesce(excluded.position_3d, old.position_3d),
    sealed_vector = coalesce(excluded.sealed_vector, old.sealed_vector),
    embedding = CASE WHEN excluded.sealed_vector IS NULL THEN old.embedding END,
    embedding_scale = CASE WHEN excluded.sealed_vector IS NULL THEN old.embedding_scale END,
    embedding_model = coalesce(excluded.embedding_model, old.embedding_model),
    memory_strength = CASE WHEN excluded.sealed_life IS NULL THEN old.memory_strength ELSE excluded.memory_strength END,
    semantic_category = coalesce(excluded.semantic_category, old.semantic_category),
    sealed_life = coalesce(excluded.sealed_life, old.sealed_life),
    life = CASE WHEN excluded.sealed_life IS NULL THEN old.life END`;

/**
 * Removes messages and their memories; ids that are not there are passed over.
 *
 * @returns as `upsertMessages`
 */
export async function deleteMessages(db: Db, life: Life, ids: readonly string[]): Promise<number | null> {
  if (ids.length === 0) return null;
  const { tenantId, userId } = life;
  const those = sql`tenant_id = ${tenantId} AND user_id = ${userId} AND ${isAlive(life)}`;
  const among = sql`(SELECT value FROM jsonb_array_elements_text(${JSON.stringify(ids)}::jsonb))`;
  return writeLife(db, life, [
    sql`DELETE FROM memories WHERE ${those} AND message_id IN ${among}`,
    sql`DELETE FROM messages WHERE ${those} AND id IN ${among}`,
  ]);
}

/** The last message of a page. */
export interface PageMark {
  seq: number;
  id: string;
}

/** A message that is there, and whether it can be read. */
export type PagedMessage = StoredMessage | UnreadableMessage;

/**
 * One user's messages in order of arrival after `after` (null: from the start), as a new Durable Object reads them back.
 * Two lives of an object may have given one number to two messages; the id then decides.
 * Fewer than `limit` rows: there are no more. Keyset paging: a row written meanwhile neither repeats nor hides another.
 *
 * @throws AppError `unavailable` when the user's keys cannot be unwrapped
 */
export async function pageMessages(
  store: SealedDb,
  owner: Owner,
  after: PageMark | null,
  limit: number,
): Promise<PagedMessage[]> {
  const { tenantId, userId } = owner;
  const rows = await store.db
    .select({ message: messages, memory: memories })
    .from(messages)
    .leftJoin(
      memories,
      and(
        eq(memories.tenantId, messages.tenantId),
        eq(memories.userId, messages.userId),
        eq(memories.messageId, messages.id),
      ),
    )
    .where(
      and(
        eq(messages.tenantId, tenantId),
        eq(messages.userId, userId),
        after === null ? undefined : sql`(${messages.seq}, ${messages.id}) > (${after.seq}::bigint, ${after.id})`,
      ),
    )
    .orderBy(asc(messages.seq), asc(messages.id))
    .limit(limit);
  const sealed = rows.flatMap(({ message, memory }) => [
    message.sealed,
    memory?.sealedVector ?? null,
    memory?.sealedLife ?? null,
  ]);
  const keys = await keysFor(store, owner, sealed);
  return Promise.all(rows.map(({ message, memory }) => openMessage(keys, owner, message, memory)));
}
