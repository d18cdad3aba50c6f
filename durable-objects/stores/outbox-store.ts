import { currentOrigin, type Origin } from '../../src/shared/request-scope.ts';

/** A stretch of rows that must reach Postgres, or one message that must go from there. */
export interface Change {
  id: number;
  first_row: number;
  last_row: number;
  deleted_id: string | null;
  /** epoch ms; 0: not known */
  added_at: number;
  /** null: no request brought it about */
  request_id: string | null;
  /** null: it is not traced */
  traceparent: string | null;
  [column: string]: SqlStorageValue;
}

/** Every statement about `outbox`. @param unsealed for what is true whether or not all that has arrived is stored */
export function outboxStore(sql: SqlStorage, unsealed: SqlStorage) {
  const insert = (firstRow: number, lastRow: number, deletedId: string | null) =>
    void sql.exec(
      'INSERT INTO outbox (first_row, last_row, deleted_id, added_at, request_id, traceparent) VALUES (?, ?, ?, ?, ?, ?)',
      ...[
        firstRow,
        lastRow,
        deletedId,
        Date.now(),
        currentOrigin()?.requestId ?? null,
        currentOrigin()?.traceparent ?? null,
      ],
    );
  return {
    add: (firstRow: number, lastRow: number) => insert(firstRow, lastRow, null),
    addDeletion: (deletedId: string) => insert(0, -1, deletedId),
    deletedIds: () =>
      sql
        .exec<{ id: string }>('SELECT deleted_id AS id FROM outbox WHERE deleted_id IS NOT NULL')
        .toArray()
        .map(({ id }) => id),
    oldest(limit: number): Change[] {
      return sql.exec<Change>('SELECT * FROM outbox ORDER BY id LIMIT ?', limit).toArray();
    },
    /** Leaves the rest of a stretch of which only the beginning was sent. */
    shorten: (id: number, firstRow: number) =>
      void sql.exec('UPDATE outbox SET first_row = ? WHERE id = ?', firstRow, id),
    removeThrough: (id: number) => void sql.exec('DELETE FROM outbox WHERE id <= ?', id),
    /** Epoch ms since when the oldest change waits, and where it came from; null: nothing waits. */
    first: (): (Origin & { addedAt: number }) | null => {
      const [row] = unsealed.exec<Pick<Change, 'added_at' | 'request_id' | 'traceparent'>>(
        'SELECT added_at, request_id, traceparent FROM outbox ORDER BY id LIMIT 1',
      );
      return row
        ? { addedAt: row.added_at || Date.now(), requestId: row.request_id, traceparent: row.traceparent }
        : null;
    },
    isEmpty: () => unsealed.exec('SELECT 1 FROM outbox LIMIT 1').toArray().length === 0,
    count: () => sql.exec<{ n: number }>('SELECT COUNT(*) AS n FROM outbox').one().n,
  };
}
