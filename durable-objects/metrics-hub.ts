import { DurableObject } from 'cloudflare:workers';
import type { Env } from '../src/env.ts';
import type { Delta } from '../src/metrics/delta.ts';
import type { HubSnapshot, MetricsHubPort } from '../src/metrics/hub-port.ts';
import { People } from '../src/metrics/people.ts';
import { Totals } from '../src/metrics/totals.ts';
import { metricsStore } from './stores/metrics-store.ts';

/** Sooner than an idle object is put away. */
const SAVE_AFTER_MS = 5_000;

/**
 * Sums of what all isolates have counted. It saves before it answers a scrape, so that a counter never goes back: what
 * Prometheus has seen is there after a restart; at most `SAVE_AFTER_MS` of what nobody has seen is not.
 *
 * One takes some 500 deltas a second, that is 2,500 isolates at one in five seconds; beyond that `METRICS_SHARDS` spreads
 * them over several, and a scrape adds those up. Lowering it again leaves out what the others counted.
 */
export class MetricsHub extends DurableObject<Env> implements MetricsHubPort {
  private readonly store = metricsStore(this.ctx.storage.sql);
  private readonly totals = new Totals();
  private readonly people = new People();
  private isArmed = false;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    const now = Date.now();
    for (const { name, family } of this.store.families()) this.totals.take(name, family, now);
    this.people.take(this.store.slots());
    this.totals.changed.clear();
    this.people.changed.clear();
  }

  async push(delta: Delta): Promise<void> {
    const now = Date.now();
    this.totals.add(delta, now);
    this.people.add(delta.people, now);
    if (this.isArmed) return;
    this.isArmed = true;
    await this.ctx.storage.setAlarm(now + SAVE_AFTER_MS);
  }

  async snapshot(): Promise<HubSnapshot> {
    this.save();
    return { families: Object.fromEntries(this.totals.families), people: Object.fromEntries(this.people.slots) };
  }

  override async alarm(): Promise<void> {
    this.isArmed = false;
    this.save();
  }

  private save(): void {
    const { totals, people, store } = this;
    this.ctx.storage.transactionSync(() => {
      for (const name of totals.changed) store.putFamily(name, totals.families.get(name) ?? {});
      for (const name of people.forget(Date.now())) store.dropSlot(name);
      for (const name of people.changed) {
        const registers = people.slots.get(name);
        if (registers) store.putSlot(name, registers);
      }
    });
    totals.changed.clear();
    people.changed.clear();
  }
}
