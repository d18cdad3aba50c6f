/** A stretch of rows that must reach Postgres, or one message that must go from there. */
export interface Change {
  id: number;
  first_row: number;
  last_row: number;
  deleted_id: string | null;
  [column: string]: SqlStorageValue;
}

/** Every statement about `outbox`. */
export function outboxStore(sql: SqlStorage) {
  return {
    add: (firstRow: number, lastRow: number) =>
      void sql.exec('INSERT INTO outbox (first_row, last_row) VALUES (?, ?)', firstRow, lastRow),
    addDeletion: (deletedId: string) =>
      void sql.exec('INSERT INTO outbox (first_row, last_row, deleted_id) VALUES (0, -1, ?)', deletedId),
    deletedIds: () =>
      sql
        .exec<{ id: string }>('SELECT deleted_id AS id FROM outbox WHERE deleted_id IS NOT NULL')
        .toArray()
        .map(({ id }) => id),
    oldest: (limit: number) => sql.exec<Change>('SELECT * FROM outbox ORDER BY id LIMIT ?', limit).toArray(),
    /** Leaves the rest of a stretch of which only the beginning was sent. */
    shorten: (id: number, firstRow: number) =>
      void sql.exec('UPDATE outbox SET first_row = ? WHERE id = ?', firstRow, id),
    removeThrough: (id: number) => void sql.exec('DELETE FROM outbox WHERE id <= ?', id),
    isEmpty: () => sql.exec('SELECT 1 FROM outbox LIMIT 1').toArray().length === 0,
    count: () => sql.exec<{ n: number }>('SELECT COUNT(*) AS n FROM outbox').one().n,
  };
}
