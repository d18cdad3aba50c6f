import type { Removed, Retention, RetentionPolicy } from '../../src/person/retention/contract.ts';
import { cutoffOf, removalAt } from '../../src/person/retention/policy.ts';
import { iso } from '../../src/shared/instant.ts';
import { earliest } from '../alarm-clock.ts';
import type { Eraser } from '../messages/eraser.ts';
import type { Stores } from '../stores/stores.ts';

/** Removed in one transaction. */
const BATCH = 50;
/** In one go of the alarm; then others have their turn. */
const BATCHES = 10;
/** Who removes, in the audit log. */
const BY_POLICY = { keyId: 'retention', requestId: '' };

export interface RetentionPorts {
  stores: Stores;
  eraser: Eraser;
  policy(): RetentionPolicy;
  /** a transaction over all that messages are held in */
  change<T>(work: () => T): T;
}

/** One kind of thing that may be over its time. */
interface Shelf {
  name: keyof Removed;
  days: keyof RetentionPolicy;
  /** epoch ms; null: there is none */
  oldest(): number | null;
  /** @returns how many */
  removeBefore(cutoff: number, limit: number): number;
}

/**
 * Removes what a tenant's policy keeps no longer, in batches, as if each had been deleted by hand: what was derived from
 * a message goes with it, and Postgres hears of it through the outbox.
 */
export class RetentionDesk {
  private readonly ports: RetentionPorts;
  private readonly shelves: readonly Shelf[];
  /** oldest of each; what comes later is younger, so it stays true until something is removed. No entry: not known */
  private readonly oldest = new Map<keyof Removed, number>();

  constructor(ports: RetentionPorts) {
    this.ports = ports;
    const { messages, copies, audit, tasks } = ports.stores;
    this.shelves = [
      {
        name: 'messages',
        days: 'messages_days',
        oldest: messages.oldestAcceptedAt,
        removeBefore: (cutoff, limit) => this.takeMessages(cutoff, limit),
      },
      { name: 'copies', days: 'messages_days', oldest: copies.oldestAt, removeBefore: copies.removeBefore },
      { name: 'audit_entries', days: 'audit_days', oldest: audit.oldestAt, removeBefore: audit.removeBefore },
      { name: 'tasks', days: 'tasks_days', oldest: tasks.oldestEndedAt, removeBefore: tasks.removeEndedBefore },
    ];
  }

  /** Rows have come that may be older than those that were here. */
  reset(): void {
    this.oldest.clear();
  }

  /** Epoch ms: when something is to be removed, null: never as things stand. */
  nextDue(): number | null {
    const policy = this.ports.policy();
    const anchor = this.ports.stores.meta.bornAt();
    const times = this.shelves.map((shelf) => {
      const days = policy[shelf.days];
      return days === undefined ? null : removalAt(this.oldestOf(shelf), days, anchor);
    });
    return earliest(times);
  }

  /** Removes some of what is over its time, if it is time to, and of what is kept by number. What is left is due at once. */
  async step(now: number): Promise<void> {
    const { tasks, events, idempotency } = this.ports.stores;
    tasks.trim();
    events.trim();
    idempotency.trim(now);
    const due = this.nextDue();
    if (due === null || due > now) return;
    let removed = 0;
    for (let batch = 0; batch < BATCHES; batch++) {
      const name = this.removeSome(now);
      if (name === null) break;
      if (name !== 'audit_entries') removed++; // the log would never be empty if it told of itself
      await scheduler.wait(0); // others may come in between
    }
    if (removed > 0)
      this.ports.stores.audit.add({ at: now, action: 'retention.applied', inferences: [], ...BY_POLICY });
  }

  view(): Retention {
    const { messages_days, audit_days, tasks_days } = this.ports.policy();
    const { at, ...removed } = this.ports.stores.meta.removed();
    return {
      messages_days: messages_days ?? null,
      audit_days: audit_days ?? null,
      tasks_days: tasks_days ?? null,
      next_removal_at: iso(this.nextDue()),
      last_removal_at: iso(at),
      removed,
    };
  }

  /** One batch. @returns of what, null if all is in order */
  private removeSome(now: number): keyof Removed | null {
    const { stores } = this.ports;
    const policy = this.ports.policy();
    for (const { name, days, removeBefore } of this.shelves) {
      const cutoff = cutoffOf(policy[days], now);
      if (cutoff === null) continue;
      const count = removeBefore(cutoff, BATCH);
      this.oldest.delete(name);
      if (count === 0) continue;
      const { at: _at, ...earlier } = stores.meta.removed();
      stores.meta.setRemoved({ ...earlier, [name]: earlier[name] + count, at: now });
      return name;
    }
    return null;
  }

  private takeMessages(cutoff: number, limit: number): number {
    const { stores, eraser, change } = this.ports;
    const old = stores.messages.acceptedBefore(cutoff, limit);
    if (old.length > 0) eraser.settle(change(() => old.map((message) => eraser.take(message))));
    return old.length;
  }

  private oldestOf({ name, oldest }: Shelf): number | null {
    const known = this.oldest.get(name) ?? oldest();
    if (known !== null) this.oldest.set(name, known);
    return known;
  }
}
