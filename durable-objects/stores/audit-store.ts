import type { AuditAction, AuditPage } from '../../src/person/audit/contract.ts';
import { done, type Outcome } from '../../src/shared/errors.ts';
import type { InferenceName } from '../../src/shared/inferences.ts';
import { BAD_CURSOR, decodeCursor, encodeCursor, pageOf } from '../../src/shared/page.ts';

/** Reads that are kept; the oldest go first. */
export const KEPT_READS = 10_000;
/** Changes of consent that are kept: reads, however many, push none of them out. */
export const KEPT_CHANGES = 1_000;
/** So many more may be there for a while. */
const TRIM_EVERY = 500;

export interface AuditRow {
  seq: number;
  at: number;
  action: AuditAction;
  inferences: InferenceName[];
  keyId: string;
  requestId: string;
}

type Row = { seq: number; at: number; action: string; inferences: string; key_id: string; request_id: string };

/** Every statement about `audit`: who changed consent, and who read what of the profile. */
export function auditStore(sql: SqlStorage) {
  const trim = (): void => {
    const changes = "action IN ('consent.granted', 'consent.withdrawn')";
    for (const [which, kept] of [
      [changes, KEPT_CHANGES],
      [`NOT (${changes})`, KEPT_READS],
    ] as const) {
      sql.exec(
        `DELETE FROM audit WHERE ${which} AND seq <= (SELECT seq FROM audit WHERE ${which} ORDER BY seq DESC LIMIT 1 OFFSET ?)`,
        kept,
      );
    }
  };
  return {
    add({ at, action, inferences, keyId, requestId }: Omit<AuditRow, 'seq'>): void {
      const { seq } = sql
        .exec<{ seq: number }>(
          'INSERT INTO audit (at, action, inferences, key_id, request_id) VALUES (?, ?, ?, ?, ?) RETURNING seq',
          at,
          action,
          JSON.stringify(inferences),
          keyId,
          requestId,
        )
        .one();
      if (seq % TRIM_EVERY === 0) trim();
    },
    /** Epoch ms; null: there is none. */
    oldestAt: (): number | null => sql.exec<{ at: number | null }>('SELECT MIN(at) AS at FROM audit').one().at,
    /** @returns how many */
    removeBefore: (cutoff: number, limit: number): number =>
      sql
        .exec('DELETE FROM audit WHERE seq IN (SELECT seq FROM audit WHERE at < ? LIMIT ?) RETURNING 1', cutoff, limit)
        .toArray().length,
    /** The newest first. */
    list: (beforeSeq: number | null, limit: number): AuditRow[] =>
      sql
        .exec<Row>('SELECT * FROM audit WHERE (?1 IS NULL OR seq < ?1) ORDER BY seq DESC LIMIT ?2', beforeSeq, limit)
        .toArray()
        .map(({ seq, at, action, inferences, key_id, request_id }) => ({
          seq,
          at,
          action: action as AuditAction,
          inferences: JSON.parse(inferences),
          keyId: key_id,
          requestId: request_id,
        })),
  };
}

/** One page as the API shows it. */
export function auditPage(
  store: ReturnType<typeof auditStore>,
  limit: number,
  cursor: string | undefined,
): Outcome<AuditPage> {
  const before = cursor === undefined ? null : decodeCursor(cursor, 1);
  if (cursor !== undefined && !before) return BAD_CURSOR;
  const page = pageOf(store.list(before?.[0] ?? null, limit + 1), limit, (last) => encodeCursor([last.seq]));
  const items = page.items.map(({ seq, at, action, inferences, keyId, requestId }) => ({
    sequence: seq,
    at: new Date(at).toISOString(),
    action,
    inferences,
    key_id: keyId,
    request_id: requestId,
  }));
  return done({ items, next: page.next });
}
