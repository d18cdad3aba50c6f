import type { MemoryFilters } from '../../src/palace/memories/contract.ts';
import type { Vec3 } from '../../src/palace/model.ts';
import type { Category } from '../../src/palace/rooms/contract.ts';
import { reachOf, type Trace } from '../../src/palace/strength.ts';
import type { MessageRow } from './message-store.ts';

/** What a memory is, beside its vector: where it stands, how strong it is, what became of it. Numbers of others are rows. */
export interface Life extends Trace {
  row: number;
  palace: number;
  room: number;
  category: Category;
  kind: 'message' | 'note';
  position: Vec3;
  salience: number;
  pinned: boolean;
  /** epoch ms */
  validFrom: number;
  validUntil: number | null;
  supersededBy: number | null;
  duplicateOf: number | null;
  wordsKey: string | null;
}

/** Values of `COLUMNS`: read by place, since a query of a palace is answered in the time that naming them would take. */
type LifeValues = [
  row: number,
  palace: number,
  room: number,
  category: Category,
  kind: Life['kind'],
  x: number,
  y: number,
  z: number,
  salience: number,
  pinned: number,
  stability: number,
  difficulty: number,
  reps: number,
  lapses: number,
  lastReview: number,
  due: number,
  validFrom: number,
  validUntil: number | null,
  supersededBy: number | null,
  duplicateOf: number | null,
  wordsKey: string | null,
];
type SaidValues = [
  id: string,
  message_id: string | null,
  conversation_id: string,
  role: MessageRow['role'],
  speaker: string | null,
  content: string,
  sent_at: number,
];

/** A memory with what its message says: all that is shown of it. */
export interface PlacedWords {
  life: Life;
  said: Said;
}

/** Columns of a message that are shown with its memory. */
export type Said = Pick<
  MessageRow,
  'id' | 'message_id' | 'conversation_id' | 'role' | 'speaker' | 'content' | 'sent_at'
>;

const COLUMNS = `row, palace, room, category, kind, x, y, z, salience, pinned, stability, difficulty, reps, lapses, last_review,
  due, valid_from, valid_until, superseded_by, duplicate_of, words_key`;
const PLACED = 'room IS NOT NULL';
const AMONG = 'row IN (SELECT value FROM json_each(?))';

export interface LifeQuery {
  palace: number | null;
  room: number | null;
  filters: MemoryFilters;
  now: number;
  /** by `row` the newest first, by `due` the longest overdue first */
  order: 'row' | 'due';
  /** the last place seen */
  after: { due: number; row: number } | null;
  limit: number;
}

/** Every statement about a memory that is placed: the columns of `memory` that are not its vector. */
export function lifeStore(sql: SqlStorage) {
  const select = (where: string, ...values: SqlStorageValue[]) =>
    sql.exec(`SELECT ${COLUMNS} FROM memory WHERE ${where}`, ...values).raw<LifeValues>();
  const find = (row: number): Life | null => {
    const [found] = select(`row = ? AND ${PLACED}`, row);
    return found ? toLife(found) : null;
  };
  const noteMoved = (row: number) => void sql.exec('INSERT OR IGNORE INTO palace_moved (row) VALUES (?)', row);
  return {
    find,
    byRows: (rows: readonly number[]): Map<number, Life> =>
      new Map(
        Array.from(select(`${AMONG} AND ${PLACED}`, JSON.stringify(rows)), (values) => [values[0], toLife(values)]),
      ),
    /** As `byRows`, with what was said, in one statement: it is asked by every query of a palace. In no given order. */
    placedWords: (rows: readonly number[]): PlacedWords[] =>
      Array.from(
        sql
          .exec(
            `SELECT ${COLUMNS}, id, message_id, conversation_id, role, speaker, content, sent_at
             FROM memory JOIN message USING (row) WHERE ${AMONG} AND ${PLACED}`,
            JSON.stringify(rows),
          )
          .raw<[...LifeValues, ...SaidValues]>(),
        (values) => ({ life: toLife(values), said: toSaid(values) }),
      ),
    /** What memories in other rooms say, of any palace: at most `limit` texts, evenly out of all. */
    textsElsewhere(room: number, limit: number): string[] {
      const ELSEWHERE = `FROM memory JOIN message USING (row) WHERE ${PLACED} AND room <> ? AND duplicate_of IS NULL`;
      const { n } = sql.exec<{ n: number }>(`SELECT COUNT(*) AS n ${ELSEWHERE}`, room).one();
      const step = Math.max(1, Math.ceil(n / limit));
      return sql
        .exec<{ content: string }>(
          `SELECT content FROM (SELECT content, ROW_NUMBER() OVER (ORDER BY row) AS number ${ELSEWHERE}) WHERE number % ? = 0`,
          ...[room, step],
        )
        .toArray()
        .map(({ content }) => content);
    },
    /** Memories that say what an earlier one says, with the row of that one. */
    duplicates: (): Map<number, number> =>
      new Map(
        sql
          .exec<{ row: number; first: number }>(
            'SELECT row, duplicate_of AS first FROM memory WHERE duplicate_of IS NOT NULL',
          )
          .toArray()
          .map(({ row, first }) => [row, first]),
      ),
    all: (): IterableIterator<Life> => lives(select(PLACED)),

    /** Where all memories stand, by palace: `positions` is row-major [rows, 3], metres. Quick, since a query waits for it. */
    positions(): { palace: number; rows: Uint32Array; positions: Float32Array }[] {
      const counts = sql
        .exec<{ palace: number; n: number }>(`SELECT palace, COUNT(*) AS n FROM memory WHERE ${PLACED} GROUP BY palace`)
        .toArray();
      return counts.map(({ palace, n }) => {
        const [rows, positions] = [new Uint32Array(n), new Float32Array(3 * n)];
        let i = 0;
        const found = sql.exec(`SELECT row, x, y, z FROM memory WHERE palace = ? AND ${PLACED}`, palace).raw();
        for (const [row, x, y, z] of found as Iterable<number[]>) {
          rows[i] = row!;
          positions.set([x!, y!, z!], 3 * i++);
        }
        return { palace, rows, positions };
      });
    },

    /** Writes everything but the vector; without effect where the memory is gone. */
    put(life: Life): void {
      sql.exec(
        `UPDATE memory SET palace = ?, room = ?, category = ?, kind = ?, x = ?, y = ?, z = ?, salience = ?, pinned = ?,
           stability = ?, difficulty = ?, reps = ?, lapses = ?, last_review = ?, due = ?, valid_from = ?, valid_until = ?,
           superseded_by = ?, duplicate_of = ?, words_key = ? WHERE row = ?`,
        life.palace,
        life.room,
        life.category,
        life.kind,
        ...life.position,
        life.salience,
        life.pinned ? 1 : 0,
        life.stability,
        life.difficulty,
        life.reps,
        life.lapses,
        life.lastReview,
        life.due,
        life.validFrom,
        life.validUntil,
        life.supersededBy,
        life.duplicateOf,
        life.wordsKey,
        life.row,
      );
      noteMoved(life.row);
    },
    noteMoved,

    link: (row: number, field: 'superseded_by' | 'duplicate_of', other: number) =>
      void sql.exec(`UPDATE memory SET ${field} = ? WHERE row = ?`, other, row),

    /** Rows that wait to be placed, oldest first. */
    unplaced: (limit: number): number[] =>
      sql
        .exec<{ row: number }>('SELECT row FROM memory WHERE room IS NULL ORDER BY row LIMIT ?', limit)
        .toArray()
        .map(({ row }) => row),
    hasUnplaced: () => sql.exec('SELECT 1 FROM memory WHERE room IS NULL LIMIT 1').toArray().length > 0,

    /** The first memories with these words, that are not themselves duplicates. */
    firstWith: (wordsKey: string, before: number, limit: number): number[] =>
      sql
        .exec<{ row: number }>(
          'SELECT row FROM memory WHERE words_key = ? AND row <> ? AND duplicate_of IS NULL ORDER BY row LIMIT ?',
          wordsKey,
          before,
          limit,
        )
        .toArray()
        .map(({ row }) => row),

    list(query: LifeQuery): Life[] {
      const { where, values } = conditions(query);
      const [order, beyond] = query.order === 'due' ? ['due, row', '(due, row) > (?, ?)'] : ['row DESC', 'row < ?'];
      const { after } = query;
      if (after) {
        where.push(beyond);
        values.push(...(query.order === 'due' ? [after.due, after.row] : [after.row]));
      }
      return Array.from(select(`${where.join(' AND ')} ORDER BY ${order} LIMIT ?`, ...values, query.limit), toLife);
    },

    /**
     * Unties a memory that is about to go: the next of its duplicates becomes the one that counts, and what it superseded
     * is held true again. Returns rows that changed.
     */
    untie(row: number, validFrom: number): number[] {
      const heirs = sql
        .exec<{ row: number }>('SELECT row FROM memory WHERE duplicate_of = ? ORDER BY row', row)
        .toArray()
        .map((heir) => heir.row);
      const [heir] = heirs;
      if (heir !== undefined) {
        sql.exec('UPDATE memory SET duplicate_of = ? WHERE duplicate_of = ?', heir, row);
        sql.exec('UPDATE memory SET duplicate_of = NULL WHERE row = ?', heir);
      }
      const freed = sql
        .exec<{ row: number }>(
          // as it was ended: where the other began, but not before it began itself
          `UPDATE memory SET superseded_by = NULL, valid_until = NULLIF(valid_until, MAX(valid_from, ?))
           WHERE superseded_by = ? RETURNING row`,
          validFrom,
          row,
        )
        .toArray();
      return [...heirs, ...freed.map((one) => one.row)];
    },
  };
}

function conditions({ palace, room, filters, now }: LifeQuery): { where: string[]; values: SqlStorageValue[] } {
  const where = [PLACED];
  const values: SqlStorageValue[] = [];
  const must = (condition: string, ...given: SqlStorageValue[]) => {
    where.push(condition);
    values.push(...given);
  };
  if (palace !== null) must('palace = ?', palace);
  if (room !== null) must('room = ?', room);
  if (filters.category !== undefined) must('category = ?', filters.category);
  if (filters.kind !== undefined) must('kind = ?', filters.kind);
  if (filters.pinned !== undefined) must('pinned = ?', filters.pinned ? 1 : 0);
  if (filters.due === true) must('pinned = 0 AND due <= ?', now);
  if (filters.due === false) must('(pinned = 1 OR due > ?)', now);
  if (filters.min_strength !== undefined && filters.min_strength > 0) {
    must('(pinned = 1 OR ? - last_review <= stability * ?)', now, reachOf(filters.min_strength));
  }
  if (filters.valid_at !== undefined) {
    const at = Date.parse(filters.valid_at);
    must('valid_from <= ? AND (valid_until IS NULL OR valid_until > ?)', at, at);
  }
  if (!filters.include_superseded) must('superseded_by IS NULL');
  if (!filters.include_duplicates) must('duplicate_of IS NULL');
  return { where, values };
}

function* lives(found: Iterable<LifeValues>): IterableIterator<Life> {
  for (const values of found) yield toLife(values);
}

/** By number and not by destructuring: that would make an iterator and arrays for each row. */
const toLife = (values: Readonly<LifeValues> | Readonly<[...LifeValues, ...SaidValues]>): Life => ({
  row: values[0],
  palace: values[1],
  room: values[2],
  category: values[3],
  kind: values[4],
  position: [values[5], values[6], values[7]],
  salience: values[8],
  pinned: values[9] === 1,
  stability: values[10],
  difficulty: values[11],
  reps: values[12],
  lapses: values[13],
  lastReview: values[14],
  due: values[15],
  validFrom: values[16],
  validUntil: values[17],
  supersededBy: values[18],
  duplicateOf: values[19],
  wordsKey: values[20],
});

const toSaid = (values: Readonly<[...LifeValues, ...SaidValues]>): Said => ({
  id: values[21],
  message_id: values[22],
  conversation_id: values[23],
  role: values[24],
  speaker: values[25],
  content: values[26],
  sent_at: values[27],
});
