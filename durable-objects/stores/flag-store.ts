import type { FlagChange, FlagChanges, FlagRule, FlagState } from '../../src/flags/contract.ts';
import type { FlagAuthor } from '../../src/flags/port.ts';
import { iso } from '../../src/shared/instant.ts';
import { type Page, pageOf } from '../../src/shared/page.ts';

/** Changes that are remembered; the oldest go. */
const KEPT_CHANGES = 10_000;

interface ChangeRow extends Record<string, SqlStorageValue> {
  id: number;
  at: number;
  key_id: string;
  request_id: string;
  flag: string;
  version: number;
  before: string | null;
  after: string | null;
}

/** Every statement about a tenant's flags and the log of their changes. Makes its tables. */
export function flagStore(sql: SqlStorage) {
  sql.exec(`
    CREATE TABLE IF NOT EXISTS flags (name TEXT PRIMARY KEY, rule TEXT NOT NULL) STRICT;
    CREATE TABLE IF NOT EXISTS flag_tenant (id TEXT PRIMARY KEY) STRICT;
    CREATE TABLE IF NOT EXISTS flag_changes (
      id INTEGER PRIMARY KEY AUTOINCREMENT, at INTEGER NOT NULL, key_id TEXT NOT NULL, request_id TEXT NOT NULL,
      flag TEXT NOT NULL, version INTEGER NOT NULL, before TEXT, after TEXT
    ) STRICT;
  `);
  const version = (): number =>
    sql.exec<{ version: number | null }>('SELECT max(version) AS version FROM flag_changes').one().version ?? 0;
  const state = (): FlagState => {
    const rows = sql.exec<{ name: string; rule: string }>('SELECT name, rule FROM flags').toArray();
    return { version: version(), rules: Object.fromEntries(rows.map(({ name, rule }) => [name, JSON.parse(rule)])) };
  };
  return {
    state,

    /** whose they are; null before the first change */
    tenant: (): string | null => sql.exec<{ id: string }>('SELECT id FROM flag_tenant').toArray()[0]?.id ?? null,
    remember: (tenantId: string) => void sql.exec('INSERT OR IGNORE INTO flag_tenant (id) VALUES (?)', tenantId),

    /** Writes what differs, and who changed it, as one version. In a transaction. */
    change(changes: FlagChanges, { keyId, requestId }: FlagAuthor, now: number): FlagState {
      const { rules, version: before } = state();
      for (const [name, rule] of Object.entries(changes)) {
        const [old, next] = [
          rules[name] === undefined ? null : JSON.stringify(rules[name]),
          rule && JSON.stringify(rule),
        ];
        if (old === next) continue;
        if (next === null) sql.exec('DELETE FROM flags WHERE name = ?', name);
        else sql.exec('INSERT OR REPLACE INTO flags (name, rule) VALUES (?, ?)', name, next);
        sql.exec(
          'INSERT INTO flag_changes (at, key_id, request_id, flag, version, before, after) VALUES (?, ?, ?, ?, ?, ?, ?)',
          ...[now, keyId, requestId, name, before + 1, old, next],
        );
      }
      sql.exec('DELETE FROM flag_changes WHERE id <= (SELECT max(id) FROM flag_changes) - ?', KEPT_CHANGES);
      return state();
    },

    /** The newest first. @param before an id of a change */
    changes(limit: number, before: number | null): Page<FlagChange> {
      const rows = sql
        .exec<ChangeRow>(
          'SELECT * FROM flag_changes WHERE id < ? ORDER BY id DESC LIMIT ?',
          before ?? Number.MAX_SAFE_INTEGER,
          limit + 1,
        )
        .toArray();
      const { items, next } = pageOf(rows, limit, ({ id }) => String(id));
      return { items: items.map(toChange), next };
    },
  };
}

const toChange = ({ id, at, before, after, ...rest }: ChangeRow): FlagChange => ({
  id: String(id),
  at: iso(at),
  key_id: rest.key_id,
  request_id: rest.request_id,
  flag: rest.flag,
  version: rest.version,
  before: ruleIn(before),
  after: ruleIn(after),
});

const ruleIn = (text: string | null): FlagRule | null => (text === null ? null : JSON.parse(text));
