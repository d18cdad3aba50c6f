import { RECORD_KINDS, type RecordKind } from '../../src/person/record-kinds.ts';

/** Something of a person that is no message, as Postgres and archives hold it. */
export interface RecordState {
  kind: RecordKind;
  id: string;
  /** grows with each change of anything */
  seq: number;
  /** null: it is gone */
  body: RecordBody | null;
}

/** A row by its columns, with the rows that belong to it by the name of their table. */
export type RecordBody = Record<string, unknown>;

/** How one group of tables becomes records and comes back. */
export interface RecordGroup {
  /** null: there is no such record */
  dump(id: string): RecordBody | null;
  /**
   * Takes a record back; one that is here already stays as it is.
   * @returns the id under which it is here now, null if it does not fit
   */
  load(body: RecordBody): string | null;
  /** Those after a place, in an order of their own. */
  page(after: RecordPlace | null, limit: number): { id: string; place: RecordPlace }[];
}

/** Where a record stands among those of its kind. */
export type RecordPlace = string | number;

const UNREADABLE = 'unreadable: ';

/** Changes of kinds that only a later release knows wait for it: this one can neither read nor lose them. */
const KNOWN = `kind IN (${RECORD_KINDS.map((kind) => `'${kind}'`).join(', ')})`;

/** Every statement about `record_change` and `set_aside`. */
export function recordStore(sql: SqlStorage) {
  return {
    oldest: (limit: number) =>
      sql
        .exec<{ seq: number; kind: RecordKind; id: string }>(
          `SELECT * FROM record_change WHERE ${KNOWN} ORDER BY seq LIMIT ?`,
          limit,
        )
        .toArray(),
    removeThrough: (seq: number) => void sql.exec(`DELETE FROM record_change WHERE seq <= ? AND ${KNOWN}`, seq),
    isNoted: (kind: RecordKind, id: string) =>
      sql.exec('SELECT 1 FROM record_change WHERE kind = ? AND id = ?', kind, id).toArray().length > 0,
    note(kind: RecordKind, id: string): void {
      sql.exec('INSERT OR REPLACE INTO record_change (kind, id) VALUES (?, ?)', kind, id);
    },
    /** What has just come from Postgres need not go there. */
    unnote: (kind: RecordKind, id: string) =>
      void sql.exec('DELETE FROM record_change WHERE kind = ? AND id = ?', kind, id),
    isEmpty: () => sql.exec(`SELECT 1 FROM record_change WHERE ${KNOWN} LIMIT 1`).toArray().length === 0,
    count: () => sql.exec<{ n: number }>(`SELECT COUNT(*) AS n FROM record_change WHERE ${KNOWN}`).one().n,

    setAside: (kind: string, id: string, error: string, now: number) =>
      void sql.exec(
        'INSERT OR REPLACE INTO set_aside (kind, id, error, at) VALUES (?, ?, ?, ?)',
        kind,
        id,
        error.slice(0, 200),
        now,
      ),
    /** Notes what Postgres has and nobody can read. @param reason why, as src/persistence/sealing/envelope.ts says */
    setUnreadable: (kind: string, id: string, reason: string, now: number) =>
      void sql.exec(
        'INSERT OR REPLACE INTO set_aside (kind, id, error, at) VALUES (?, ?, ?, ?)',
        kind,
        id,
        `${UNREADABLE}${reason}`,
        now,
      ),
    hasUnreadable: () =>
      sql.exec('SELECT 1 FROM set_aside WHERE error GLOB ? LIMIT 1', `${UNREADABLE}*`).toArray().length > 0,
    forgetUnreadable: () => void sql.exec('DELETE FROM set_aside WHERE error GLOB ?', `${UNREADABLE}*`),
    asideCount: () => sql.exec<{ n: number }>('SELECT COUNT(*) AS n FROM set_aside').one().n,
    /** Those that could not be written: they are tried once more. */
    forgetAside: () => void sql.exec('DELETE FROM set_aside WHERE error NOT GLOB ?', `${UNREADABLE}*`),
  };
}
