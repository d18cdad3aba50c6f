/** Tables that shipped migrations make and no later one alters: text of both the migrations and the schema, so it never changes. */

export const META = `CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;`;

export const TASK = `CREATE TABLE task (
  seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, state TEXT NOT NULL,
  first_row INTEGER NOT NULL, last_row INTEGER NOT NULL, -- its messages; none if last_row < first_row
  next_row INTEGER NOT NULL, -- rows before it are ready
  total INTEGER NOT NULL, done INTEGER NOT NULL DEFAULT 0, attempts INTEGER NOT NULL DEFAULT 0,
  due_at INTEGER NOT NULL, error TEXT, faults INTEGER NOT NULL DEFAULT 0, -- messages refused by the model
  created_at INTEGER NOT NULL, started_at INTEGER, finished_at INTEGER
) STRICT;`;

export const TASK_DUE = `CREATE INDEX task_due ON task (due_at) WHERE state IN ('pending', 'processing'); -- asked at each message`;

export const EVENT = `CREATE TABLE event (seq INTEGER PRIMARY KEY AUTOINCREMENT, at INTEGER NOT NULL, body TEXT NOT NULL) STRICT;`;

/** Makes messages of arrivals, and their events and tasks. Part of a shipped entry: it never changes. */
export const ARRIVAL_STORED = `CREATE TRIGGER arrival_stored BEFORE DELETE ON arrival BEGIN
  INSERT OR IGNORE INTO message (id, natural_key, message_id, conversation_id, role, speaker, content, sent_at, accepted_at,
      metadata, keystrokes)
    VALUES (OLD.id, OLD.natural_key, OLD.message_id, OLD.conversation_id, OLD.role, OLD.speaker, OLD.content, OLD.sent_at,
      OLD.accepted_at, OLD.metadata, OLD.keystrokes);
  INSERT OR IGNORE INTO event (seq, at, body) VALUES (OLD.event, OLD.accepted_at,
    json_object('type', 'message.accepted', 'message_ids', json_array(OLD.id), 'task_id', OLD.task_name));
  INSERT OR IGNORE INTO task (id, state, first_row, last_row, next_row, total, due_at, created_at)
    SELECT OLD.task_id, 'pending', row, row, row, 0, OLD.accepted_at, OLD.accepted_at FROM message
    WHERE natural_key = OLD.natural_key; -- ignored where the release before this has named its task by number alone
  UPDATE task SET last_row = (SELECT MAX(row) FROM message), total = total + 1, finished_at = NULL,
      state = CASE state WHEN 'processing' THEN state ELSE 'pending' END
    WHERE seq = OLD.task OR id = OLD.task_id;
END;`;

/** For a release that knows nothing of arrivals; never needed by one that does. Part of a shipped entry, as above. */
export const ARRIVAL_IN_TIME = `CREATE TRIGGER arrival_in_time AFTER UPDATE OF next_row, attempts ON task
WHEN EXISTS (SELECT 1 FROM arrival) BEGIN
  INSERT INTO outbox (first_row, last_row, added_at)
    SELECT seq + 1, seq + n, at FROM sqlite_sequence, (SELECT COUNT(*) AS n, MIN(accepted_at) AS at FROM arrival)
    WHERE name = 'message';
  DELETE FROM arrival;
END;`;

export const PALACE = `CREATE TABLE palace (
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
CREATE TABLE palace_moved (row INTEGER PRIMARY KEY) STRICT; -- memories that may stand elsewhere since`;

export const MEMORY_INDEXES = `CREATE INDEX memory_unplaced ON memory (row) WHERE room IS NULL;
CREATE INDEX memory_room ON memory (room, row);
CREATE INDEX memory_due ON memory (due, row) WHERE pinned = 0;
CREATE INDEX memory_words ON memory (words_key, row);
CREATE INDEX memory_superseded ON memory (superseded_by) WHERE superseded_by IS NOT NULL;
CREATE INDEX memory_duplicate ON memory (duplicate_of) WHERE duplicate_of IS NOT NULL;`;

export const MIRROR = `CREATE TABLE consent (
  inference TEXT PRIMARY KEY, granted INTEGER NOT NULL, changed_at INTEGER NOT NULL -- no row: never asked, off
) STRICT, WITHOUT ROWID;
CREATE TABLE audit (
  seq INTEGER PRIMARY KEY AUTOINCREMENT, at INTEGER NOT NULL, action TEXT NOT NULL,
  inferences TEXT NOT NULL, -- JSON list
  key_id TEXT NOT NULL, request_id TEXT NOT NULL
) STRICT;
CREATE INDEX audit_action ON audit (action, seq);
CREATE TABLE mirror_state (
  name TEXT PRIMARY KEY, version TEXT NOT NULL, through INTEGER NOT NULL, -- the last row taken in
  saved_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE mirror_part (
  name TEXT NOT NULL, number INTEGER NOT NULL, part BLOB NOT NULL, UNIQUE (name, number)
) STRICT;
-- rows below 'through' that got their vector later: taken in, but not yet part of what is saved
CREATE TABLE mirror_late (name TEXT NOT NULL, row INTEGER NOT NULL, PRIMARY KEY (name, row)) STRICT, WITHOUT ROWID;`;

/**
 * Triggers that note each change of a table's rows. Part of a shipped entry: it never changes. First the old note goes:
 * `OR REPLACE` within a trigger gives way to the conflict clause of the statement that fired it.
 */
export function noted(table: string, kind: string, id: (row: 'NEW' | 'OLD') => string): string {
  return (['INSERT', 'UPDATE', 'DELETE'] as const)
    .map((change) => {
      const key = id(change === 'DELETE' ? 'OLD' : 'NEW');
      return `CREATE TRIGGER ${table}_noted_${change.toLowerCase()} AFTER ${change} ON ${table} WHEN ${key} IS NOT NULL BEGIN
                DELETE FROM record_change WHERE kind = '${kind}' AND id = ${key};
                INSERT INTO record_change (kind, id) VALUES ('${kind}', ${key});
              END;`;
    })
    .join('\n');
}

/** What had records when changes were first noted. Part of a shipped entry, as above. */
const RECORDS_NOTED = [
  noted('palace', 'palace', (row) => `${row}.id`),
  noted('room', 'palace', (row) => `(SELECT id FROM palace WHERE palace.row = ${row}.palace)`),
  noted('consent', 'consent', (row) => `${row}.inference`),
  noted('audit', 'audit', (row) => `${row}.seq || '/' || ${row}.at`),
  noted('trail', 'trail', (row) => `${row}.id`),
  noted('trail_stop', 'trail', (row) => `(SELECT id FROM trail WHERE trail.row = ${row}.trail)`),
  noted('decision', 'decision', (row) => `${row}.id`),
  noted('prediction', 'prediction', (row) => `${row}.id || '/' || ${row}.version`),
  noted('reconstruction', 'reconstruction', (row) => `${row}.id`),
  noted(
    'reconstruction_source',
    'reconstruction',
    (row) => `(SELECT id FROM reconstruction AS r WHERE r.row = ${row}.reconstruction)`,
  ),
  noted('other_copy', 'other-copy', (row) => `${row}.id`),
  noted('dig', 'dig', (row) => `${row}.id`),
  noted('dig_note', 'dig', (row) => `(SELECT id FROM dig WHERE dig.row = ${row}.dig)`),
].join('\n');

export const RECORDS = `CREATE TABLE record_change (
  seq INTEGER PRIMARY KEY AUTOINCREMENT, -- a record that changes again gets a new one
  kind TEXT NOT NULL, id TEXT NOT NULL, UNIQUE (kind, id)
) STRICT;
-- from the time of day on, so that a new life of the object never falls behind what an old one has written
INSERT INTO record_change (seq, kind, id) VALUES (CAST(strftime('%s', 'now') AS INTEGER) * 1000, '', '');
DELETE FROM record_change;
CREATE TABLE set_aside ( -- what Postgres refuses, with the reason
  kind TEXT NOT NULL, id TEXT NOT NULL, error TEXT NOT NULL, at INTEGER NOT NULL, PRIMARY KEY (kind, id)
) STRICT, WITHOUT ROWID;
${RECORDS_NOTED}`;
