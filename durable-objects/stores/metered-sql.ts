import { count } from '../../src/metrics/recorder.ts';

/** SQLite that counts the rows it writes, as the platform bills them. A statement that writes has written when `exec` answers. */
export const meteredSql = (sql: SqlStorage): SqlStorage =>
  ({
    exec(query: string, ...bindings: SqlStorageValue[]) {
      const cursor = sql.exec(query, ...bindings);
      if (cursor.rowsWritten > 0) count('do_rows_written_total', {}, cursor.rowsWritten);
      return cursor;
    },
    get databaseSize() {
      return sql.databaseSize;
    },
  }) as SqlStorage;
