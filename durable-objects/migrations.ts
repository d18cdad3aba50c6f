export interface Migration {
  readonly id: string;
  readonly sql: string;
}

/** Append only: a shipped entry never changes, and a new one goes at the end. Times are epoch ms. */
export const USER_MEMORY_MIGRATIONS: readonly Migration[] = [
  {
    id: '001_messages',
    sql: `CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
          CREATE TABLE message (
            row INTEGER PRIMARY KEY AUTOINCREMENT, -- never used twice: the index in memory and the outbox name rows
            id TEXT NOT NULL, natural_key TEXT NOT NULL UNIQUE, message_id TEXT, conversation_id TEXT NOT NULL,
            role TEXT NOT NULL, speaker TEXT, content TEXT NOT NULL, sent_at INTEGER NOT NULL, accepted_at INTEGER NOT NULL,
            metadata TEXT, keystrokes TEXT
          ) STRICT;
          CREATE INDEX message_sent_at ON message (sent_at, row);
          CREATE TABLE memory (
            row INTEGER PRIMARY KEY, x REAL NOT NULL, y REAL NOT NULL, z REAL NOT NULL, -- metres
            model TEXT NOT NULL, scale REAL NOT NULL, vector BLOB NOT NULL -- int8, component = int8 * scale
          ) STRICT;`,
  },
  {
    id: '002_tasks',
    sql: `CREATE TABLE task (
            seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, state TEXT NOT NULL,
            first_row INTEGER NOT NULL, last_row INTEGER NOT NULL, -- its messages; none if last_row < first_row
            next_row INTEGER NOT NULL, -- rows before it are ready
            total INTEGER NOT NULL, done INTEGER NOT NULL DEFAULT 0, attempts INTEGER NOT NULL DEFAULT 0,
            due_at INTEGER NOT NULL, error TEXT, faults INTEGER NOT NULL DEFAULT 0, -- messages refused by the model
            created_at INTEGER NOT NULL, started_at INTEGER, finished_at INTEGER
          ) STRICT;
          CREATE INDEX task_open ON task (seq) WHERE state IN ('pending', 'processing');
          CREATE INDEX task_due ON task (due_at) WHERE state IN ('pending', 'processing'); -- asked at each message
          CREATE TABLE outbox (
            id INTEGER PRIMARY KEY AUTOINCREMENT, first_row INTEGER NOT NULL, last_row INTEGER NOT NULL,
            deleted_id TEXT -- set: that message is gone, and the rows say nothing
          ) STRICT;
          CREATE TABLE event (seq INTEGER PRIMARY KEY AUTOINCREMENT, at INTEGER NOT NULL, body TEXT NOT NULL) STRICT;
          CREATE TABLE idempotency (
            key TEXT PRIMARY KEY, fingerprint TEXT NOT NULL, answer TEXT NOT NULL, at INTEGER NOT NULL
          ) STRICT, WITHOUT ROWID;
          CREATE INDEX idempotency_at ON idempotency (at);`,
  },
];

/** True once the object holds anything: an object that was only asked stays empty and costs no storage. */
export function isMigrated(sql: SqlStorage): boolean {
  return sql.exec("SELECT 1 FROM sqlite_master WHERE name = 'migration'").toArray().length > 0;
}

/** Applies what is missing, each entry in its own transaction. Synchronous, so it may run in a constructor. */
export function migrate(storage: DurableObjectStorage, migrations: readonly Migration[]): void {
  storage.sql.exec('CREATE TABLE IF NOT EXISTS migration (id TEXT PRIMARY KEY) STRICT');
  const applied = storage.sql.exec<{ id: string }>('SELECT id FROM migration ORDER BY id').toArray();
  applied.forEach(({ id }, i) => {
    if (migrations[i]?.id !== id) throw new Error(`migration ${i} is ${migrations[i]?.id}, storage has ${id}`);
  });
  for (const { id, sql } of migrations.slice(applied.length)) {
    storage.transactionSync(() => {
      storage.sql.exec(sql);
      storage.sql.exec('INSERT INTO migration (id) VALUES (?)', id);
    });
  }
}
