import type { Consent } from '../../src/person/consent/contract.ts';
import { INFERENCES, type InferenceName } from '../../src/shared/inferences.ts';

export interface ConsentRow {
  inference: InferenceName;
  granted: boolean;
  /** epoch ms; null: never said */
  changedAt: number | null;
}

/** Every statement about `consent`. It does not reach Postgres yet: an object that was lost starts with none granted. */
export function consentStore(sql: SqlStorage) {
  /** read at each batch of messages, so kept; null: read anew */
  let granted: ReadonlySet<InferenceName> | null = null;
  const rows = () =>
    sql
      .exec<{ inference: string; granted: number; changed_at: number }>(
        'SELECT inference, granted, changed_at FROM consent',
      )
      .toArray();
  return {
    all(): ConsentRow[] {
      const held = new Map(rows().map((row) => [row.inference, row]));
      return INFERENCES.map((inference) => {
        const row = held.get(inference);
        return { inference, granted: row?.granted === 1, changedAt: row?.changed_at ?? null };
      });
    },
    granted(): ReadonlySet<InferenceName> {
      if (!granted) {
        const names = new Set(rows().flatMap((row) => (row.granted === 1 ? [row.inference] : [])));
        granted = new Set(INFERENCES.filter((name) => names.has(name)));
      }
      return granted;
    },
    set(inference: InferenceName, isGranted: boolean, now: number): void {
      granted = null;
      sql.exec(
        `INSERT INTO consent (inference, granted, changed_at) VALUES (?, ?, ?)
         ON CONFLICT (inference) DO UPDATE SET granted = excluded.granted, changed_at = excluded.changed_at`,
        inference,
        isGranted ? 1 : 0,
        now,
      );
    },
    /** After a transaction that rolled back. */
    reread: () => {
      granted = null;
    },
  };
}

/** Rows as the API shows them. */
export function consentView(rows: readonly ConsentRow[]): Consent {
  const entries = rows.map(({ inference, granted, changedAt }) => [
    inference,
    { granted, changed_at: changedAt === null ? null : new Date(changedAt).toISOString() },
  ]);
  return Object.fromEntries(entries) as Consent;
}
