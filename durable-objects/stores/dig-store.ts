import type { DigFindings, DigRequest, DigStage, DigState } from '../../src/archaeology/digs/dig.ts';

/** A saved exploration. */
export interface DigRecord {
  row: number;
  id: string;
  name: string;
  request: DigRequest;
  state: DigState;
  stage: DigStage;
  done: number;
  total: number;
  attempts: number;
  error: string | null;
  found: DigFindings;
  createdAt: number;
  startedAt: number | null;
  finishedAt: number | null;
}

export interface DigNote {
  author: string;
  text: string;
  at: number;
}

type Row = {
  row: number;
  id: string;
  name: string;
  request: string;
  state: string;
  stage: string;
  done: number;
  total: number;
  attempts: number;
  error: string | null;
  found: string;
  created_at: number;
  started_at: number | null;
  finished_at: number | null;
};

/** Every statement about `dig` and `dig_note`. */
export function digStore(sql: SqlStorage) {
  const select = (where: string, ...values: SqlStorageValue[]): DigRecord[] =>
    sql
      .exec<Row>(`SELECT * FROM dig WHERE ${where}`, ...values)
      .toArray()
      .map(toRecord);
  return {
    count: () => sql.exec<{ n: number }>('SELECT COUNT(*) AS n FROM dig').one().n,
    find: (id: string): DigRecord | null => select('id = ?', id)[0] ?? null,
    /** The newest first. */
    list: (before: number | null, limit: number): DigRecord[] =>
      select('(?1 IS NULL OR row < ?1) ORDER BY row DESC LIMIT ?2', before, limit),
    /** The one to work on; null: none. */
    next: (): DigRecord | null => select(`state IN ('pending', 'processing') ORDER BY row LIMIT 1`)[0] ?? null,
    open: (): DigRecord[] => select(`state IN ('pending', 'processing')`),
    add: (id: string, name: string, request: DigRequest, stage: DigStage, found: DigFindings, now: number) =>
      void sql.exec(
        `INSERT INTO dig (id, name, request, state, stage, found, created_at) VALUES (?, ?, ?, 'pending', ?, ?, ?)`,
        id,
        name,
        JSON.stringify(request),
        stage,
        JSON.stringify(found),
        now,
      ),
    /** All of it but its name and what was asked. */
    save: ({ row, state, stage, done, total, attempts, error, found, startedAt, finishedAt }: DigRecord) =>
      void sql.exec(
        `UPDATE dig SET state = ?, stage = ?, done = ?, total = ?, attempts = ?, error = ?, found = ?, started_at = ?,
           finished_at = ? WHERE row = ?`,
        state,
        stage,
        done,
        total,
        attempts,
        error,
        JSON.stringify(found),
        startedAt,
        finishedAt,
        row,
      ),
    remove(row: number): void {
      sql.exec('DELETE FROM dig_note WHERE dig = ?', row);
      sql.exec('DELETE FROM dig WHERE row = ?', row);
    },
    all: (): DigRecord[] => select('TRUE ORDER BY row'),
    rename: (row: number, name: string) => void sql.exec('UPDATE dig SET name = ? WHERE row = ?', name, row),

    notes: (row: number): DigNote[] =>
      sql
        .exec<DigNote & Record<string, SqlStorageValue>>(
          'SELECT author, text, at FROM dig_note WHERE dig = ? ORDER BY row',
          row,
        )
        .toArray(),
    addNote: (row: number, { author, text, at }: DigNote) =>
      void sql.exec('INSERT INTO dig_note (dig, author, text, at) VALUES (?, ?, ?, ?)', row, author, text, at),
  };
}

const toRecord = ({ request, found, state, stage, created_at, started_at, finished_at, ...row }: Row): DigRecord => ({
  ...row,
  request: JSON.parse(request),
  found: JSON.parse(found),
  state: state as DigState,
  stage: stage as DigStage,
  createdAt: created_at,
  startedAt: started_at,
  finishedAt: finished_at,
});
