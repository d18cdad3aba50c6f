import type { Idempotency } from '../../src/http/palace-port.ts';
import { done, type Outcome, refused } from '../../src/shared/errors.ts';
import type { InferenceName } from '../../src/shared/inferences.ts';

/** Answers are kept this long. */
const TTL_MS = 24 * 3_600_000;
const KEPT = 10_000;

/** For an answer that rests on no consent but holds words of messages: it is forgotten when one is deleted. */
export const QUOTES: readonly InferenceName[] = [];

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
    /** @param inferences consents that the answer rests on, or `QUOTES`; null: it says nothing of what messages say */
    add: (
      key: string,
      fingerprint: string,
      answer: string,
      now: number,
      inferences: readonly InferenceName[] | null = null,
    ) =>
      void sql.exec(
        'INSERT OR REPLACE INTO idempotency (key, fingerprint, answer, at, inferences) VALUES (?, ?, ?, ?, ?)',
        key,
        fingerprint,
        answer,
        now,
        inferences && JSON.stringify(inferences),
      ),
    /** Forgets what was answered under a consent; without one, under any, and whatever quotes messages. */
    forget: (inference: InferenceName | null) =>
      void sql.exec(
        `DELETE FROM idempotency WHERE inferences IS NOT NULL
         AND (?1 IS NULL OR EXISTS (SELECT 1 FROM json_each(inferences) WHERE value = ?1))`,
        inference,
      ),
    trim: (now: number) =>
      void sql.exec(
        `DELETE FROM idempotency WHERE at <= ?1 OR at < (SELECT at FROM idempotency ORDER BY at DESC LIMIT 1 OFFSET ?2)`,
        now - TTL_MS,
        KEPT,
      ),
  };
}

type Answers = ReturnType<typeof idempotencyStore>;

/** What was answered to the same request under the same key; null: it is new. */
export function answeredBefore<T>(answers: Answers, idempotency: Idempotency): Outcome<T> | null {
  const earlier = idempotency && answers.find(idempotency.key, Date.now());
  if (!earlier) return null;
  return earlier.fingerprint === idempotency.fingerprint
    ? done(JSON.parse(earlier.answer))
    : refused('conflict', 'This Idempotency-Key was used with another request.');
}

/**
 * Acts, or answers as it did for the same request under the same key. Without waiting in between, so that a change and
 * the note that it was answered are stored together.
 *
 * @param inferences as of `add`
 */
export function once<T>(
  answers: Answers,
  idempotency: Idempotency,
  act: () => Outcome<T>,
  inferences: readonly InferenceName[] | null = null,
): Outcome<T> {
  const earlier = answeredBefore<T>(answers, idempotency);
  if (earlier) return earlier;
  const answer = act();
  if (idempotency && answer.ok) {
    answers.add(idempotency.key, idempotency.fingerprint, JSON.stringify(answer.value), Date.now(), inferences);
  }
  return answer;
}
