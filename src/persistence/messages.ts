import { and, asc, eq, sql } from 'drizzle-orm';
import { memories, messages, type StoredLife } from '../../drizzle/schema.ts';
import { toBase64 } from '../shared/base64.ts';
import type { Db } from './db.ts';
import { isAlive, type Life, writeLife } from './life.ts';

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
}

/** `bytes` holds one int8 a dimension (two's complement); component = int8 * scale. */
export interface StoredVector {
  model: string;
  scale: number;
  bytes: Uint8Array;
}

/**
 * Writes messages and their memories in one transaction and one round trip; sending them again changes nothing.
 * A message whose natural key is there under another id is left out, with its memory. A vector or position that is
 * null never overwrites one that is there: deliveries may arrive out of order.
 *
 * @param rows at most 500
 * @returns epoch ms: when the person was erased, if nothing was written for that; else null
 */
export async function upsertMessages(db: Db, life: Life, rows: readonly StoredMessage[]): Promise<number | null> {
  const { tenantId, userId } = life;
  const distinct = [...new Map(rows.map((row) => [row.id, row])).values()]; // one statement may not touch a row twice
  if (distinct.length === 0) return null;
  return writeLife(db, life, [
    sql`INSERT INTO users (tenant_id, user_id) SELECT ${tenantId}, ${userId} WHERE ${isAlive(life)} ON CONFLICT DO NOTHING`,
    sql`
      INSERT INTO messages (tenant_id, user_id, id, seq, natural_key, message_id, conversation_id, role, speaker, content,
        sent_at, accepted_at, metadata, keystrokes)
      SELECT ${tenantId}, ${userId}, r.*
      FROM jsonb_to_recordset(${JSON.stringify(distinct.map(messageRecord))}::jsonb) AS r(id text, seq bigint, natural_key text,
        message_id text, conversation_id text, role text, speaker text, content text,
        sent_at timestamptz, accepted_at timestamptz, metadata jsonb, keystrokes jsonb)
      WHERE ${isAlive(life)} ORDER BY r.id
      ON CONFLICT DO NOTHING`,
    sql`
      INSERT INTO memories AS old (tenant_id, user_id, message_id, position_3d, embedding, embedding_scale, embedding_model,
        life, semantic_category, memory_strength)
      SELECT ${tenantId}, ${userId}, r.id, r.position::cube, decode(r.embedding, 'base64'), r.scale, r.model,
        nullif(r.life, 'null'::jsonb), r.category, coalesce(r.strength, 1)
      FROM jsonb_to_recordset(${JSON.stringify(distinct.map(memoryRecord))}::jsonb)
        AS r(id text, position text, embedding text, scale double precision, model text, life jsonb, category text,
          strength double precision)
      JOIN messages m ON m.tenant_id = ${tenantId} AND m.user_id = ${userId} AND m.id = r.id
      WHERE ${isAlive(life)} ORDER BY r.id
      ON CONFLICT (tenant_id, user_id, message_id) DO UPDATE SET
        position_3d = coalesce(excluded.position_3d, old.position_3d),
        embedding = coalesce(excluded.embedding, old.embedding),
        embedding_scale = coalesce(excluded.embedding_scale, old.embedding_scale),
        embedding_model = coalesce(excluded.embedding_model, old.embedding_model),
        memory_strength = CASE WHEN excluded.life IS NULL THEN old.memory_strength ELSE excluded.memory_strength END,
        semantic_category = coalesce(excluded.semantic_category, old.semantic_category),
        life = coalesce(excluded.life, old.life)`,
  ]);
}

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

/**
 * One user's messages in order of arrival after `after` (null: from the start), as a new Durable Object reads them back.
 * Two lives of an object may have given one number to two messages; the id then decides.
 * Fewer than `limit` rows: there are no more. Keyset paging: a row written meanwhile neither repeats nor hides another.
 */
export async function pageMessages(
  db: Db,
  tenantId: string,
  userId: string,
  after: PageMark | null,
  limit: number,
): Promise<StoredMessage[]> {
  const rows = await db
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
  return rows.map(({ message, memory }) => {
    const { tenantId: _tenant, userId: _user, sentAt, acceptedAt, ...fields } = message;
    return {
      ...fields,
      sentAt: sentAt.getTime(),
      acceptedAt: acceptedAt.getTime(),
      vector: memory && vectorOf(memory),
      position: memory?.position3d ?? null,
      life: memory?.life ?? null,
      category: memory?.semanticCategory ?? null,
      strength: memory?.life ? memory.memoryStrength : null,
    };
  });
}

function vectorOf(memory: typeof memories.$inferSelect): StoredVector | null {
  const { embedding, embeddingScale, embeddingModel } = memory;
  if (embedding === null || embeddingScale === null || embeddingModel === null) return null;
  return { model: embeddingModel, scale: embeddingScale, bytes: embedding };
}

const messageRecord = (row: StoredMessage) => ({
  id: row.id,
  seq: row.seq,
  natural_key: row.naturalKey,
  message_id: row.messageId,
  conversation_id: row.conversationId,
  role: row.role,
  speaker: row.speaker,
  content: row.content,
  sent_at: new Date(row.sentAt).toISOString(),
  accepted_at: new Date(row.acceptedAt).toISOString(),
  metadata: row.metadata,
  keystrokes: row.keystrokes,
});

const memoryRecord = (row: StoredMessage) => ({
  id: row.id,
  position: row.position && `(${row.position.join(',')})`,
  embedding: row.vector && toBase64(row.vector.bytes),
  scale: row.vector?.scale ?? null,
  model: row.vector?.model ?? null,
  life: row.life,
  category: row.category,
  strength: row.strength,
});
