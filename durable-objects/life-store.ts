import type { MemoryFilters } from '../src/palace/memories/contract.ts';
import type { Vec3 } from '../src/palace/model.ts';
import type { Category } from '../src/palace/rooms/contract.ts';
import { reachOf, type Trace } from '../src/palace/strength.ts';

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

type LifeRow = {
  row: number;
  palace: number;
  room: number;
  category: Category;
  kind: 'message' | 'note';
  x: number;
  y: number;
  z: number;
  salience: number;
  pinned: number;
  stability: number;
  difficulty: number;
  reps: number;
  lapses: number;
  last_review: number;
  due: number;
  valid_from: number;
  valid_until: number | null;
  superseded_by: number | null;
  duplicate_of: number | null;
  words_key: string | null;
};

const COLUMNS = `row, palace, room, category, kind, x, y, z, salience, pinned, stability, difficulty, reps, lapses, last_review,
  due, valid_from, valid_until, superseded_by, duplicate_of, words_key`;
const PLACED = 'room IS NOT NULL';

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
  const find = (row: number): Life | null => {
    const [found] = sql.exec<LifeRow>(`SELECT ${COLUMNS} FROM memory WHERE row = ? AND ${PLACED}`, row).toArray();
    return found ? toLife(found) : null;
  };
  const noteMoved = (row: number) => void sql.exec('INSERT OR IGNORE INTO palace_moved (row) VALUES (?)', row);
  return {
    find,
    byRows: (rows: readonly number[]): Map<number, Life> =>
      new Map(
        sql
          .exec<LifeRow>(
            `SELECT ${COLUMNS} FROM memory WHERE row IN (SELECT value FROM json_each(?)) AND ${PLACED}`,
            JSON.stringify(rows),
          )
          .toArray()
          .map((row) => [row.row, toLife(row)]),
      ),
    all: (): IterableIterator<Life> => lives(sql.exec<LifeRow>(`SELECT ${COLUMNS} FROM memory WHERE ${PLACED}`)),

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
      return sql
        .exec<LifeRow>(
          `SELECT ${COLUMNS} FROM memory WHERE ${where.join(' AND ')} ORDER BY ${order} LIMIT ?`,
          ...values,
          query.limit,
        )
        .toArray()
        .map(toLife);
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
          `UPDATE memory SET superseded_by = NULL, valid_until = NULLIF(valid_until, ?) WHERE superseded_by = ? RETURNING row`,
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

function* lives(rows: Iterable<LifeRow>): IterableIterator<Life> {
  for (const row of rows) yield toLife(row);
}

const toLife = (r: LifeRow): Life => ({
  row: r.row,
  palace: r.palace,
  room: r.room,
  category: r.category,
  kind: r.kind,
  position: [r.x, r.y, r.z],
  salience: r.salience,
  pinned: r.pinned === 1,
  stability: r.stability,
  difficulty: r.difficulty,
  reps: r.reps,
  lapses: r.lapses,
  lastReview: r.last_review,
  due: r.due,
  validFrom: r.valid_from,
  validUntil: r.valid_until,
  supersededBy: r.superseded_by,
  duplicateOf: r.duplicate_of,
  wordsKey: r.words_key,
});
