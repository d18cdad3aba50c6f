import type { PreparedMessage } from '../../src/messages/natural-key.ts';
import { currentOrigin } from '../../src/shared/request-scope.ts';

/** Messages that may arrive after the first one. */
const MOST = 255;

/** A task that a message belongs to. */
export interface ArrivalTask {
  /** its ULID */
  readonly id: string;
  /** as clients know it */
  readonly name: string;
}

/** What was stored last is a task on which no work has begun. */
interface Open {
  /** number of the newest event: of that task, or of the last message that arrived since */
  event: number;
  /** natural keys of the messages that have arrived */
  readonly keys: Set<string>;
  /** the task that others may join; null: there is none */
  shared: ArrivalTask | null;
}

/** A message that has arrived. */
export interface Arrived {
  task: ArrivalTask;
  /** number of the event that tells of it */
  event: number;
}

/** Of a message that is stored already, nothing. */
const ARRIVE = `INSERT INTO arrival (id, natural_key, message_id, conversation_id, role, speaker, content, sent_at, accepted_at,
    metadata, keystrokes, task, task_id, task_name, event, request_id, traceparent)
  SELECT ?, ?2, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0, ?, ?, ?, ?, ?
  WHERE NOT EXISTS (SELECT 1 FROM message WHERE natural_key = ?2)`;
/** Postgres shall hear of the rows that arrivals are about to get, on behalf of who sent the first of them. */
const STRETCH = `INSERT INTO outbox (first_row, last_row, added_at, request_id, traceparent)
  SELECT seq + 1, seq + n, accepted_at, request_id, traceparent
  FROM sqlite_sequence, (SELECT COUNT(*) AS n FROM arrival), (SELECT * FROM arrival ORDER BY row LIMIT 1)
  WHERE name = 'message'`;

/**
 * Messages that come one by one, faster than they are worked on, arrive: of each only one row is written at once, to
 * `arrival`, which has no index, so that one page goes to disk where a message, its event, its task and its stretch for
 * Postgres take ten. Those that are posted have a task each, those said over a socket share one. `seal` makes messages of
 * them, with all that belongs to them, all together. Every statement about any of these tables seals first (`sealingSql`).
 *
 * After a crash the next life of the object seals before it reads. A release that knows nothing of arrivals does so too,
 * when it first works on the task that was stored before them: triggers do it.
 */
export function arrivalStore(sql: SqlStorage) {
  /** 'unknown': storage must be asked, as after a crash or a transaction that was rolled back */
  let open: Open | 'unknown' | null = 'unknown';

  return {
    /** Whether messages may arrive, or have arrived and are not stored as messages yet. */
    isOpen: (): boolean => open !== null,

    /**
     * A task and its event were stored last: from now on messages may arrive.
     *
     * @param event the event's number
     * @param shared that task, if it is of one message and others may join it
     */
    begin(event: number, shared: ArrivalTask | null): void {
      open = { event, keys: new Set(), shared };
    },

    /**
     * Stores a message as one that has arrived; null: it cannot, or is here already.
     *
     * @param own its own task; null: it joins the one that is shared
     */
    arrive(m: PreparedMessage, acceptedAt: number, own: ArrivalTask | null): Arrived | null {
      if (open === null || open === 'unknown' || open.keys.size >= MOST || open.keys.has(m.naturalKey)) return null;
      const task = own ?? open.shared;
      if (!task) return null;
      const event = open.event + 1;
      const origin = currentOrigin();
      const { rowsWritten } = sql.exec(
        ARRIVE,
        ...[m.id, m.naturalKey, m.messageId, m.conversationId, m.role, m.speaker, m.content, m.sentAt, acceptedAt],
        ...[
          m.metadata,
          m.keystrokes,
          task.id,
          task.name,
          event,
          origin?.requestId ?? null,
          origin?.traceparent ?? null,
        ],
      );
      if (rowsWritten === 0) return null;
      open.event = event;
      open.keys.add(m.naturalKey);
      if (own) open.shared = null; // a task's rows are neighbours, and this one's is the last
      return { task, event };
    },

    seal(): void {
      const held = open;
      open = null;
      const isHolding = held === 'unknown' ? hasArrivals(sql) : held !== null && held.keys.size > 0;
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

export type ArrivalStore = ReturnType<typeof arrivalStore>;

/** The tables that arrivals are not in yet. */
const SEALED = /\b(message|task|event|outbox)\b/;

/** Statements that could miss what has arrived seal it first. */
export function sealingSql(sql: SqlStorage, arrivals: ArrivalStore): SqlStorage {
  const known = new Map<string, boolean>();
  const couldMiss = (query: string): boolean => {
    const answer = known.get(query) ?? SEALED.test(query);
    known.set(query, answer);
    return answer;
  };
  return {
    exec(query: string, ...bindings: SqlStorageValue[]) {
      if (arrivals.isOpen() && couldMiss(query)) arrivals.seal();
      return sql.exec(query, ...bindings);
    },
    get databaseSize() {
      return sql.databaseSize;
    },
  } as SqlStorage;
}

const hasArrivals = (sql: SqlStorage): boolean => sql.exec('SELECT 1 FROM arrival LIMIT 1').toArray().length > 0;
