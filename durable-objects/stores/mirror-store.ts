import type { Utterance } from '../../src/mirror/inference.ts';
import { noteOf } from '../../src/palace/note.ts';
import type { MessageRow } from './message-store.ts';

/** SQLite in an object takes at most 2 MB a value. */
const PART_BYTES = 1_500_000;

/** A state as it was saved: all messages up to row `through` that had a vector by then, those in `late` left out. */
export interface SavedState {
  version: string;
  through: number;
  bytes: Uint8Array;
}

type WithVector = MessageRow & { model: string | null; scale: number | null; vector: ArrayBuffer | null };

const JOINED = `SELECT message.*, memory.model, memory.scale, memory.vector
  FROM memory JOIN message ON message.row = memory.row`;

/** Every statement about `mirror_state`, `mirror_part` and `mirror_late`, and how the mirror reads messages. */
export function mirrorStore(sql: SqlStorage) {
  return {
    load(name: string): SavedState | null {
      const [head] = sql
        .exec<{ version: string; through: number }>('SELECT version, through FROM mirror_state WHERE name = ?', name)
        .toArray();
      if (!head) return null;
      const parts = sql
        .exec<{ part: ArrayBuffer }>('SELECT part FROM mirror_part WHERE name = ? ORDER BY number', name)
        .toArray();
      return { ...head, bytes: joined(parts.map(({ part }) => new Uint8Array(part))) };
    },
    save(name: string, { version, through, bytes }: SavedState, now: number): void {
      sql.exec(
        `INSERT INTO mirror_state (name, version, through, saved_at) VALUES (?, ?, ?, ?)
         ON CONFLICT (name) DO UPDATE SET version = excluded.version, through = excluded.through, saved_at = excluded.saved_at`,
        name,
        version,
        through,
        now,
      );
      sql.exec('DELETE FROM mirror_part WHERE name = ?', name);
      for (let at = 0, number = 0; at < bytes.length; at += PART_BYTES, number++) {
        const part = bytes.slice(at, at + PART_BYTES).buffer;
        sql.exec('INSERT INTO mirror_part (name, number, part) VALUES (?, ?, ?)', name, number, part);
      }
      sql.exec('DELETE FROM mirror_late WHERE name = ?', name);
    },
    erase(name: string): void {
      for (const table of ['mirror_state', 'mirror_part', 'mirror_late']) {
        sql.exec(`DELETE FROM ${table} WHERE name = ?`, name);
      }
    },

    late: (name: string): number[] =>
      sql
        .exec<{ row: number }>('SELECT row FROM mirror_late WHERE name = ? ORDER BY row', name)
        .toArray()
        .map(({ row }) => row),
    addLate: (name: string, row: number) =>
      void sql.exec('INSERT OR IGNORE INTO mirror_late (name, row) VALUES (?, ?)', name, row),
    removeLate: (name: string, row: number): boolean =>
      sql.exec('DELETE FROM mirror_late WHERE name = ? AND row = ? RETURNING row', name, row).toArray().length > 0,

    /** The next messages with a vector, of any role, in order of arrival. */
    after: (row: number, limit: number): Heard[] =>
      sql
        .exec<WithVector>(`${JOINED} WHERE memory.row > ? ORDER BY memory.row LIMIT ?`, row, limit)
        .toArray()
        .map(heardOf),
    byRows: (rows: readonly number[]): Heard[] =>
      sql
        .exec<WithVector>(
          `${JOINED} WHERE memory.row IN (SELECT value FROM json_each(?)) ORDER BY memory.row`,
          JSON.stringify(rows),
        )
        .toArray()
        .map(heardOf),
    /** The last row with a vector; 0: none. */
    lastRow: () => sql.exec<{ row: number | null }>('SELECT MAX(row) AS row FROM memory').one().row ?? 0,
  };
}

/** A message with a vector; `utterance` is null if it is not something that the remembered person said. */
export interface Heard {
  row: number;
  utterance: Utterance | null;
}

function heardOf(row: WithVector): Heard {
  return { row: row.row, utterance: isTheirs(row) ? toUtterance(row, vectorOf(row), row.model) : null };
}

/** True of what the remembered person said; a note is written about them. */
export const isTheirs = (row: MessageRow): boolean => row.role === 'user' && noteOf(row) === null;

/** A message as inferences see it. */
export function toUtterance(row: MessageRow, vector: Float32Array | null, model: string | null): Utterance {
  return {
    row: row.row,
    id: row.id,
    conversationId: row.conversation_id,
    content: row.content,
    sentAt: row.sent_at,
    vector,
    model: vector === null ? null : model,
    keystrokes: row.keystrokes === null ? null : JSON.parse(row.keystrokes),
  };
}

function vectorOf({ vector, scale }: WithVector): Float32Array | null {
  if (vector === null || scale === null) return null;
  return Float32Array.from(new Int8Array(vector), (component) => component * scale);
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}
