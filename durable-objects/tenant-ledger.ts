import { DurableObject } from 'cloudflare:workers';
import type { Env } from '../src/env.ts';
import type { FlagChange, FlagChanges, FlagState } from '../src/flags/contract.ts';
import { flagKey } from '../src/flags/flag-reader.ts';
import type { FlagAuthor, FlagDeskPort } from '../src/flags/port.ts';
import { type Claim, type Cost, type DailyLimits, dayOf, type Ledger, overLimit } from '../src/llm/budget.ts';
import { done, type Outcome, refused } from '../src/shared/errors.ts';
import { log } from '../src/shared/log.ts';
import type { Page } from '../src/shared/page.ts';
import { flagStore } from './stores/flag-store.ts';

const KEPT_DAYS = 32;
const DAY_MS = 86_400_000;

/** KV takes one write of a key a second, and may be down. */
const TELL_AGAIN_MS = 2_000;

/**
 * What is one tenant's, for all its people together: what it spends on the text model, and its flags. KV could neither
 * count nor tell who changed what, since it has no atomic step; of the flags it holds what everybody reads.
 */
export class TenantLedger extends DurableObject<Env> implements FlagDeskPort {
  private readonly sql = this.ctx.storage.sql;
  private readonly store = flagStore(this.sql);
  /** to KV, under way */
  private writes = 0;

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
    return done({ ...cost, day, today: this.spentOn(day) });
  }

  async settle(claim: Claim, spent: Cost): Promise<void> {
    this.add(claim.day, spent.tokens - claim.tokens, spent.dollars - claim.dollars);
  }

  /** Of a day as in 2026-11-22, what is set aside included. */
  async spent(day: string): Promise<Cost> {
    return this.spentOn(day);
  }

  async flags(): Promise<FlagState> {
    return this.store.state();
  }

  async changeFlags(tenantId: string, changes: FlagChanges, by: FlagAuthor): Promise<Outcome<FlagState>> {
    const before = this.store.state().version;
    if (by.ifVersion !== undefined && by.ifVersion !== before) {
      return refused('conflict', `The flags are of version ${before}.`);
    }
    const state = this.ctx.storage.transactionSync(() => {
      this.store.remember(tenantId);
      return this.store.change(changes, by, Date.now());
    });
    // told by the alarm as well: this life of the object may end before KV has heard of it. Nothing is awaited since the
    // change, so that both are saved or neither
    await this.ctx.storage.setAlarm(Date.now() + TELL_AGAIN_MS);
    await this.tell(tenantId);
    return done(state);
  }

  async flagChanges(limit: number, cursor: string | undefined): Promise<Page<FlagChange>> {
    return this.store.changes(limit, cursor === undefined ? null : Number(cursor));
  }

  override async alarm(): Promise<void> {
    const tenantId = this.store.tenant();
    if (tenantId !== null) await this.tell(tenantId);
  }

  /** Tells KV what holds now; the alarm does so again until KV surely has it. */
  private async tell(tenantId: string): Promise<void> {
    const state = this.store.state();
    const isAlone = this.writes === 0;
    const isWritten = await this.write(tenantId, state);
    // of two writes at once the older may land last, and KV may have refused a change made meanwhile
    const isKnown = isWritten && isAlone && this.store.state().version === state.version;
    if (isKnown) await this.ctx.storage.deleteAlarm();
    else await this.ctx.storage.setAlarm(Date.now() + TELL_AGAIN_MS);
  }

  private async write(tenantId: string, state: FlagState): Promise<boolean> {
    this.writes++;
    try {
      await this.env.KV.put(await flagKey(tenantId), JSON.stringify(state));
      return true;
    } catch (error) {
      log.error('flags are not told yet', { tenantId, error });
      return false;
    } finally {
      this.writes--;
    }
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
