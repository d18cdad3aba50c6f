import type { LiveEvent, NewEvent } from '../../src/live/contract.ts';

/** A client that was away longer than this many events is told to read anew. */
export const KEPT_EVENTS = 1_000;

type Row = { seq: number; at: number; body: string };

/** Every statement about `event`. */
export function eventStore(sql: SqlStorage) {
  return {
    add(event: NewEvent, now: number): LiveEvent {
      const { seq } = sql
        .exec<{ seq: number }>('INSERT INTO event (at, body) VALUES (?, ?) RETURNING seq', now, JSON.stringify(event))
        .one();
      return toEvent({ seq, at: now, body: JSON.stringify(event) });
    },
    after(seq: number): LiveEvent[] {
      return sql.exec<Row>('SELECT seq, at, body FROM event WHERE seq > ? ORDER BY seq', seq).toArray().map(toEvent);
    },
    bounds: () => {
      const { first, last } = sql
        .exec<{ first: number | null; last: number | null }>('SELECT MIN(seq) AS first, MAX(seq) AS last FROM event')
        .one();
      return { first: first ?? 0, last: last ?? 0 };
    },
    /** Numbers from here on are at least this: a new life of the object never repeats those of an old one. */
    skipTo(seq: number): void {
      sql.exec(
        "INSERT INTO event (seq, at, body) SELECT ?1, 0, '{}' WHERE ?1 > COALESCE((SELECT MAX(seq) FROM event), 0)",
        seq,
      );
      sql.exec("DELETE FROM event WHERE body = '{}'");
    },
    trim: () => void sql.exec('DELETE FROM event WHERE seq <= (SELECT MAX(seq) FROM event) - ?', KEPT_EVENTS),
  };
}

const toEvent = ({ seq, at, body }: Row): LiveEvent => ({
  sequence: seq,
  at: new Date(at).toISOString(),
  ...JSON.parse(body),
});
