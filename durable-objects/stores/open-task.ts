import type { PreparedMessage } from '../../src/messages/natural-key.ts';
import { taskId } from '../../src/shared/ids.ts';

/** Messages that may share a task with the first one. */
const MOST_SHARED = 255;

/** The newest task, of one message at first, on which no work has begun. */
interface OpenTask {
  readonly seq: number;
  readonly id: string;
  /** as clients know it */
  readonly name: string;
  /** number of the newest event, its own or of the last message that joined */
  event: number;
  /** natural keys of the messages that have joined it */
  readonly keys: Set<string>;
}

/** A message that has joined the task of those before it. */
export interface Joined {
  task: string;
  /** … as clients know it */
  taskName: string;
  /** number of the event that tells of it */
  event: number;
}

/** Of a message that is stored already, nothing. */
const ARRIVE = `INSERT INTO arrival (id, natural_key, message_id, conversation_id, role, speaker, content, sent_at, accepted_at,
  metadata, keystrokes, task, task_name, event) SELECT ?, ?2, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?
  WHERE NOT EXISTS (SELECT 1 FROM message WHERE natural_key = ?2)`;
/** Postgres shall hear of the rows that arrivals are about to get. */
const STRETCH = `INSERT INTO outbox (first_row, last_row, added_at)
  SELECT seq + 1, seq + n, at FROM sqlite_sequence, (SELECT COUNT(*) AS n, MIN(accepted_at) AS at FROM arrival)
  WHERE name = 'message'`;

/**
 * Messages that come one by one, faster than they are worked on, share a task, and of each only one row is written at
 * once: to `arrival`, which has no index, so that one page goes to disk where a message would take five. `seal` makes
 * messages of them, their events, the size of their task and the stretch for Postgres, all together. Every statement about
 * any of these seals first (`sealingSql`), and no message joins a sealed task.
 *
 * After a crash the next life of the object seals before it reads. A release that knows nothing of arrivals does so too,
 * when it first works on their task: triggers do it.
 */
export function openTask(sql: SqlStorage) {
  /** 'unknown': storage must be asked, as after a crash or a transaction that was rolled back; 'new': it was just stored */
  let open: OpenTask | 'new' | 'unknown' | null = 'unknown';

  return {
    /** Whether messages may join a task, or have joined one and are not stored as messages yet. */
    isOpen: (): boolean => open !== null,

    /** The newest task, of one message, and its event were stored last: others may join it. */
    begin(): void {
      open = 'new';
    },

    /** Stores a message as one that joins the newest task; null: it needs a task of its own, or is here already. */
    join(m: PreparedMessage, acceptedAt: number): Joined | null {
      if (open === 'new') open = newest(sql);
      if (open === null || open === 'unknown' || open.keys.size >= MOST_SHARED) return null;
      if (open.keys.has(m.naturalKey)) return null;
      const event = open.event + 1;
      const { rowsWritten } = sql.exec(
        ARRIVE,
        ...[m.id, m.naturalKey, m.messageId, m.conversationId, m.role, m.speaker, m.content, m.sentAt, acceptedAt],
        ...[m.metadata, m.keystrokes, open.seq, open.name, event],
      );
      if (rowsWritten === 0) return null;
      open.event = event;
      open.keys.add(m.naturalKey);
      return { task: open.id, taskName: open.name, event };
    },

    seal(): void {
      const held = open;
      open = null;
      const isHolding = held === 'unknown' ? hasArrivals(sql) : held !== null && held !== 'new' && held.keys.size > 0;
      if (!isHolding) return;
      try {
        sql.exec(STRETCH);
        sql.exec('DELETE FROM arrival'); // which stores them, by its trigger: all or none
      } catch (error) {
        open = 'unknown'; // as with a full disk: they stay arrivals
        throw error;
      }
    },

    reread(): void {
      open = 'unknown';
    },
  };
}

export type OpenTaskStore = ReturnType<typeof openTask>;

/** The tables that arrivals are not in yet. */
const SEALED = /\b(message|task|event|outbox)\b/;

/** Statements that could miss what has arrived seal it first. */
export function sealingSql(sql: SqlStorage, open: OpenTaskStore): SqlStorage {
  const known = new Map<string, boolean>();
  const couldMiss = (query: string): boolean => {
    const answer = known.get(query) ?? SEALED.test(query);
    known.set(query, answer);
    return answer;
  };
  return {
    exec(query: string, ...bindings: SqlStorageValue[]) {
      if (open.isOpen() && couldMiss(query)) open.seal();
      return sql.exec(query, ...bindings);
    },
    get databaseSize() {
      return sql.databaseSize;
    },
  } as SqlStorage;
}

const hasArrivals = (sql: SqlStorage): boolean => sql.exec('SELECT 1 FROM arrival LIMIT 1').toArray().length > 0;

function newest(sql: SqlStorage): OpenTask {
  const { seq, id, event, user } = sql
    .exec<{ seq: number; id: string; event: number; user: string }>(
      `SELECT seq, id, (SELECT MAX(seq) FROM event) AS event,
         (SELECT json_extract(value, '$.userId') FROM meta WHERE key = 'owner') AS user
       FROM task ORDER BY seq DESC LIMIT 1`,
    )
    .one();
  return { seq, id, name: taskId(id, user), event, keys: new Set() };
}
