import { USER_MEMORY_MIGRATIONS } from './migrations.ts';
import {
  ARRIVAL_IN_TIME,
  ARRIVAL_STORED,
  EVENT,
  MEMORY_INDEXES,
  META,
  MIRROR,
  PALACE,
  RECORDS,
  TASK,
  TASK_DUE,
} from './tables.ts';

/** An entry whose tables no later one alters. */
const entry = (id: string) => USER_MEMORY_MIGRATIONS.find((migration) => migration.id === id)!.sql;

/**
 * What all migrations of a person's storage come to, for one that holds nothing. A third of the time of going through them,
 * and less memory: the runtime keeps each statement prepared for as long as the object is awake, 8 KiB for each column that
 * is added. A test holds it equal to what the migrations make, so a new entry is written here as well.
 */
export const USER_MEMORY_SCHEMA = `
${META}
CREATE TABLE message (
  row INTEGER PRIMARY KEY AUTOINCREMENT, -- never used twice: the index in memory and the outbox name rows
  id TEXT NOT NULL, natural_key TEXT NOT NULL UNIQUE, message_id TEXT, conversation_id TEXT NOT NULL,
  role TEXT NOT NULL, speaker TEXT, content TEXT NOT NULL, sent_at INTEGER NOT NULL, accepted_at INTEGER NOT NULL,
  metadata TEXT, keystrokes TEXT, task_seq INTEGER, event_seq INTEGER -- the last two are used no more
) STRICT;
CREATE INDEX message_sent_at ON message (sent_at, row);
CREATE TABLE memory (
  row INTEGER PRIMARY KEY, x REAL NOT NULL, y REAL NOT NULL, z REAL NOT NULL, -- metres
  model TEXT NOT NULL, scale REAL NOT NULL, vector BLOB NOT NULL, -- int8, component = int8 * scale
  palace INTEGER, room INTEGER, category TEXT, kind TEXT NOT NULL DEFAULT 'message',
  salience REAL NOT NULL DEFAULT 0.5, pinned INTEGER NOT NULL DEFAULT 0,
  stability REAL NOT NULL DEFAULT 0, -- days
  difficulty REAL NOT NULL DEFAULT 0, reps INTEGER NOT NULL DEFAULT 0, lapses INTEGER NOT NULL DEFAULT 0,
  last_review INTEGER NOT NULL DEFAULT 0, due INTEGER NOT NULL DEFAULT 0,
  valid_from INTEGER NOT NULL DEFAULT 0, valid_until INTEGER,
  superseded_by INTEGER, duplicate_of INTEGER, -- rows
  words_key TEXT -- hash of its words, to find duplicates
) STRICT;
${MEMORY_INDEXES}
${TASK}
${TASK_DUE}
CREATE TABLE outbox (
  id INTEGER PRIMARY KEY AUTOINCREMENT, first_row INTEGER NOT NULL, last_row INTEGER NOT NULL,
  deleted_id TEXT, -- set: that message is gone, and the rows say nothing
  added_at INTEGER NOT NULL DEFAULT 0, request_id TEXT, traceparent TEXT
) STRICT;
${EVENT}
CREATE TABLE idempotency (
  key TEXT PRIMARY KEY, fingerprint TEXT NOT NULL, answer TEXT NOT NULL, at INTEGER NOT NULL,
  inferences TEXT -- JSON list: the answer goes with the consent to any of them
) STRICT, WITHOUT ROWID;
CREATE INDEX idempotency_at ON idempotency (at);
CREATE INDEX idempotency_inferences ON idempotency (key) WHERE inferences IS NOT NULL;
${PALACE}
${entry('004_trails')}
${MIRROR}
${entry('006_predictions')}
${entry('007_archaeology')}
${RECORDS}
${entry('009_room_names')}
${entry('012_relayout')}
CREATE TABLE arrival ( -- messages of which no more is stored yet; of those said over a socket several have one task
  row INTEGER PRIMARY KEY, id TEXT NOT NULL, natural_key TEXT NOT NULL, message_id TEXT, conversation_id TEXT NOT NULL,
  role TEXT NOT NULL, speaker TEXT, content TEXT NOT NULL, sent_at INTEGER NOT NULL, accepted_at INTEGER NOT NULL,
  metadata TEXT, keystrokes TEXT,
  task INTEGER NOT NULL, -- 0; a release before 016 names the task by its number
  task_name TEXT NOT NULL, event INTEGER NOT NULL,
  task_id TEXT, -- ULID
  request_id TEXT, traceparent TEXT
) STRICT;
${ARRIVAL_IN_TIME}
${ARRIVAL_STORED}`;
