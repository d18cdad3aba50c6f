import type { Task, TaskState } from '../../src/messages/contract.ts';
import { taskId } from '../../src/shared/ids.ts';
import { iso } from '../../src/shared/instant.ts';
import { LONGEST_BACKOFF_MS } from '../../src/tasks/backoff.ts';
import type { TaskSlice } from '../../src/tasks/process.ts';

interface Row {
  seq: number;
  id: string;
  state: TaskState;
  first_row: number;
  last_row: number;
  next_row: number;
  total: number;
  done: number;
  attempts: number;
  due_at: number;
  error: string | null;
  created_at: number;
  started_at: number | null;
  finished_at: number | null;
  [column: string]: SqlStorageValue;
}

const OPEN = "state IN ('pending', 'processing')";
/** Finished tasks are kept for this many newer ones; open and failed ones are kept for ever. */
const KEPT = 10_000;

/** Every statement about `task`. @param unsealed for what is true whether or not all that has arrived is stored */
export function taskStore(sql: SqlStorage, unsealed: SqlStorage) {
  const find = (id: string): Row | null => {
    return sql.exec<Row>('SELECT * FROM task WHERE id = ?', id).toArray()[0] ?? null;
  };
  return {
    find,
    add(task: { id: string; firstRow: number; lastRow: number; total: number; now: number }): void {
      const { id, firstRow, lastRow, total, now } = task;
      const [state, finishedAt] = total > 0 ? ['pending', null] : ['completed', now];
      sql.exec(
        `INSERT INTO task (id, state, first_row, last_row, next_row, total, due_at, created_at, finished_at)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
        id,
        state,
        firstRow,
        lastRow,
        firstRow,
        total,
        now,
        now,
        finishedAt,
      );
    },

    /** How many texts wait in open tasks, due or not; `most` at most. */
    openTexts(most: number): number {
      const each = `SELECT MAX(1, total - done) AS n FROM task WHERE ${OPEN} LIMIT ?`;
      return Math.min(
        most,
        unsealed.exec<{ n: number | null }>(`SELECT SUM(n) AS n FROM (${each})`, most).one().n ?? 0,
      );
    },
    /** The oldest work that is due: messages without a memory, at most `limit` over all slices. */
    due(now: number, limit: number): TaskSlice[] {
      // put off for so long is nothing: the clock was set back, and they would wait until it is as late again
      sql.exec(`UPDATE task SET due_at = ?1 WHERE ${OPEN} AND due_at > ?1 + ?2`, now, LONGEST_BACKOFF_MS);
      const slices: TaskSlice[] = [];
      let room = limit;
      const due = sql.exec<Row>(
        `SELECT * FROM task WHERE ${OPEN} AND due_at <= ? ORDER BY due_at, seq LIMIT ?`,
        now,
        limit,
      );
      // read to its end: a statement that is left open keeps the journal from being emptied until it is collected
      for (const task of due.toArray()) {
        if (room === 0) break;
        const messages = sql
          .exec<{ row: number; speaker: string | null; content: string }>(
            `SELECT row, speaker, content FROM message WHERE row BETWEEN ? AND ? AND NOT EXISTS (SELECT 1 FROM memory WHERE memory.row = message.row)
             ORDER BY row LIMIT ?`,
            task.next_row,
            task.last_row,
            room,
          )
          .toArray();
        slices.push({ task: task.seq, id: task.id, attempts: task.attempts, messages, last: messages.length < room });
        room -= messages.length;
      }
      return slices;
    },

    /** Notes that rows up to `throughRow` are ready; `finished` closes the task, as failed if an error was noted. */
    advance(seq: number, throughRow: number, count: number, finished: boolean, now: number): void {
      sql.exec(
        `UPDATE task SET next_row = MAX(next_row, ?1 + 1), done = MIN(total, done + ?2), started_at = COALESCE(started_at, ?3),
           state = CASE WHEN NOT ?4 THEN 'processing' WHEN faults = 0 THEN 'completed' ELSE 'failed' END,
           error = CASE WHEN faults = 0 THEN NULL ELSE error END, finished_at = CASE WHEN ?4 THEN ?3 END
         WHERE seq = ?5 AND ${OPEN}`,
        throughRow,
        count,
        now,
        finished ? 1 : 0,
        seq,
      );
    },
    /** Notes a fault of one message: work goes on, and the task ends as failed. */
    note: (seq: number, error: string) =>
      void sql.exec(`UPDATE task SET error = ?, faults = faults + 1 WHERE seq = ? AND ${OPEN}`, error, seq),
    postpone: (seq: number, dueAt: number, error: string, now: number) =>
      void sql.exec(
        `UPDATE task SET attempts = attempts + 1, due_at = ?, error = ?, state = 'processing', started_at = COALESCE(started_at, ?)
         WHERE seq = ? AND ${OPEN}`,
        dueAt,
        error,
        now,
        seq,
      ),
    fail: (seq: number, error: string, now: number) =>
      void sql.exec(
        `UPDATE task SET state = 'failed', attempts = attempts + 1, error = ?, finished_at = ? WHERE seq = ? AND ${OPEN}`,
        error,
        now,
        seq,
      ),
    cancel: (seq: number, now: number) =>
      void sql.exec(`UPDATE task SET state = 'cancelled', finished_at = ? WHERE seq = ? AND ${OPEN}`, now, seq),
    reopen: (seq: number, now: number) =>
      void sql.exec(
        `UPDATE task SET state = 'pending', attempts = 0, error = NULL, faults = 0, next_row = first_row, due_at = ?, finished_at = NULL,
           done = MIN(total, (SELECT COUNT(*) FROM memory WHERE row BETWEEN first_row AND last_row))
         WHERE seq = ?`,
        now,
        seq,
      ),

    /** Epoch ms: when the next open task is due; null: none is open. */
    nextDue(now: number): number | null {
      const ends = `SELECT (SELECT MIN(due_at) FROM task WHERE ${OPEN}) AS first, (SELECT MAX(due_at) FROM task WHERE ${OPEN}) AS last`;
      const { first, last } = unsealed.exec<{ first: number | null; last: number | null }>(ends).one();
      return last !== null && last > now + LONGEST_BACKOFF_MS ? now : first; // as in `due`
    },
    failedCount: () => sql.exec<{ n: number }>("SELECT COUNT(*) AS n FROM task WHERE state = 'failed'").one().n,
    list(state: TaskState | null, beforeSeq: number | null, limit: number): Row[] {
      return sql
        .exec<Row>(
          'SELECT * FROM task WHERE (?1 IS NULL OR state = ?1) AND (?2 IS NULL OR seq < ?2) ORDER BY seq DESC LIMIT ?3',
          state,
          beforeSeq,
          limit,
        )
        .toArray();
    },
    /** Epoch ms: when the first of those that are over has ended; null: there is none. */
    oldestEndedAt: (): number | null =>
      sql.exec<{ at: number | null }>('SELECT MIN(finished_at) AS at FROM task').one().at,
    /** @returns how many */
    removeEndedBefore: (cutoff: number, limit: number): number =>
      sql
        .exec(
          'DELETE FROM task WHERE seq IN (SELECT seq FROM task WHERE finished_at < ? LIMIT ?) RETURNING 1',
          cutoff,
          limit,
        )
        .toArray().length,
    trim: () =>
      void sql.exec(
        "DELETE FROM task WHERE state IN ('completed', 'cancelled') AND seq <= (SELECT MAX(seq) FROM task) - ?",
        KEPT,
      ),
  };
}

/** A row as the API shows it. */
export function toTask(row: Row, userId: string): Task {
  const open = row.state === 'pending' || row.state === 'processing';
  return {
    task_id: taskId(row.id, userId),
    status: row.state,
    total: row.total,
    done: row.done,
    attempts: row.attempts,
    error: row.error,
    created_at: new Date(row.created_at).toISOString(),
    started_at: iso(row.started_at),
    finished_at: iso(row.finished_at),
    next_attempt_at: open && row.attempts > 0 ? iso(row.due_at) : null,
    result: row.state === 'completed' ? `/api/v1/users/${encodeURIComponent(userId)}/messages` : null,
  };
}
