import { taskId } from '../../src/shared/ids.ts';

/** Messages that may share a task with the first one. */
const MOST_SHARED = 255;

/** The newest task, of one message at first, on which no work has begun. */
interface OpenTask {
  readonly seq: number;
  readonly id: string;
  /** row of its own message */
  readonly firstRow: number;
  /** messages that have joined it: the rows right after its own */
  joined: number;
  /** number of the newest event, its own or of the last message that joined */
  eventSeq: number;
}

/** What a message that joins a task carries in its row, so that all the rest follows from it. */
export interface Share {
  readonly task: number;
  readonly event: number;
}

/**
 * Messages that come one by one, faster than they are worked on, share a task: of each only its own row is written at
 * once. What follows from the rows, which is the events, the size of the task and the stretch that Postgres must hear of,
 * is written later for all of them by `seal`. Every statement that could miss it seals first, and no message joins a
 * sealed task.
 *
 * A task that was joined covers rows that may yet come. So nothing depends on the sealing but the events: after a crash the
 * next life of the object seals, and a release that knows nothing of this works on all of the rows.
 */
export function openTask(sql: SqlStorage) {
  /** 'unknown': storage must be asked, as after a crash or a transaction that was rolled back; 'new': it was just stored */
  let open: OpenTask | 'new' | 'unknown' | null = 'unknown';

  function seal(): void {
    const task = open === 'unknown' ? unsealed(sql) : open;
    open = null;
    if (task === null || task === 'new' || task.joined === 0) return;
    const [from, last] = [task.firstRow + 1, task.firstRow + task.joined];
    sql.exec(
      `INSERT INTO event (seq, at, body) SELECT event_seq, accepted_at,
         json_object('type', 'message.accepted', 'message_ids', json_array(id), 'task_id', ?)
       FROM message WHERE row BETWEEN ? AND ? AND task_seq = ? ORDER BY row`,
      taskId(task.id, ownerOf(sql)),
      from,
      last,
      task.seq,
    );
    sql.exec('UPDATE task SET last_row = ?, total = total + ? WHERE seq = ?', last, task.joined, task.seq);
    sql.exec('UPDATE outbox SET last_row = ? WHERE first_row = ? AND last_row = ?', last, from, reach(task.firstRow));
  }

  return {
    /** The newest task, of one message, and its event were stored last: others may join it. */
    begin(): void {
      open = 'new';
    },
    /** What the next message carries if it joins; null: it needs a task of its own. */
    share(): (Share & { id: string; isFirst: boolean }) | null {
      if (open === 'new') open = newest(sql);
      if (open === null || open === 'unknown' || open.joined >= MOST_SHARED) return null;
      return { id: open.id, task: open.seq, event: open.eventSeq + 1, isFirst: open.joined === 0 };
    },
    /** The message that was to join has been stored. Of the first one more is written, in the same transaction. */
    joined(at: number): void {
      if (open === null || typeof open === 'string') return;
      open.joined++;
      open.eventSeq++;
      if (open.joined > 1) return;
      const { seq, firstRow } = open;
      sql.exec('UPDATE task SET last_row = ? WHERE seq = ?', reach(firstRow), seq);
      sql.exec(
        'INSERT INTO outbox (first_row, last_row, added_at) VALUES (?, ?, ?)',
        firstRow + 1,
        reach(firstRow),
        at,
      );
    },
    seal,
    reread(): void {
      open = 'unknown';
    },
  };
}

export type OpenTaskStore = ReturnType<typeof openTask>;

/** The last row that a task may come to cover. */
const reach = (firstRow: number) => firstRow + MOST_SHARED;

function newest(sql: SqlStorage): OpenTask {
  const task = sql
    .exec<{ seq: number; id: string; first_row: number }>(
      'SELECT seq, id, first_row FROM task ORDER BY seq DESC LIMIT 1',
    )
    .one();
  const { event } = sql.exec<{ event: number }>('SELECT MAX(seq) AS event FROM event').one();
  return { seq: task.seq, id: task.id, firstRow: task.first_row, joined: 0, eventSeq: event };
}

/** The task that a former life of the object left open with messages that joined it; null: there is none. */
function unsealed(sql: SqlStorage): OpenTask | null {
  const [task] = sql.exec<{ seq: number; id: string; first_row: number; last_row: number; total: number }>(
    'SELECT seq, id, first_row, last_row, total FROM task ORDER BY seq DESC LIMIT 1',
  );
  if (task?.total !== 1 || task.last_row !== reach(task.first_row)) return null;
  const { joined, event } = sql
    .exec<{ joined: number; event: number | null }>(
      `SELECT COUNT(*) AS joined, MAX(event_seq) AS event FROM message
       WHERE row > ? AND row <= ? AND task_seq = ? AND event_seq > (SELECT COALESCE(MAX(seq), 0) FROM event)`,
      task.first_row,
      task.last_row,
      task.seq,
    )
    .one();
  return { seq: task.seq, id: task.id, firstRow: task.first_row, joined, eventSeq: event ?? 0 };
}

/** Whose object this is. */
const ownerOf = (sql: SqlStorage): string =>
  sql.exec<{ user: string }>("SELECT json_extract(value, '$.userId') AS user FROM meta WHERE key = 'owner'").one().user;
