import type { Trace } from '../../src/palace/strength.ts';

export interface Trail {
  row: number;
  /** ULID */
  id: string;
  name: string;
  description: string | null;
  /** row */
  palace: number;
  /** epoch ms */
  createdAt: number;
  /** null before the first practice */
  trace: Trace | null;
}

/** A stop names an anchor of the trail's palace, a memory, or both. */
export interface Stop {
  /** from 1, in walking order */
  number: number;
  /** the API's name of the anchor */
  anchor: string | null;
  /** ULID: a restore may number rows anew */
  memory: string | null;
  note: string | null;
  trace: Trace | null;
}

type TraceRow = {
  stability: number | null;
  difficulty: number;
  reps: number;
  lapses: number;
  last_review: number;
  due: number;
};
type TrailRow = TraceRow & {
  row: number;
  id: string;
  name: string;
  description: string | null;
  palace: number;
  created_at: number;
};
type StopRow = TraceRow & { number: number; anchor: string | null; memory: string | null; note: string | null };

const TRACE = 'stability = ?, difficulty = ?, reps = ?, lapses = ?, last_review = ?, due = ?';
const valuesOf = ({ stability, difficulty, reps, lapses, lastReview, due }: Trace) =>
  [stability, difficulty, reps, lapses, lastReview, due] as const;

/** Every statement about `trail` and `trail_stop`. */
export function trailStore(sql: SqlStorage) {
  return {
    count: () => sql.exec<{ n: number }>('SELECT COUNT(*) AS n FROM trail').one().n,
    /** To be called in a transaction. */
    add(trail: Omit<Trail, 'row' | 'trace'>, stops: readonly Omit<Stop, 'trace'>[]): Trail {
      const added = sql
        .exec<TrailRow>(
          'INSERT INTO trail (id, name, description, palace, created_at) VALUES (?, ?, ?, ?, ?) RETURNING *',
          trail.id,
          trail.name,
          trail.description,
          trail.palace,
          trail.createdAt,
        )
        .one();
      for (const { number, anchor, memory, note } of stops) {
        sql.exec(
          'INSERT INTO trail_stop (trail, number, anchor, memory, note) VALUES (?, ?, ?, ?, ?)',
          added.row,
          number,
          anchor,
          memory,
          note,
        );
      }
      return toTrail(added);
    },
    find(id: string): Trail | null {
      const [found] = sql.exec<TrailRow>('SELECT * FROM trail WHERE id = ?', id).toArray();
      return found ? toTrail(found) : null;
    },
    /** The newest first. @param before the last row seen */
    list: (before: number | null, limit: number): Trail[] =>
      sql
        .exec<TrailRow>('SELECT * FROM trail WHERE ?1 IS NULL OR row < ?1 ORDER BY row DESC LIMIT ?2', before, limit)
        .toArray()
        .map(toTrail),
    stops: (trail: number): Stop[] =>
      sql.exec<StopRow>('SELECT * FROM trail_stop WHERE trail = ? ORDER BY number', trail).toArray().map(toStop),
    setTrace: (trail: number, trace: Trace) =>
      void sql.exec(`UPDATE trail SET ${TRACE} WHERE row = ?`, ...valuesOf(trace), trail),
    setStopTrace: (trail: number, number: number, trace: Trace) =>
      void sql.exec(`UPDATE trail_stop SET ${TRACE} WHERE trail = ? AND number = ?`, ...valuesOf(trace), trail, number),
    /** To be called in a transaction. */
    remove(trail: number): void {
      sql.exec('DELETE FROM trail_stop WHERE trail = ?', trail);
      sql.exec('DELETE FROM trail WHERE row = ?', trail);
    },
  };
}

const toTrail = (row: TrailRow): Trail => ({
  row: row.row,
  id: row.id,
  name: row.name,
  description: row.description,
  palace: row.palace,
  createdAt: row.created_at,
  trace: toTrace(row),
});

const toStop = (row: StopRow): Stop => ({
  number: row.number,
  anchor: row.anchor,
  memory: row.memory,
  note: row.note,
  trace: toTrace(row),
});

function toTrace({ stability, difficulty, reps, lapses, last_review: lastReview, due }: TraceRow): Trace | null {
  return stability === null ? null : { stability, difficulty, reps, lapses, lastReview, due };
}
