import type { Message } from '../../src/messages/contract.ts';
import type { PreparedMessage } from '../../src/messages/natural-key.ts';
import type { StoredMessage } from '../../src/persistence/messages.ts';
import { ulidEntropyHex } from '../../src/shared/ids.ts';
import { iso } from '../../src/shared/instant.ts';
import { RECONSTRUCTED_GLOB } from '../../src/shared/reconstructed.ts';
import type { ArrivalStore, ArrivalTask, Arrived } from './arrival-store.ts';

export interface MessageRow {
  row: number;
  id: string;
  natural_key: string;
  message_id: string | null;
  conversation_id: string;
  role: Message['role'];
  speaker: string | null;
  content: string;
  sent_at: number;
  accepted_at: number;
  metadata: string | null;
  keystrokes: string | null;
  [column: string]: SqlStorageValue;
}

export interface ListQuery {
  conversationId: string | null;
  order: 'asc' | 'desc';
  /** the last place seen: time and row */
  after: { sentAt: number; row: number } | null;
  limit: number;
}

const INSERT = `INSERT INTO message (row, id, natural_key, message_id, conversation_id, role, speaker, content, sent_at,
  accepted_at, metadata, keystrokes) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (natural_key) DO NOTHING RETURNING row`;

/** Every statement about `message`. */
export function messageStore(sql: SqlStorage, arrivals: ArrivalStore) {
  let count: number | null = null;
  const held = () => (count ??= sql.exec<{ n: number }>('SELECT COUNT(*) AS n FROM message').one().n);
  const ofKey = (naturalKey: string): Pick<MessageRow, 'id' | 'row'> | null =>
    sql
      .exec<Pick<MessageRow, 'id' | 'row'>>('SELECT id, row FROM message WHERE natural_key = ?', naturalKey)
      .toArray()[0] ?? null;
  const insert = (m: PreparedMessage, acceptedAt: number, wanted: number | null): number | null => {
    const before = held();
    const { role, speaker, content, sentAt, metadata, keystrokes } = m;
    const [inserted] = sql
      .exec<{ row: number }>(
        INSERT,
        wanted,
        m.id,
        m.naturalKey,
        m.messageId,
        m.conversationId,
        role,
        speaker,
        content,
        sentAt,
        acceptedAt,
        metadata,
        keystrokes,
      )
      .toArray();
    if (inserted) count = before + 1;
    return inserted?.row ?? null;
  };
  return {
    /** Counting anew after a rolled-back transaction: the number kept here does not roll back by itself. */
    recount: () => {
      count = null;
    },
    count: held,
    insert: (m: PreparedMessage, acceptedAt: number) => insert(m, acceptedAt, null),
    /** As `arrive` of arrivals. */
    arrive(m: PreparedMessage, acceptedAt: number, own: ArrivalTask | null): Arrived | null {
      const before = held();
      const arrived = arrivals.arrive(m, acceptedAt, own);
      if (arrived) count = before + 1;
      return arrived;
    },
    ofKey,
    idOf: (naturalKey: string): string | null => ofKey(naturalKey)?.id ?? null,

    /** Finds by ULID (whose end is the start of the natural key) or by natural key. */
    find(id: string, naturalKey: string): MessageRow | null {
      const entropy = ulidEntropyHex(id);
      const byId = entropy
        ? sql
            .exec<MessageRow>(
              'SELECT * FROM message WHERE natural_key >= ? AND natural_key < ? AND id = ?',
              entropy,
              `${entropy}g`,
              id,
            )
            .toArray()[0]
        : undefined;
      return (
        byId ?? sql.exec<MessageRow>('SELECT * FROM message WHERE natural_key = ?', naturalKey).toArray()[0] ?? null
      );
    },

    list({ conversationId, order, after, limit }: ListQuery): MessageRow[] {
      const [beyond, direction] = order === 'asc' ? ['>', 'ASC'] : ['<', 'DESC'];
      return sql
        .exec<MessageRow>(
          `SELECT * FROM message
           WHERE (?1 IS NULL OR conversation_id = ?1) AND conversation_id NOT GLOB ?5 AND (?2 IS NULL OR (sent_at, row) ${beyond} (?2, ?3))
           ORDER BY sent_at ${direction}, row ${direction} LIMIT ?4`,
          conversationId,
          after?.sentAt ?? null,
          after?.row ?? null,
          limit,
          RECONSTRUCTED_GLOB,
        )
        .toArray();
    },

    /** Rows by number, in no given order; those that are gone are left out. */
    byRows: (rows: readonly number[]) =>
      sql
        .exec<MessageRow>('SELECT * FROM message WHERE row IN (SELECT value FROM json_each(?))', JSON.stringify(rows))
        .toArray(),
    /** Their ULIDs alone, by row. */
    idsByRows: (rows: readonly number[]): Map<number, string> =>
      rows.length === 0
        ? new Map()
        : new Map(
            sql
              .exec<{ row: number; id: string }>(
                'SELECT row, id FROM message WHERE row IN (SELECT value FROM json_each(?))',
                JSON.stringify(rows),
              )
              .toArray()
              .map(({ row, id }) => [row, id]),
          ),
    between: (first: number, last: number, limit: number) =>
      sql
        .exec<MessageRow>('SELECT * FROM message WHERE row BETWEEN ? AND ? ORDER BY row LIMIT ?', first, last, limit)
        .toArray(),
    all: () => sql.exec<MessageRow>('SELECT * FROM message ORDER BY row'),

    /**
     * The turn before a message in its conversation, no more than `lookBack` ms older and with few others between;
     * null if there is none. Bounded, since it is asked of each of many.
     */
    before: ({ row, conversation_id, sent_at }: MessageRow, lookBack: number): MessageRow | null =>
      sql
        .exec<MessageRow>(
          `SELECT * FROM (SELECT * FROM message WHERE sent_at >= ?1 - ?2 AND (sent_at, row) < (?1, ?3)
             ORDER BY sent_at DESC, row DESC LIMIT 50)
           WHERE conversation_id = ?4 ORDER BY sent_at DESC, row DESC LIMIT 1`,
          sent_at,
          lookBack,
          row,
          conversation_id,
        )
        .toArray()[0] ?? null,

    /** The turn after a message in its conversation, as `before`. */
    after: ({ row, conversation_id, sent_at }: MessageRow, lookAhead: number): MessageRow | null =>
      sql
        .exec<MessageRow>(
          `SELECT * FROM (SELECT * FROM message WHERE sent_at <= ?1 + ?2 AND (sent_at, row) > (?1, ?3)
             ORDER BY sent_at, row LIMIT 50)
           WHERE conversation_id = ?4 ORDER BY sent_at, row LIMIT 1`,
          sent_at,
          lookAhead,
          row,
          conversation_id,
        )
        .toArray()[0] ?? null,

    /** Those of a conversation after a place in the order of time, then of arrival, the nearest first. */
    following: (conversationId: string, at: { sentAt: number; row: number }, limit: number): MessageRow[] =>
      sql
        .exec<MessageRow>(
          `SELECT * FROM message WHERE conversation_id = ? AND (sent_at, row) > (?, ?) ORDER BY sent_at, row LIMIT ?`,
          conversationId,
          at.sentAt,
          at.row,
          limit,
        )
        .toArray(),
    /** … and before it. */
    preceding: (conversationId: string, at: { sentAt: number; row: number }, limit: number): MessageRow[] =>
      sql
        .exec<MessageRow>(
          `SELECT * FROM message WHERE conversation_id = ? AND (sent_at, row) < (?, ?)
           ORDER BY sent_at DESC, row DESC LIMIT ?`,
          conversationId,
          at.sentAt,
          at.row,
          limit,
        )
        .toArray(),
    /** What was said in other conversations in an interval (epoch ms). Notes are left out. */
    elsewhere: (conversationId: string, from: number, to: number, limit: number): MessageRow[] =>
      sql
        .exec<MessageRow>(
          `SELECT * FROM message WHERE sent_at BETWEEN ? AND ? AND conversation_id <> ? AND conversation_id <> 'notes'
             AND conversation_id NOT GLOB ? ORDER BY sent_at, row LIMIT ?`,
          from,
          to,
          conversationId,
          RECONSTRUCTED_GLOB,
          limit,
        )
        .toArray(),
    /** What was said in an interval (epoch ms, null: not bounded), the newest first. Notes are left out. */
    history: (
      { conversationId, from, to }: { conversationId: string | null; from: number | null; to: number | null },
      limit: number,
    ): MessageRow[] =>
      sql
        .exec<MessageRow>(
          `SELECT * FROM message WHERE (?1 IS NULL OR conversation_id = ?1) AND sent_at BETWEEN ?2 AND ?3
             AND role <> 'system' AND conversation_id <> 'notes' ORDER BY sent_at DESC, row DESC LIMIT ?4`,
          conversationId,
          from ?? Number.MIN_SAFE_INTEGER,
          to ?? Number.MAX_SAFE_INTEGER,
          limit,
        )
        .toArray(),
    /** Rows of what the person said, in order of arrival. */
    rowsOfPerson: (): number[] =>
      sql
        .exec<{ row: number }>(
          `SELECT row FROM message WHERE role = 'user' AND conversation_id <> 'notes' ORDER BY row`,
        )
        .toArray()
        .map(({ row }) => row),
    /** Memories of origin `reconstructed`, in order of arrival. */
    reconstructed: (): MessageRow[] =>
      sql
        .exec<MessageRow>('SELECT * FROM message WHERE conversation_id GLOB ? ORDER BY row', RECONSTRUCTED_GLOB)
        .toArray(),

    /** What the person said last, newest first; notes are left out. */
    ofPerson: (limit: number): MessageRow[] =>
      sql
        .exec<MessageRow>(
          `SELECT * FROM message WHERE role = 'user' AND conversation_id <> 'notes' ORDER BY sent_at DESC, row DESC LIMIT ?`,
          limit,
        )
        .toArray(),

    /** 0: there is none. */
    lastRow: () => sql.exec<{ row: number | null }>('SELECT MAX(row) AS row FROM message').one().row ?? 0,

    /** Messages of the person, no further than to `limit`; notes are left out. */
    countOfPerson: (limit: number) =>
      sql
        .exec<{ n: number }>(
          `SELECT COUNT(*) AS n FROM (SELECT 1 FROM message WHERE role = 'user' AND conversation_id <> 'notes' LIMIT ?)`,
          limit,
        )
        .one().n,

    /** How often the person said each of these texts, up to case (of ASCII letters) and spaces at the ends. */
    timesSaid: (texts: readonly string[]): Map<string, number> =>
      new Map(
        sql
          .exec<{ text: string; n: number }>(
            `WITH asked AS (SELECT DISTINCT value AS text, lower(trim(value)) AS plain FROM json_each(?)),
               said AS (SELECT lower(trim(content)) AS plain, COUNT(*) AS n FROM message
                 WHERE role = 'user' AND lower(trim(content)) IN (SELECT plain FROM asked) GROUP BY 1)
             SELECT asked.text, said.n FROM asked JOIN said USING (plain)`,
            JSON.stringify(texts),
          )
          .toArray()
          .map(({ text, n }) => [text, n]),
      ),

    remove(row: number): void {
      const before = held();
      sql.exec('DELETE FROM message WHERE row = ?', row);
      count = before - 1;
    },
    /**
     * Epoch ms: when the oldest was accepted; null: there is none. Only where messages are kept for a time is this asked,
     * and an index worth what it costs each message.
     */
    oldestAcceptedAt: (): number | null => {
      sql.exec('CREATE INDEX IF NOT EXISTS message_accepted_at ON message (accepted_at)');
      return sql.exec<{ at: number | null }>('SELECT MIN(accepted_at) AS at FROM message').one().at;
    },
    /** The oldest of those that were accepted before a time. */
    acceptedBefore: (cutoff: number, limit: number): MessageRow[] =>
      sql
        .exec<MessageRow>(
          'SELECT * FROM message WHERE accepted_at < ? ORDER BY accepted_at, row LIMIT ?',
          cutoff,
          limit,
        )
        .toArray(),
    span: () =>
      sql
        .exec<{ first: number | null; last: number | null }>(
          'SELECT MIN(sent_at) AS first, MAX(sent_at) AS last FROM message',
        )
        .one(),

    /** Takes back a message that Postgres kept, under its old number if that is free; one that is here already stays. */
    restore(m: StoredMessage): number | null {
      const taken = sql.exec('SELECT 1 FROM message WHERE row = ?', m.seq).toArray().length > 0;
      const message = {
        ...m,
        role: m.role as Message['role'],
        metadata: m.metadata && JSON.stringify(m.metadata),
        keystrokes: m.keystrokes && JSON.stringify(m.keystrokes),
      };
      return insert(message, m.acceptedAt, taken ? null : m.seq);
    },
  };
}

/** A row as the API shows it. */
export const toMessage = (row: MessageRow): Message => ({
  id: row.id,
  message_id: row.message_id,
  conversation_id: row.conversation_id,
  role: row.role,
  speaker: row.speaker,
  content: row.content,
  timestamp: iso(row.sent_at),
  accepted_at: iso(row.accepted_at),
  metadata: row.metadata === null ? null : JSON.parse(row.metadata),
});
