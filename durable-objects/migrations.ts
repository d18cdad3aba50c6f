import {
  ARRIVAL_IN_TIME,
  ARRIVAL_STORED,
  EVENT,
  MEMORY_INDEXES,
  META,
  MIRROR,
  noted,
  PALACE,
  RECORDS,
  TASK,
  TASK_DUE,
} from './tables.ts';

export interface Migration {
  readonly id: string;
  readonly sql: string;
}

/** Append only: a shipped entry never changes, and a new one goes at the end (and into schema.ts). Times are epoch ms. */
export const USER_MEMORY_MIGRATIONS: readonly Migration[] = [
  {
    id: '001_messages',
    sql: `${META}
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
    sql: `${TASK}
          CREATE INDEX task_open ON task (seq) WHERE state IN ('pending', 'processing');
          ${TASK_DUE}
          CREATE TABLE outbox (
            id INTEGER PRIMARY KEY AUTOINCREMENT, first_row INTEGER NOT NULL, last_row INTEGER NOT NULL,
            deleted_id TEXT -- set: that message is gone, and the rows say nothing
          ) STRICT;
          ${EVENT}
          CREATE TABLE idempotency (
            key TEXT PRIMARY KEY, fingerprint TEXT NOT NULL, answer TEXT NOT NULL, at INTEGER NOT NULL
          ) STRICT, WITHOUT ROWID;
          CREATE INDEX idempotency_at ON idempotency (at);`,
  },
  {
    id: '003_palace',
    sql: `${PALACE}
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
          ${MEMORY_INDEXES}`,
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
  {
    id: '005_mirror',
    sql: `${MIRROR}
          ALTER TABLE idempotency ADD COLUMN inferences TEXT; -- JSON list: the answer goes with the consent to any of them
          CREATE INDEX idempotency_inferences ON idempotency (key) WHERE inferences IS NOT NULL;`,
  },
  {
    id: '006_predictions',
    sql: `CREATE TABLE decision (
            row INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, context TEXT NOT NULL,
            options TEXT NOT NULL, -- JSON list of texts
            choice INTEGER, -- place among the options; null: not chosen yet
            outcome REAL, -- -1 to 1; null: not known
            decided_at INTEGER NOT NULL, created_at INTEGER NOT NULL,
            model TEXT, scale REAL, vector BLOB -- of the context, as in memory; null: not embedded
          ) STRICT;
          CREATE TABLE prediction (
            row INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL, version TEXT NOT NULL, -- that made it
            is_shown INTEGER NOT NULL, -- 0: made in shadow, to be scored beside the one that was shown
            kind TEXT NOT NULL, subject TEXT NOT NULL, -- reply: a conversation; decision: the id of one, or nothing
            after_row INTEGER NOT NULL, -- the truth comes after this message
            options TEXT NOT NULL, -- JSON, best first; erased when scored, like the vectors
            model TEXT, vectors BLOB, -- int8, [options, dimensions]; the scales are in the options
            confidence REAL NOT NULL, abstained INTEGER NOT NULL, made_at INTEGER NOT NULL,
            scored_at INTEGER, is_hit INTEGER, rank INTEGER, probability REAL, chance REAL,
            frequency_hit INTEGER, nearest_hit INTEGER, -- what baselines would have said
            UNIQUE (id, version)
          ) STRICT;
          CREATE INDEX prediction_open ON prediction (kind, subject, after_row) WHERE scored_at IS NULL;`,
  },
  {
    id: '007_archaeology',
    sql: `CREATE INDEX message_conversation ON message (conversation_id, sent_at, row); -- who spoke before and after whom
          CREATE TABLE gap_dirty (conversation_id TEXT PRIMARY KEY) STRICT, WITHOUT ROWID; -- changed since it was scanned
          CREATE TABLE gap (
            row INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, conversation_id TEXT NOT NULL,
            after_id TEXT NOT NULL, before_id TEXT NOT NULL, from_at INTEGER NOT NULL, to_at INTEGER NOT NULL,
            probability REAL NOT NULL, is_told INTEGER NOT NULL, -- likely enough to be told unasked
            expected REAL NOT NULL, low REAL NOT NULL, high REAL NOT NULL, -- messages
            reasons TEXT NOT NULL -- JSON
          ) STRICT;
          CREATE INDEX gap_time ON gap (from_at, row);
          CREATE INDEX gap_conversation ON gap (conversation_id);
          CREATE TABLE reconstruction (
            row INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, conversation_id TEXT NOT NULL,
            gap_id TEXT, after_id TEXT, before_id TEXT, from_at INTEGER, to_at INTEGER, -- null: not bounded
            position INTEGER NOT NULL, speaker TEXT, sent_at INTEGER, -- as proposed
            product TEXT NOT NULL, state TEXT NOT NULL,
            body TEXT, -- JSON; null: withdrawn, since what it rested on was deleted
            verdict TEXT, -- JSON
            memory_id TEXT, made_at INTEGER NOT NULL
          ) STRICT;
          CREATE INDEX reconstruction_place ON reconstruction (conversation_id, position);
          CREATE INDEX reconstruction_memory ON reconstruction (memory_id) WHERE memory_id IS NOT NULL;
          CREATE TABLE reconstruction_source (
            message_id TEXT NOT NULL, reconstruction INTEGER NOT NULL, is_gone INTEGER NOT NULL DEFAULT 0,
            PRIMARY KEY (message_id, reconstruction)
          ) STRICT, WITHOUT ROWID;
          CREATE INDEX reconstruction_sources ON reconstruction_source (reconstruction);
          CREATE TABLE other_copy ( -- of another participant's export: evidence, never a message
            row INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, conversation_id TEXT NOT NULL,
            speaker TEXT NOT NULL, is_own INTEGER NOT NULL, at INTEGER NOT NULL, content TEXT NOT NULL,
            certainty REAL NOT NULL
          ) STRICT;
          CREATE INDEX other_copy_at ON other_copy (conversation_id, at);
          CREATE TABLE dig (
            row INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, name TEXT NOT NULL, request TEXT NOT NULL,
            state TEXT NOT NULL, stage TEXT NOT NULL, done INTEGER NOT NULL DEFAULT 0, total INTEGER NOT NULL DEFAULT 0,
            attempts INTEGER NOT NULL DEFAULT 0, error TEXT, found TEXT NOT NULL, -- JSON
            created_at INTEGER NOT NULL, started_at INTEGER, finished_at INTEGER
          ) STRICT;
          CREATE INDEX dig_open ON dig (row) WHERE state IN ('pending', 'processing');
          CREATE TABLE dig_note (
            row INTEGER PRIMARY KEY AUTOINCREMENT, dig INTEGER NOT NULL, author TEXT NOT NULL, text TEXT NOT NULL,
            at INTEGER NOT NULL
          ) STRICT;
          CREATE INDEX dig_notes ON dig_note (dig);`,
  },
  {
    // what is not a message reaches Postgres by what changed: a trigger forgets no statement that writes a table
    id: '008_records',
    sql: `${RECORDS}
          INSERT OR IGNORE INTO record_change (kind, id) SELECT 'palace', id FROM palace;
          INSERT OR IGNORE INTO record_change (kind, id) SELECT 'consent', inference FROM consent;
          INSERT OR IGNORE INTO record_change (kind, id) SELECT 'audit', seq || '/' || at FROM audit;
          INSERT OR IGNORE INTO record_change (kind, id) SELECT 'trail', id FROM trail;
          INSERT OR IGNORE INTO record_change (kind, id) SELECT 'decision', id FROM decision;
          INSERT OR IGNORE INTO record_change (kind, id) SELECT 'prediction', id || '/' || version FROM prediction;
          INSERT OR IGNORE INTO record_change (kind, id) SELECT 'reconstruction', id FROM reconstruction;
          INSERT OR IGNORE INTO record_change (kind, id) SELECT 'other-copy', id FROM other_copy;
          INSERT OR IGNORE INTO record_change (kind, id) SELECT 'dig', id FROM dig;`,
  },
  {
    id: '009_room_names',
    sql: `CREATE TABLE room_name ( -- every name a room had; the newest row is its name
            row INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE,
            palace INTEGER NOT NULL, theme TEXT NOT NULL, ordinal INTEGER NOT NULL, -- a restore numbers rooms anew
            name TEXT NOT NULL, origin TEXT NOT NULL,
            inputs TEXT NOT NULL, -- JSON list of message ids: the name goes with any of them
            provenance TEXT, -- JSON; null: no text model wrote it
            named_at INTEGER NOT NULL
          ) STRICT;
          CREATE INDEX room_name_room ON room_name (palace, theme, ordinal, row);
          ${noted('room_name', 'room-name', (row) => `${row}.id`)}`,
  },
  {
    id: '010_retention',
    sql: 'CREATE INDEX message_accepted_at ON message (accepted_at);', // what is over its time, and when the next will be
  },
  {
    id: '011_outbox_origin',
    sql: `ALTER TABLE outbox ADD COLUMN added_at INTEGER NOT NULL DEFAULT 0; -- epoch ms; 0: not known
          ALTER TABLE outbox ADD COLUMN request_id TEXT; -- null: no request brought it about
          ALTER TABLE outbox ADD COLUMN traceparent TEXT;`, // null: it is not traced
  },
  {
    id: '012_relayout',
    sql: `CREATE TABLE relayout ( -- new layouts of whole palaces, as they were asked for; times are epoch ms
            seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, palace INTEGER NOT NULL, state TEXT NOT NULL,
            total INTEGER NOT NULL, progress REAL NOT NULL DEFAULT 0, moved INTEGER NOT NULL DEFAULT 0,
            attempts INTEGER NOT NULL DEFAULT 0, due_at INTEGER NOT NULL, error TEXT, ran_at TEXT,
            created_at INTEGER NOT NULL, started_at INTEGER, finished_at INTEGER, undone_at INTEGER
          ) STRICT;
          CREATE TABLE relayout_before ( -- where memories stood and were put, for as long as it can be taken back
            relayout INTEGER NOT NULL, part INTEGER NOT NULL, moves BLOB NOT NULL, PRIMARY KEY (relayout, part)
          ) STRICT;`,
  },
  {
    // each message wrote a page of each: 'task_due' has the order of work, and only a retention policy asks by time of
    // acceptance (it makes the index anew where there is one)
    id: '013_fewer_indexes',
    sql: 'DROP INDEX task_open; DROP INDEX message_accepted_at;',
  },
  {
    id: '014_shared_tasks', // what it adds is used no more: arrivals take its place
    sql: `ALTER TABLE message ADD COLUMN task_seq INTEGER; -- set: it shares this task, and its event has this number
          ALTER TABLE message ADD COLUMN event_seq INTEGER;`,
  },
  {
    id: '015_arrivals',
    sql: `CREATE TABLE arrival ( -- messages that share the task of those before them, until all are stored together
            row INTEGER PRIMARY KEY, id TEXT NOT NULL, natural_key TEXT NOT NULL, message_id TEXT, conversation_id TEXT NOT NULL,
            role TEXT NOT NULL, speaker TEXT, content TEXT NOT NULL, sent_at INTEGER NOT NULL, accepted_at INTEGER NOT NULL,
            metadata TEXT, keystrokes TEXT, task INTEGER NOT NULL, task_name TEXT NOT NULL, event INTEGER NOT NULL
          ) STRICT;
          CREATE TRIGGER arrival_stored BEFORE DELETE ON arrival BEGIN
            INSERT OR IGNORE INTO message (id, natural_key, message_id, conversation_id, role, speaker, content, sent_at,
                accepted_at, metadata, keystrokes)
              VALUES (OLD.id, OLD.natural_key, OLD.message_id, OLD.conversation_id, OLD.role, OLD.speaker, OLD.content,
                OLD.sent_at, OLD.accepted_at, OLD.metadata, OLD.keystrokes);
            INSERT OR IGNORE INTO event (seq, at, body) VALUES (OLD.event, OLD.accepted_at,
              json_object('type', 'message.accepted', 'message_ids', json_array(OLD.id), 'task_id', OLD.task_name));
            UPDATE task SET last_row = (SELECT MAX(row) FROM message), total = total + 1, finished_at = NULL,
                state = CASE state WHEN 'processing' THEN state ELSE 'pending' END WHERE seq = OLD.task;
          END;
          ${ARRIVAL_IN_TIME}`,
  },
  {
    id: '016_posted_arrivals', // with a task each, and what their request is known by
    sql: `ALTER TABLE arrival ADD COLUMN task_id TEXT; -- ULID; null: 'task' names it
          ALTER TABLE arrival ADD COLUMN request_id TEXT;
          ALTER TABLE arrival ADD COLUMN traceparent TEXT;
          DROP TRIGGER arrival_stored;
          ${ARRIVAL_STORED}`,
  },
];

const MIGRATION_TABLE = 'CREATE TABLE IF NOT EXISTS migration (id TEXT PRIMARY KEY) STRICT';

/** True once the object holds anything: an object that was only asked stays empty and costs no storage. */
export function isMigrated(sql: SqlStorage): boolean {
  return sql.exec("SELECT 1 FROM sqlite_master WHERE name = 'migration'").toArray().length > 0;
}

/**
 * Applies what is missing, each entry in its own transaction. Synchronous, so it may run in a constructor. Entries that
 * come after those known here are a later release's: after a rollback its tables stay, and this release passes them over.
 * So an entry may add, and must not take away or forbid what the release before it writes.
 *
 * @throws Error where the history of the storage is another
 */
export function migrate(storage: DurableObjectStorage, migrations: readonly Migration[]): void {
  storage.sql.exec(MIGRATION_TABLE);
  const applied = storage.sql.exec<{ id: string }>('SELECT id FROM migration ORDER BY id').toArray();
  applied.forEach(({ id }, i) => {
    if (i < migrations.length && migrations[i]!.id !== id)
      throw new Error(`migration ${i} is ${migrations[i]!.id}, storage has ${id}`);
  });
  for (const { id, sql } of migrations.slice(applied.length)) {
    storage.transactionSync(() => {
      storage.sql.exec(sql);
      storage.sql.exec('INSERT INTO migration (id) VALUES (?)', id);
    });
  }
}

/**
 * Makes all tables at once where there are none yet, and notes the entries as applied; else as `migrate`.
 *
 * @param schema what all entries together come to
 */
export function establish(storage: DurableObjectStorage, schema: string, migrations: readonly Migration[]): void {
  if (isMigrated(storage.sql)) {
    migrate(storage, migrations);
    return;
  }
  storage.transactionSync(() => {
    storage.sql.exec(schema);
    storage.sql.exec(MIGRATION_TABLE);
    const ids = JSON.stringify(migrations.map(({ id }) => id));
    storage.sql.exec('INSERT INTO migration (id) SELECT value FROM json_each(?)', ids);
  });
}
