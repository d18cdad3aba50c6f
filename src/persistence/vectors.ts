import { type SQL, sql } from 'drizzle-orm';
import { log } from '../shared/log.ts';
import type { Db } from './db.ts';
import type { Life } from './life.ts';
import type { StoredMessage } from './messages.ts';

/** Looked at again after this long: a table may be made, and be taken away. */
const LOOK_AGAIN_MS = 60_000;
let looked: { at: number; isThere: boolean } | null = null;

/** Whether this database has the optional table of plain vectors (drizzle/optional/vectors.sql), as of a minute ago. */
export async function hasVectorTable(db: Db): Promise<boolean> {
  if (looked && Date.now() - looked.at < LOOK_AGAIN_MS) return looked.isThere;
  const found = await db.execute<{ there: boolean }>(sql`SELECT to_regclass('memory_vectors') IS NOT NULL AS there`);
  looked = { at: Date.now(), isThere: found.rows[0]?.there === true };
  if (!looked.isThere) log.error('VECTOR_INDEX is on, but "npm run migrate -- vectors up" has yet to be run');
  return looked.isThere;
}

/** Writes vectors plainly beside their memories, which must be written first; they go with them. */
export function upsertVectors({ tenantId, userId }: Life, rows: readonly StoredMessage[], alive: SQL): SQL {
  const vectors = rows.flatMap(({ id, vector }) =>
    vector ? [{ id, model: vector.model, embedding: textOf(vector.bytes, vector.scale) }] : [],
  );
  return sql`
    INSERT INTO memory_vectors (tenant_id, user_id, message_id, model, embedding)
    SELECT ${tenantId}, ${userId}, r.id, r.model, r.embedding::vector
    FROM jsonb_to_recordset(${JSON.stringify(vectors)}::jsonb) AS r(id text, model text, embedding text)
    JOIN memories m ON m.tenant_id = ${tenantId} AND m.user_id = ${userId} AND m.message_id = r.id
    WHERE ${alive} ORDER BY r.id
    ON CONFLICT (tenant_id, user_id, message_id) DO UPDATE SET model = excluded.model, embedding = excluded.embedding`;
}

/** As pgvector reads it. */
const textOf = (bytes: Uint8Array, scale: number): string =>
  `[${Array.from(new Int8Array(bytes.buffer, bytes.byteOffset, bytes.length), (value) => Number((value * scale).toFixed(6))).join(',')}]`;
