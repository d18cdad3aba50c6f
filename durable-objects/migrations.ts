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
  {
    id: '003_palace',
    sql: `CREATE TABLE palace (
            row INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, name TEXT NOT NULL, layout TEXT NOT NULL,
            is_default INTEGER NOT NULL, created_at INTEGER NOT NULL
          ) STRICT;
          CREATE UNIQUE INDEX palace_default ON palace (is_default) WHERE is_default = 1;
          CREATE TABLE room (
            row INTEGER PRIMARY KEY AUTOINCREMENT, palace INTEGER NOT NULL, theme TEXT NOT NULL, ordinal INTEGER NOT NULL,
            grid_x INTEGER NOT NULL, grid_y INTEGER NOT NULL, grid_z INTEGER NOT NULL, -- cells
            min_x REAL NOT NULL, min_y REAL NOT NULL, min_z REAL NOT NULL, -- metres
            max_x REAL NOT NULL, max_y REAL NOT NULL, max_z REAL NOT NULL,
            capacity INTEGER NOT NULL, UNIQUE (palace, theme, ordinal)
          ) STRICT;
          CREATE TABLE door (
            palace INTEGER NOT NULL, room_a INTEGER NOT NULL, room_b INTEGER NOT NULL, -- the lower row first
            x REAL NOT NULL, y REAL NOT NULL, z REAL NOT NULL, width REAL NOT NULL, PRIMARY KEY (palace, room_a, room_b)
          ) STRICT, WITHOUT ROWID;
          CREATE TABLE anchor (
            room INTEGER NOT NULL, number INTEGER NOT NULL, x REAL NOT NULL, y REAL NOT NULL, z REAL NOT NULL,
            PRIMARY KEY (room, number)
          ) STRICT, WITHOUT ROWID;
          CREATE TABLE palace_snapshot (palace INTEGER NOT NULL, part BLOB NOT NULL) STRICT; -- where memories stood
          CREATE TABLE palace_moved (row INTEGER PRIMARY KEY) STRICT; -- memories that may stand elsewhere since
          -- a memory without a room was placed by an older rule, and waits to be placed anew
          ALTER TABLE memory ADD COLUMN palace INTEGER;
          ALTER TABLE memory ADD COLUMN room INTEGER;
          ALTER TABLE memory ADD COLUMN category TEXT;
          ALTER TABLE memory ADD COLUMN kind TEXT NOT NULL DEFAULT 'message';
          ALTER TABLE memory ADD COLUMN salience REAL NOT NULL DEFAULT 0.5;
          ALTER TABLE memory ADD COLUMN pinned INTEGER NOT NULL DEFAULT 0;
          ALTER TABLE memory ADD COLUMN stability REAL NOT NULL DEFAULT 0; -- days
          ALTER TABLE memory ADD COLUMN difficulty REAL NOT NULL DEFAULT 0;
          ALTER TABLE memory ADD COLUMN reps INTEGER NOT NULL DEFAULT 0;
          ALTER TABLE memory ADD COLUMN lapses INTEGER NOT NULL DEFAULT 0;
          ALTER TABLE memory ADD COLUMN last_review INTEGER NOT NULL DEFAULT 0;
          ALTER TABLE memory ADD COLUMN due INTEGER NOT NULL DEFAULT 0;
          ALTER TABLE memory ADD COLUMN valid_from INTEGER NOT NULL DEFAULT 0;
          ALTER TABLE memory ADD COLUMN valid_until INTEGER;
          ALTER TABLE memory ADD COLUMN superseded_by INTEGER; -- row
          ALTER TABLE memory ADD COLUMN duplicate_of INTEGER; -- row of the first that says the same
          ALTER TABLE memory ADD COLUMN words_key TEXT; -- hash of its words, to find duplicates
          CREATE INDEX memory_unplaced ON memory (row) WHERE room IS NULL;
          CREATE INDEX memory_room ON memory (room, row);
          CREATE INDEX memory_due ON memory (due, row) WHERE pinned = 0;
          CREATE INDEX memory_words ON memory (words_key, row);
          CREATE INDEX memory_superseded ON memory (superseded_by) WHERE superseded_by IS NOT NULL;
          CREATE INDEX memory_duplicate ON memory (duplicate_of) WHERE duplicate_of IS NOT NULL;`,
  },
  {
    id: '004_trails',
    sql: `CREATE TABLE trail (
            row INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, name TEXT NOT NULL, description TEXT,
            palace INTEGER NOT NULL, created_at INTEGER NOT NULL,
            stability REAL, -- days; null: never practised, and what follows says nothing
            difficulty REAL NOT NULL DEFAULT 0, reps INTEGER NOT NULL DEFAULT 0, lapses INTEGER NOT NULL DEFAULT 0,
            last_review INTEGER NOT NULL DEFAULT 0, due INTEGER NOT NULL DEFAULT 0
          ) STRICT;
          CREATE TABLE trail_stop (
            trail INTEGER NOT NULL, number INTEGER NOT NULL, -- from 1, in walking order
            anchor TEXT, memory TEXT, note TEXT, -- the API's names: rows may be numbered anew by a restore
            stability REAL, difficulty REAL NOT NULL DEFAULT 0, reps INTEGER NOT NULL DEFAULT 0,
            lapses INTEGER NOT NULL DEFAULT 0, last_review INTEGER NOT NULL DEFAULT 0, due INTEGER NOT NULL DEFAULT 0,
            PRIMARY KEY (trail, number)
          ) STRICT, WITHOUT ROWID;`,
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
