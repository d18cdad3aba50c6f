import type { TaskState } from '../../src/messages/contract.ts';
import type { Move } from '../../src/palace/relayout/plan-moves.ts';

/** A new layout of a palace: asked for, under way or ended. */
export interface Relayout {
  seq: number;
  /** ULID */
  id: string;
  /** row of its palace */
  palace: number;
  state: TaskState;
  /** memories that were there when it was asked for */
  total: number;
  /** 0..1 */
  progress: number;
  moved: number;
  attempts: number;
  /** epoch ms: when a consumer is asked (again) */
  dueAt: number;
  error: string | null;
  ranAt: 'cpu' | 'webgpu' | 'local' | null;
  /** epoch ms */
  createdAt: number;
  startedAt: number | null;
  finishedAt: number | null;
  undoneAt: number | null;
}

/** Where a memory stood and where it was put. */
export interface Moved {
  before: Move;
  after: Move;
}

type Row = {
  seq: number;
  id: string;
  palace: number;
  state: TaskState;
  total: number;
  progress: number;
  moved: number;
  attempts: number;
  due_at: number;
  error: string | null;
  ran_at: Relayout['ranAt'];
  created_at: number;
  started_at: number | null;
  finished_at: number | null;
  undone_at: number | null;
};

/** Numbers of one Moved: row, two rooms, two positions; 36 bytes, so that a part fits a row of 2 MB. */
const FIELDS = 9;
const MOVES_A_PART = 40_000;
/** Ended ones are kept for so many newer ones. */
const KEPT = 200;
const OPEN = "state IN ('pending', 'processing')";

/** Every statement about `relayout` and `relayout_before`. */
export function relayoutStore(sql: SqlStorage) {
  const first = (where: string, ...values: SqlStorageValue[]): Relayout | null => {
    const row = sql.exec<Row>(`SELECT * FROM relayout WHERE ${where} LIMIT 1`, ...values).toArray()[0];
    return row ? toRelayout(row) : null;
  };
  return {
    find: (id: string) => first('id = ?', id),
    last: (palace: number) => first('palace = ? ORDER BY seq DESC', palace),
    openOf: (palace: number) => first(`palace = ? AND ${OPEN}`, palace),
    open: (): Relayout[] =>
      sql.exec<Row>(`SELECT * FROM relayout WHERE ${OPEN} ORDER BY seq`).toArray().map(toRelayout),
    add(id: string, palace: number, total: number, now: number): void {
      sql.exec(
        `INSERT INTO relayout (id, palace, state, total, due_at, created_at) VALUES (?, ?, 'pending', ?, ?, ?)`,
        id,
        palace,
        total,
        now,
        now,
      );
      sql.exec(`DELETE FROM relayout WHERE NOT (${OPEN}) AND seq <= (SELECT MAX(seq) FROM relayout) - ?`, KEPT);
    },
    /** Writes what may change. */
    save(one: Relayout): void {
      sql.exec(
        `UPDATE relayout SET state = ?, total = ?, progress = ?, moved = ?, attempts = ?, due_at = ?, error = ?, ran_at = ?,
           started_at = ?, finished_at = ?, undone_at = ? WHERE seq = ?`,
        one.state,
        one.total,
        one.progress,
        one.moved,
        one.attempts,
        one.dueAt,
        one.error,
        one.ranAt,
        one.startedAt,
        one.finishedAt,
        one.undoneAt,
        one.seq,
      );
    },
    nextDue: () => sql.exec<{ at: number | null }>(`SELECT MIN(due_at) AS at FROM relayout WHERE ${OPEN}`).one().at,

    keepMoves(seq: number, moves: readonly Moved[]): void {
      for (let from = 0, part = 0; from < moves.length; from += MOVES_A_PART, part++) {
        const packed = pack(moves.slice(from, from + MOVES_A_PART));
        sql.exec('INSERT INTO relayout_before (relayout, part, moves) VALUES (?, ?, ?)', seq, part, packed);
      }
    },
    moves: (seq: number): Moved[] =>
      sql
        .exec<{ moves: ArrayBuffer }>('SELECT moves FROM relayout_before WHERE relayout = ? ORDER BY part', seq)
        .toArray()
        .flatMap(({ moves }) => unpack(moves)),
    hasMoves: (seq: number): boolean =>
      sql.exec('SELECT 1 FROM relayout_before WHERE relayout = ? LIMIT 1', seq).toArray().length > 0,
    /** Those of one palace. */
    forgetMoves: (palace: number) =>
      void sql.exec(
        'DELETE FROM relayout_before WHERE relayout IN (SELECT seq FROM relayout WHERE palace = ?)',
        palace,
      ),
    forgetMovesBefore: (cutoff: number) =>
      void sql.exec(
        'DELETE FROM relayout_before WHERE relayout IN (SELECT seq FROM relayout WHERE finished_at <= ?)',
        cutoff,
      ),
    /** epoch ms: when the first of those that can be taken back has ended; null: none can */
    oldestMoves: (): number | null =>
      sql
        .exec<{ at: number | null }>(
          'SELECT MIN(finished_at) AS at FROM relayout WHERE seq IN (SELECT relayout FROM relayout_before)',
        )
        .one().at,

    /** Memories of a palace by the model of their vectors, the most first. */
    models: (palace: number) =>
      sql
        .exec<{ model: string; n: number; width: number }>(
          `SELECT model, COUNT(*) AS n, MAX(LENGTH(vector)) AS width FROM memory
           WHERE palace = ? AND room IS NOT NULL GROUP BY model ORDER BY n DESC, model`,
          palace,
        )
        .toArray(),
    vectors: (palace: number, model: string, width: number, afterRow: number, limit: number) =>
      sql
        .exec<{ row: number; scale: number; vector: ArrayBuffer }>(
          `SELECT row, scale, vector FROM memory
           WHERE palace = ? AND room IS NOT NULL AND model = ? AND LENGTH(vector) = ? AND row > ? ORDER BY row LIMIT ?`,
          palace,
          model,
          width,
          afterRow,
          limit,
        )
        .toArray(),
    standing: (palace: number): Move[] =>
      sql
        .exec<{ row: number; room: number; x: number; y: number; z: number }>(
          'SELECT row, room, x, y, z FROM memory WHERE palace = ? AND room IS NOT NULL ORDER BY row',
          palace,
        )
        .toArray()
        .map(({ row, room, x, y, z }) => ({ row, room, position: [x, y, z] })),
    move({ row, room, position: [x, y, z] }: Move): void {
      sql.exec('UPDATE memory SET room = ?, x = ?, y = ?, z = ? WHERE row = ?', room, x, y, z, row);
      sql.exec('INSERT OR IGNORE INTO palace_moved (row) VALUES (?)', row);
    },
  };
}

function pack(moves: readonly Moved[]): ArrayBuffer {
  const [floats, words] = views(new ArrayBuffer(moves.length * FIELDS * 4));
  moves.forEach(({ before, after }, i) => {
    words.set([before.row, before.room, after.room], i * FIELDS);
    floats.set([...before.position, ...after.position], i * FIELDS + 3);
  });
  return floats.buffer;
}

function unpack(buffer: ArrayBuffer): Moved[] {
  const [floats, words] = views(buffer);
  return Array.from({ length: words.length / FIELDS }, (_, i) => {
    const [row, from, to] = words.subarray(i * FIELDS, i * FIELDS + 3);
    const [x, y, z, x1, y1, z1] = floats.subarray(i * FIELDS + 3, (i + 1) * FIELDS);
    return {
      before: { row: row!, room: from!, position: [x!, y!, z!] },
      after: { row: row!, room: to!, position: [x1!, y1!, z1!] },
    };
  });
}

const views = (buffer: ArrayBuffer): [Float32Array<ArrayBuffer>, Uint32Array<ArrayBuffer>] => [
  new Float32Array(buffer),
  new Uint32Array(buffer),
];

const toRelayout = (row: Row): Relayout => ({
  seq: row.seq,
  id: row.id,
  palace: row.palace,
  state: row.state,
  total: row.total,
  progress: row.progress,
  moved: row.moved,
  attempts: row.attempts,
  dueAt: row.due_at,
  error: row.error,
  ranAt: row.ran_at,
  createdAt: row.created_at,
  startedAt: row.started_at,
  finishedAt: row.finished_at,
  undoneAt: row.undone_at,
});
