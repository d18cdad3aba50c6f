import type { Gap, GapMessage } from '../../src/archaeology/gaps/gap-message.ts';
import { sequenceOf } from '../../src/archaeology/gaps/sequence.ts';
import { RECONSTRUCTED_GLOB } from '../../src/shared/reconstructed.ts';

/** A gap as it is stored. */
export interface StoredGap extends Gap {
  /** the same for the same two neighbours, however often the conversation is scanned */
  id: string;
  conversationId: string;
  /** likely enough to be told unasked */
  isTold: boolean;
}

export interface GapListQuery {
  conversationId: string | null;
  /** null: those that are told unasked */
  minProbability: number | null;
  /** epoch ms: gaps that touch the interval */
  from: number | null;
  to: number | null;
  /** the last place seen */
  after: { from: number; row: number } | null;
  limit: number;
}

/** A message with its place in the order of its conversation. */
export interface ScannedMessage {
  sentAt: number;
  row: number;
  message: GapMessage;
}

type Row = {
  row: number;
  id: string;
  conversation_id: string;
  after_id: string;
  before_id: string;
  from_at: number;
  to_at: number;
  probability: number;
  is_told: number;
  expected: number;
  low: number;
  high: number;
  reasons: string;
};
type MessageValues = {
  row: number;
  id: string;
  message_id: string | null;
  role: string;
  speaker: string | null;
  content: string;
  sent_at: number;
  metadata: string | null;
  model: string | null;
  scale: number | null;
  vector: ArrayBuffer | null;
};

const UPSERT = `INSERT INTO gap (id, conversation_id, after_id, before_id, from_at, to_at, probability, is_told, expected,
    low, high, reasons) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
  ON CONFLICT (id) DO UPDATE SET from_at = excluded.from_at, to_at = excluded.to_at, probability = excluded.probability,
    is_told = excluded.is_told, expected = excluded.expected, low = excluded.low, high = excluded.high,
    reasons = excluded.reasons`;

/** Every statement about `gap` and `gap_dirty`, and how the search for gaps reads messages. */
export function gapStore(sql: SqlStorage) {
  return {
    noteDirty: (conversationId: string) =>
      void sql.exec('INSERT OR IGNORE INTO gap_dirty (conversation_id) VALUES (?)', conversationId),
    allDirty: () =>
      void sql.exec(
        `INSERT OR IGNORE INTO gap_dirty (conversation_id)
         SELECT DISTINCT conversation_id FROM message WHERE conversation_id <> 'notes' AND conversation_id NOT GLOB ?`,
        RECONSTRUCTED_GLOB,
      ),
    /** A conversation that changed since it was scanned: the one named if it is, else any; null: none. */
    nextDirty: (conversationId: string | null): string | null =>
      sql
        .exec<{ id: string }>(
          'SELECT conversation_id AS id FROM gap_dirty WHERE (?1 IS NULL OR conversation_id = ?1) LIMIT 1',
          conversationId,
        )
        .toArray()[0]?.id ?? null,
    /** What a scan of a conversation has found; it is no longer dirty. A gap that is still there keeps its row. */
    replace(conversationId: string, gaps: readonly StoredGap[]): void {
      sql.exec('DELETE FROM gap_dirty WHERE conversation_id = ?', conversationId);
      sql.exec(
        'DELETE FROM gap WHERE conversation_id = ? AND id NOT IN (SELECT value FROM json_each(?))',
        conversationId,
        JSON.stringify(gaps.map(({ id }) => id)),
      );
      for (const gap of gaps) {
        const { expected, low, high } = gap.missing;
        const { id, afterId, beforeId, from, to, probability } = gap;
        const reasons = JSON.stringify(gap.reasons);
        const told = gap.isTold ? 1 : 0;
        sql.exec(
          UPSERT,
          id,
          conversationId,
          afterId,
          beforeId,
          from,
          to,
          probability,
          told,
          expected,
          low,
          high,
          reasons,
        );
      }
    },
    find: (id: string): StoredGap | null => {
      const [row] = sql.exec<Row>('SELECT * FROM gap WHERE id = ?', id).toArray();
      return row ? toGap(row) : null;
    },
    /** The latest first. */
    list: ({ conversationId, minProbability, from, to, after, limit }: GapListQuery): (StoredGap & { row: number })[] =>
      sql
        .exec<Row>(
          `SELECT * FROM gap WHERE (?1 IS NULL OR conversation_id = ?1)
             AND CASE WHEN ?2 IS NULL THEN is_told = 1 ELSE probability >= ?2 END
             AND (?3 IS NULL OR to_at >= ?3) AND (?4 IS NULL OR from_at <= ?4)
             AND (?5 IS NULL OR (from_at, row) < (?5, ?6))
           ORDER BY from_at DESC, row DESC LIMIT ?7`,
          conversationId,
          minProbability,
          from,
          to,
          after?.from ?? null,
          after?.row ?? null,
          limit,
        )
        .toArray()
        .map((row) => ({ ...toGap(row), row: row.row })),
    everything: (): StoredGap[] => sql.exec<Row>('SELECT * FROM gap ORDER BY row').toArray().map(toGap),
    eraseAll(): void {
      for (const table of ['gap', 'gap_dirty']) sql.exec(`DELETE FROM ${table}`);
    },

    /** Messages of a conversation after a place, in order of time. @param model whose vectors are comparable */
    messages: (
      conversationId: string,
      after: { sentAt: number; row: number } | null,
      model: string | null,
      limit: number,
    ): ScannedMessage[] =>
      sql
        .exec<MessageValues>(
          `SELECT message.row, id, message_id, role, speaker, content, sent_at, metadata, model, scale, vector
           FROM message LEFT JOIN memory ON memory.row = message.row
           WHERE conversation_id = ?1 AND (sent_at, message.row) > (?2, ?3) ORDER BY sent_at, message.row LIMIT ?4`,
          conversationId,
          after?.sentAt ?? Number.MIN_SAFE_INTEGER,
          after?.row ?? 0,
          limit,
        )
        .toArray()
        .map((values) => scanned(values, model)),
  };
}

function scanned(values: MessageValues, wanted: string | null): ScannedMessage {
  const { row, id, message_id, role, speaker, content, sent_at, model, scale, vector } = values;
  const metadata: Record<string, unknown> | null = values.metadata === null ? null : JSON.parse(values.metadata);
  const isComparable = vector !== null && scale !== null && model === wanted;
  const message: GapMessage = {
    id,
    speaker: speaker ?? role,
    at: sent_at,
    content,
    vector: isComparable ? Float32Array.from(new Int8Array(vector), (component) => component * scale) : null,
    sequence: sequenceOf(message_id, metadata),
    deleted: metadata?.deleted === true,
    source: typeof metadata?.source === 'string' ? metadata.source : null,
  };
  return { sentAt: sent_at, row, message };
}

const toGap = (row: Row): StoredGap => ({
  id: row.id,
  conversationId: row.conversation_id,
  afterId: row.after_id,
  beforeId: row.before_id,
  from: row.from_at,
  to: row.to_at,
  probability: row.probability,
  isTold: row.is_told === 1,
  missing: { expected: row.expected, low: row.low, high: row.high },
  reasons: JSON.parse(row.reasons),
});
