import type { Owner } from '../../src/auth/contract.ts';
import { count, gauge, observe } from '../../src/metrics/recorder.ts';
import { log } from '../../src/shared/log.ts';
import type { Origin } from '../../src/shared/request-scope.ts';
import { pacer, saveQueue } from '../../src/tasks/isolate-pacer.ts';
import { syncMessage } from '../../src/tasks/messages.ts';
import { LONGEST_QUEUE_MS, SPREAD } from '../../src/tasks/save-queue.ts';
import type { ChangeMark, ChangeSet, PoisonRow } from '../../src/tasks/sync.ts';
import { syncQueueOf } from '../../src/tasks/sync-queue.ts';
import type { Stores } from '../stores/stores.ts';
import { confirmChanges, nextChanges } from './changes.ts';
import type { RecordGroups } from './record-groups.ts';

/** Changes gather for this long before Postgres is told of them. */
export const SYNC_AFTER_MS = 2_000;
/**
 * While messages wait for their vectors, their changes wait with them, so that each message goes to Postgres once and
 * not while others arrive; but no longer than this.
 */
const LONGEST_GATHER_MS = 10_000;
/**
 * … and than this while so many messages arrive in the isolate, or wait in it, that saving them now would hold up those that
 * arrive: what was acknowledged is safe here. With a queue of a thousand objects it stays below what OutboxLag warns of.
 */
const CROWDED_GATHER_MS = 150_000;
/** Longer than a consumer can take over one change set: two requests to Postgres at their time limit. */
const LEASE_MS = 40_000;

/** Names a person to the queue's consumer. */
export const askQueue = (env: Parameters<typeof syncQueueOf>[0], owner: Owner) => (origin: Origin | null) =>
  syncQueueOf(env, owner).send(syncMessage(owner, origin));

/** Hands unsaved changes to the queue's consumer: when to ask, one consumer at a time, what is saved. */
export class SyncDesk {
  private dueAt = 0;
  private leasedUntil = 0;
  private gatheringSince: number | null = null;
  /** it waits for others of the isolate to be saved, or for the consumer that it asked for */
  private isInQueue = false;
  private readonly patience = 1 - SPREAD * Math.random();
  private readonly stores: Stores;
  private readonly groups: RecordGroups;
  private readonly name: string;

  /** @param name no other object of the isolate has it */
  constructor(stores: Stores, groups: RecordGroups, name: string) {
    this.stores = stores;
    this.groups = groups;
    this.name = name;
  }

  /** Epoch ms: when the next request is due; null if everything is saved. */
  nextDue(now: number): number | null {
    if (this.isSaved()) return null;
    this.noteTime(now);
    if (pacer.isCrowded(now)) this.gatheringSince ??= now; // without an alarm that would only begin it
    // turns are kept to the ms: all that lie within the next seconds would come together
    const soonest = this.isInQueue ? now : now + SYNC_AFTER_MS;
    return Math.max(this.dueAt, soonest, this.gatheredAt(now));
  }

  /** Epoch ms: until when changes may wait for what is worked on; 0: they do not. */
  gatheredAt(now: number): number {
    if (this.gatheringSince === null || this.stores.tasks.nextDue(now) === null) return 0;
    return this.gatheringSince + (pacer.isCrowded(now) ? CROWDED_GATHER_MS * this.patience : LONGEST_GATHER_MS);
  }

  /** Asks if it is time. The queue may give up; the outbox does not, and asks again until a confirmation comes. */
  async request(send: (origin: Origin | null) => Promise<unknown>): Promise<void> {
    const now = Date.now();
    const oldest = this.stores.outbox.first();
    this.noteTime(now);
    if (oldest) gauge('outbox_oldest_unsent_seconds', (now - oldest.addedAt) / 1_000);
    if (this.isSaved() || now < this.dueAt) return;
    this.gatheringSince ??= now;
    // a turn that was given before it became crowded would pass meanwhile, and many of them come together in the end
    if (now < this.gatheredAt(now)) {
      saveQueue.leave(this.name, now);
      this.isInQueue = false;
      return;
    }
    const { isNow, again } = saveQueue.ask(this.name, now);
    this.dueAt = again;
    this.isInQueue = !isNow;
    if (!isNow) return;
    this.gatheringSince = null;
    try {
      await send(oldest);
      count('queue_sends_total', { outcome: 'ok' });
    } catch (error) {
      count('queue_sends_total', { outcome: 'error' });
      log.error('queue does not answer, asking again later', { error });
    }
  }

  /** Where the clock was set back, what was noted lies too far ahead: nothing would be saved until it is as late again. */
  private noteTime(now: number): void {
    this.dueAt = Math.min(this.dueAt, now + LONGEST_QUEUE_MS);
    this.leasedUntil = Math.min(this.leasedUntil, now + LEASE_MS);
    if (this.gatheringSince !== null) this.gatheringSince = Math.min(this.gatheringSince, now);
  }

  /** One consumer at a time: a slow one that writes late would bring back what another has deleted meanwhile. */
  take(): ChangeSet | null {
    this.noteTime(Date.now());
    if (Date.now() < this.leasedUntil) return null;
    const set = nextChanges(this.stores, this.groups);
    this.leasedUntil = set ? Date.now() + LEASE_MS : 0;
    return set;
  }

  release(): void {
    this.leasedUntil = 0;
  }

  confirm(through: ChangeMark): void {
    const oldest = this.stores.outbox.first();
    if (oldest) observe('outbox_lag_seconds', (Date.now() - oldest.addedAt) / 1_000);
    confirmChanges(this.stores, through);
    this.leasedUntil = 0;
    const now = Date.now();
    this.dueAt = now + SYNC_AFTER_MS;
    this.gatheringSince = this.isSaved() ? null : now; // what came meanwhile
    saveQueue.saved(this.name, now);
    this.isInQueue = false;
  }

  /** Notes rows that Postgres refuses by themselves, so that they hold up no others. */
  setAside(rows: readonly PoisonRow[]): void {
    const now = Date.now();
    count('poison_rows_total', {}, rows.length);
    for (const { kind, id, error } of rows) this.stores.records.setAside(kind, id, error, now);
  }

  /** Postgres has a tombstone from after this life began: clocks differ, since an erased object gives out nothing. */
  outlive(erasedAt: number): void {
    this.stores.meta.setBornAt(Math.max(this.stores.meta.bornAt(), erasedAt + 1));
    this.leasedUntil = 0;
  }

  /** Postgres has everything. */
  isSaved(): boolean {
    return this.stores.outbox.isEmpty() && this.stores.records.isEmpty();
  }
}
