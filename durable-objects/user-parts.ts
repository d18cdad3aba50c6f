import { DurableObject } from 'cloudflare:workers';
import vectorKernel from '../.build/vectors.wasm';
import type { Owner } from '../src/auth/contract.ts';
import type { Env } from '../src/env.ts';
import type { NewEvent } from '../src/live/contract.ts';
import { openSealedDb } from '../src/persistence/sealed-db.ts';
import { policiesOf, policyOf } from '../src/person/retention/policy.ts';
import { pacer } from '../src/tasks/isolate-pacer.ts';
import { AlarmClock, earliest, guardAt } from './alarm-clock.ts';
import { ArchaeologyWork } from './archaeology/archaeology-work.ts';
import { FlagDesk } from './flag-desk.ts';
import { Eraser } from './messages/eraser.ts';
import { Intake } from './messages/intake.ts';
import { LiveDesk } from './messages/live-desk.ts';
import { Processor } from './messages/processor.ts';
import { TaskDesk } from './messages/task-desk.ts';
import { MIRROR } from './mirror/mirror-registry.ts';
import { MirrorWork } from './mirror/mirror-work.ts';
import { PalaceWork } from './palace/palace-work.ts';
import { SearchHost } from './palace/search-host.ts';
import { patientEmbedder } from './patient-embedder.ts';
import { ErasureDesk } from './person/erasure-desk.ts';
import { Residence } from './person/residence.ts';
import { RetentionDesk } from './person/retention-desk.ts';
import { openStores } from './stores/stores.ts';
import { RecordGroups } from './sync/record-groups.ts';
import { Restorer } from './sync/restorer.ts';
import { SYNC_AFTER_MS, SyncDesk } from './sync/sync-desk.ts';
import { TextDesk } from './text-desk.ts';

/**
 * The parts that one person's object is made of, each given what it asks of the others, and the rules that hold for all of
 * them: what is due next, and what is forgotten when a transaction rolls back.
 */
export abstract class UserParts extends DurableObject<Env> {
  protected readonly stores = openStores(this.ctx.storage);
  protected readonly groups = new RecordGroups(this.ctx.storage.sql, this.stores);
  protected readonly erasure = new ErasureDesk(this.ctx, this.env, this.stores.arrivals);
  protected readonly flags = new FlagDesk(this.env, () => this.home.owner());
  protected readonly texts = new TextDesk({
    env: this.env,
    flags: this.flags,
    stores: this.stores,
    owner: () => this.home.owner(),
    scope: () => this.home.scope(),
  });
  protected readonly embedder = patientEmbedder(() => this.env.EMBEDDER);
  protected readonly home = new Residence(this.ctx.storage, this.stores, this.erasure);
  protected readonly tasks = new TaskDesk(this.stores, () => this.palaces.relayouts);
  protected readonly index = new SearchHost(this.stores, vectorKernel, this.flags);
  protected readonly palaces: PalaceWork = new PalaceWork({
    stores: this.stores,
    embedder: this.embedder,
    env: this.env,
    live: () => this.live,
    rearm: () => this.clock.rearm(),
  });
  protected readonly live = new LiveDesk({
    ctx: this.ctx,
    env: this.env,
    stores: this.stores,
    palaces: this.palaces,
    owner: () => (this.home.isHeld() ? this.home.owner() : null),
    hear: (owner, message, speaker) => this.home.admit(owner) ?? this.intake.hear(owner, message, speaker),
  });
  protected readonly profile = new MirrorWork({
    stores: this.stores,
    registry: MIRROR,
    announce: (events) => this.announce(events),
    consentChanged: (name, isGranted) => this.archaeologyWork.consentChanged(name, isGranted),
  });
  protected readonly archaeologyWork: ArchaeologyWork = new ArchaeologyWork({
    stores: this.stores,
    index: this.index,
    embedder: this.embedder,
    scope: () => this.home.scope(),
    change: (work) => this.change(work),
    take: (message) => this.eraser.take(message),
    settle: (gone) => this.eraser.settle(gone),
    announce: (events) => this.announce(events),
  });
  protected readonly eraser = new Eraser({
    stores: this.stores,
    palaces: this.palaces,
    index: this.index,
    profile: this.profile,
    archaeology: this.archaeologyWork,
    announce: (events) => this.announce(events),
  });
  protected readonly keeper = new RetentionDesk({
    stores: this.stores,
    eraser: this.eraser,
    policy: () => policyOf(policiesOf(this.env.RETENTION), this.home.owner().tenantId),
    change: (work) => this.change(work),
  });
  protected readonly restorer = new Restorer({
    stores: this.stores,
    groups: this.groups,
    isMigrated: () => this.home.isHeld(),
    erased: () => this.erasure.refusal(),
    prepare: (owner) => this.home.prepare(owner),
    db: () => openSealedDb(this.env),
    onRestored: () => {
      this.reset();
      void this.processor.work();
    },
  });
  protected readonly processor = new Processor({
    stores: this.stores,
    embedder: this.embedder,
    palace: this.palaces,
    mirror: this.profile,
    archaeology: this.archaeologyWork,
    scope: () => this.home.scope(),
    userId: () => this.home.owner().userId,
    onMemories: (memories) => this.index.noteMemories(memories),
    announce: (events) => this.announce(events),
    onIdle: () => this.clock.rearm(),
  });
  protected readonly intake = new Intake({
    stores: this.stores,
    live: this.live,
    stored: (now) => {
      this.processor.noteAccepted(now);
      if (this.processor.isWorking) return this.clock.touch();
      // work in a crowd lasts: the alarm that guards it is enough, where one two seconds on would find it waiting
      if (pacer.isCrowded(now)) void this.processor.work();
      const armed = this.clock.touch();
      void this.processor.work();
      return armed;
    },
    ended: (id) => this.processor.ended(id),
  });
  protected readonly clock = new AlarmClock({
    ...{ ctx: this.ctx, env: this.env },
    nextDue: (now) => this.nextDue(now),
    isWaiting: () => this.home.isThere() && !this.syncing.isSaved(),
  });
  protected readonly syncing = new SyncDesk(this.stores, this.groups, this.ctx.id.toString());

  /** There is work to do, now and should this life of the object end. */
  protected async worked(): Promise<void> {
    await this.clock.rearm();
    void this.processor.work();
  }

  /** A transaction; what is held in memory of palaces and profile is read anew if it rolls back. */
  protected change<T>(work: () => T): T {
    try {
      return this.palaces.change(work);
    } catch (error) {
      this.profile.reset();
      this.archaeologyWork.reset();
      throw error;
    }
  }

  /** Rows have come behind the back of what is held in memory. */
  protected reset(): void {
    this.index.reset();
    this.palaces.reset();
    this.profile.reset();
    this.archaeologyWork.restored();
    this.keeper.reset();
  }

  protected readonly refusal = (owner: Owner) => this.restorer.refusal(owner);

  protected readonly announce = (news: readonly NewEvent[]) => this.live.announce(news);

  private nextDue(now: number): number | null {
    const { tasks, meta, lives } = this.stores;
    const open = tasks.nextDue(now);
    return earliest([
      open === null ? null : this.processor.isWorking ? guardAt(now) : Math.max(open, now + SYNC_AFTER_MS),
      lives.hasUnplaced() || this.profile.host.isBehind() || this.archaeologyWork.digs.isOpen() ? guardAt(now) : null,
      this.syncing.nextDue(now),
      meta.isRestored() ? null : Math.max(this.restorer.dueAt, now + SYNC_AFTER_MS),
      this.keeper.nextDue(),
      this.palaces.relayouts.nextDue(),
    ]);
  }
}
