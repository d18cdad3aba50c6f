/** Answers are kept this long. */
const TTL_MS = 24 * 3_600_000;
const KEPT = 10_000;

/** Every statement about `idempotency`. */
export function idempotencyStore(sql: SqlStorage) {
  return {
    find: (key: string, now: number) =>
      sql
        .exec<{ fingerprint: string; answer: string }>(
          'SELECT fingerprint, answer FROM idempotency WHERE key = ? AND at > ?',
          key,
          now - TTL_MS,
        )
        .toArray()[0] ?? null,
    add: (key: string, fingerprint: string, answer: string, now: number) =>
      void sql.exec(
        'INSERT OR REPLACE INTO idempotency (key, fingerprint, answer, at) VALUES (?, ?, ?, ?)',
        key,
        fingerprint,
        answer,
        now,
      ),
    trim: (now: number) =>
      void sql.exec(
        `DELETE FROM idempotency WHERE at <= ?1 OR at < (SELECT at FROM idempotency ORDER BY at DESC LIMIT 1 OFFSET ?2)`,
        now - TTL_MS,
        KEPT,
      ),
  };
}
