import { fromBase64, toBase64 } from '../../src/shared/base64.ts';
import type { RecordBody, RecordGroup, RecordPlace } from '../stores/record-store.ts';

/** A table whose rows are records. */
export interface RecordTable {
  table: string;
  /** its number, which lists are ordered by; null: it has none */
  number: string | null;
  /** columns that make the id of a record; the last may hold a slash */
  keys: readonly string[];
  /** columns that hold the number of a row of another table, by whose `id` it is known outside */
  references?: readonly { column: string; table: string }[];
  /** a table of rows that belong to one, in their order */
  children?: { table: string; parent: string; order: string };
}

type Row = Record<string, SqlStorageValue>;

/**
 * Records of a table: each column as it is, BLOBs in base64. Numbers are kept where they are free, so that lists keep
 * their order; what is known by number is named by id instead.
 */
export function tableGroup(
  sql: SqlStorage,
  { table, number, keys, references = [], children }: RecordTable,
): RecordGroup {
  const named = (name: string) => sql.exec<Row>(`SELECT name FROM pragma_table_info('${name}')`).toArray();
  const columns = memo(() => named(table).map(({ name }) => String(name)));
  const childColumns = memo(() => (children ? named(children.table).map(({ name }) => String(name)) : []));
  const isKey = keys.map((key) => `${key} = ?`).join(' AND ');
  const find = (id: string): Row | undefined =>
    sql.exec<Row>(`SELECT * FROM ${table} WHERE ${isKey}`, ...partsOf(id, keys.length)).toArray()[0];
  const idOf = (row: Row) => keys.map((key) => String(row[key])).join('/');
  const insert = (into: string, row: Row) => {
    const names = Object.keys(row);
    const marks = names.map(() => '?').join(', ');
    sql.exec(`INSERT INTO ${into} (${names.join(', ')}) VALUES (${marks})`, ...Object.values(row));
  };
  return {
    dump(id) {
      const row = find(id);
      if (!row) return null;
      const body: RecordBody = plain(row);
      for (const { column, table: other } of references) {
        const [found] = sql.exec<Row>(`SELECT id FROM ${other} WHERE row = ?`, row[column]!).toArray();
        body[column] = found?.id ?? null;
      }
      if (children && number) {
        const { table: below, parent, order } = children;
        body[below] = sql
          .exec<Row>(`SELECT * FROM ${below} WHERE ${parent} = ? ORDER BY ${order}`, row[number]!)
          .toArray()
          .map(({ [parent]: _parent, row: _row, ...rest }) => plain(rest));
      }
      return body;
    },

    load(body) {
      const row = stored(body, columns());
      if (find(idOf(row))) return idOf(row);
      for (const { column, table: other } of references) {
        const [found] = sql.exec<Row>(`SELECT row FROM ${other} WHERE id = ?`, String(body[column])).toArray();
        if (!found) return null;
        row[column] = found.row!;
      }
      if (number && isTaken(row[number])) delete row[number];
      insert(table, row);
      if (!number) return idOf(row);
      const at = row[number] ?? sql.exec<{ n: number }>(`SELECT MAX(${number}) AS n FROM ${table}`).one().n;
      const below = children && body[children.table];
      for (const child of Array.isArray(below) ? below : []) {
        insert(children!.table, { ...stored(child, childColumns()), [children!.parent]: at });
      }
      return idOf({ ...row, [number]: at });
    },

    page(after, limit) {
      const order = number ?? keys[0]!;
      return sql
        .exec<Row>(
          `SELECT ${order} AS place, ${keys.join(', ')} FROM ${table} WHERE ?1 IS NULL OR ${order} > ?1
           ORDER BY ${order} LIMIT ?2`,
          after,
          limit,
        )
        .toArray()
        .map((row) => ({ id: idOf(row), place: row.place as RecordPlace }));
    },
  };

  function isTaken(value: SqlStorageValue | undefined): boolean {
    if (value === undefined || value === null) return true;
    return sql.exec(`SELECT 1 FROM ${table} WHERE ${number} = ?`, value).toArray().length > 0;
  }
}

function memo<T>(make: () => T): () => T {
  let made: T | undefined;
  return () => (made ??= make());
}

/** The last part may hold a slash. */
function partsOf(id: string, count: number): string[] {
  const parts = id.split('/');
  return [...parts.slice(0, count - 1), parts.slice(count - 1).join('/')];
}

const plain = (row: Row): RecordBody =>
  Object.fromEntries(
    Object.entries(row).map(([name, value]) => [
      name,
      value instanceof ArrayBuffer ? { base64: toBase64(new Uint8Array(value)) } : value,
    ]),
  );

/** The columns that there are today: one that a later release has added is passed over. */
function stored(body: RecordBody, columns: readonly string[]): Row {
  const row: Row = {};
  for (const column of columns) {
    const value = body[column];
    if (value === undefined) continue;
    const isBlob = typeof value === 'object' && value !== null && 'base64' in value;
    row[column] = isBlob ? fromBase64(String(value.base64)).buffer : (value as SqlStorageValue);
  }
  return row;
}
