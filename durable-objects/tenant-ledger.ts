import { DurableObject } from 'cloudflare:workers';
import type { Env } from '../src/env.ts';
import { type Claim, type Cost, type DailyLimits, dayOf, type Ledger, overLimit } from '../src/llm/budget.ts';
import { done, type Outcome } from '../src/shared/errors.ts';

const KEPT_DAYS = 32;
const DAY_MS = 86_400_000;

/** What one tenant spends on the text model, for all its people together: KV could not count it, since it has no atomic step. */
export class TenantLedger extends DurableObject<Env> {
  private readonly sql = this.ctx.storage.sql;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    this.sql.exec(
      'CREATE TABLE IF NOT EXISTS spending (day TEXT PRIMARY KEY, tokens REAL NOT NULL, dollars REAL NOT NULL) STRICT',
    );
  }

  async claim(cost: Cost, limits: DailyLimits): Promise<Outcome<Claim>> {
    const now = Date.now();
    const day = dayOf(now);
    const over = overLimit(this.spentOn(day), cost, limits, now);
    if (over) return over;
    this.add(day, cost.tokens, cost.dollars);
    return done({ ...cost, day });
  }

  async settle(claim: Claim, spent: Cost): Promise<void> {
    this.add(claim.day, spent.tokens - claim.tokens, spent.dollars - claim.dollars);
  }

  /** Of a day as in 2026-11-22, what is set aside included. */
  async spent(day: string): Promise<Cost> {
    return this.spentOn(day);
  }

  private spentOn(day: string): Cost {
    const [row] = this.sql.exec<{ tokens: number; dollars: number }>(
      'SELECT tokens, dollars FROM spending WHERE day = ?',
      day,
    );
    return row ?? { tokens: 0, dollars: 0 };
  }

  private add(day: string, tokens: number, dollars: number): void {
    this.sql.exec(
      `INSERT INTO spending (day, tokens, dollars) VALUES (?, ?, ?)
       ON CONFLICT (day) DO UPDATE SET tokens = tokens + excluded.tokens, dollars = dollars + excluded.dollars`,
      ...[day, tokens, dollars],
    );
    this.sql.exec('DELETE FROM spending WHERE day < ?', dayOf(Date.now() - KEPT_DAYS * DAY_MS));
  }
}

/** The ledgers as the text tier asks them: an object each. */
export function tenantLedgers(env: Env): Ledger {
  const of = (tenant: string) =>
    env.TENANT_LEDGER.getByName(tenant) as unknown as Pick<TenantLedger, 'claim' | 'settle'>;
  return {
    claim: (tenant, cost, limits) => of(tenant).claim(cost, limits),
    settle: (tenant, claim, spent) => of(tenant).settle(claim, spent),
  };
}
