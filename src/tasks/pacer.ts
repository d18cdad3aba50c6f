import { BUSY_BATCH, MICRO_BATCH } from './process.ts';

/** Messages count as arriving until this long after the last one; what is left to do then counts as a backlog. */
const BUSY_MS = 250;
/**
 * … and while so many a second arrived lately: where background work has taken the thread, none can arrive, which must
 * not look as if none came.
 */
const BUSY_RATE = 20;
/** Over this long the messages that arrive are counted into a rate. */
const RATE_MS = 1_000;
/** At this rate, in messages a second, background work pauses as long as it works; at twice the rate four times as long. */
const EVEN_RATE = 35;
/** Messages a second from which on an isolate is crowded. */
const CROWDED_RATE = 100;
/** While messages arrive, objects of an isolate bring their changes to Postgres one after another, ms apart. */
const SYNC_SPACING_MS = 40;
/** However many arrive, background work keeps a share of 1 in this many: it never starves. */
const LONGEST_PAUSE_FACTOR = 32;
/** Above this pause factor one text at a time is enough to hold up the others. */
const SINGLY_FACTOR = 8;
/** Batches that are under way at once when nothing arrives: a remote model answers several as fast as one. */
const ABREAST = 2;
/** What a text is taken to cost before one was measured, ms. */
const FIRST_COST_MS = 5;
/** A stalled call says nothing about the cost of a text. */
const LONGEST_COST_MS = 1_000;

/** When an object may do a piece of background work. */
export interface Slot {
  /** epoch ms */
  at: number;
  /** slots of an earlier plan are void: things have changed, ask for another */
  plan: number;
}

/**
 * Shares an isolate's thread between acknowledging messages, which comes first, and the background work of all its
 * objects. Every object that has work asks for a slot; slots are given in order of asking, so the objects take turns,
 * a batch each. The more messages arrive, the further apart the slots lie.
 *
 * It is told the time and waits for nothing, so no object ever depends on another that may be evicted meanwhile.
 */
export class Pacer {
  private acceptedAt = 0;
  private rate = 0;
  private rateAt = 0;
  private savedAt = 0;
  private cost = FIRST_COST_MS;
  /** the end of what is planned */
  private nextAt = 0;
  private plan = 0;
  private plannedBusy = false;

  /** Messages of one request were stored. @param now epoch ms */
  accepted(now: number): void {
    this.rate = this.rateAt === 0 ? 1 : this.rateOf(now) + 1;
    this.rateAt = now;
    this.acceptedAt = now;
  }

  isBusy(now: number): boolean {
    return now - this.acceptedAt < BUSY_MS || this.rateOf(now) >= BUSY_RATE;
  }

  /** Whether so many arrive that whatever can wait shall wait. */
  isCrowded(now: number): boolean {
    return this.rateOf(now) >= CROWDED_RATE;
  }

  /**
   * Whether an object may have its changes saved now. Thousands that woke together are due together, and their saving
   * would take all of the thread.
   */
  maySave(now: number): boolean {
    if (this.isBusy(now) && now - this.savedAt < SYNC_SPACING_MS) return false;
    this.savedAt = now;
    return true;
  }

  /** Texts to take at once. @param isFirst of a stretch of work: what came alone is done at once */
  batch(now: number, isFirst: boolean): number {
    if (!this.isBusy(now)) return MICRO_BATCH;
    const factor = this.pauseFactor(now);
    if (factor > SINGLY_FACTOR) return 1;
    return isFirst ? MICRO_BATCH : BUSY_BATCH;
  }

  /** @param texts how many will be worked on */
  reserve(now: number, texts: number): Slot {
    this.replan(now);
    const at = Math.max(now, this.nextAt);
    const factor = this.isBusy(now) ? 1 + this.pauseFactor(now) : 1 / ABREAST;
    this.nextAt = at + texts * this.cost * factor;
    return { at, plan: this.plan };
  }

  /** @returns the slot, or another one if things have changed since */
  check(slot: Slot, now: number, texts: number): Slot {
    this.replan(now);
    return slot.plan === this.plan ? slot : this.reserve(now, texts);
  }

  /** Work was done. @param ms that it took */
  worked(texts: number, ms: number): void {
    const cost = Math.min(ms / Math.max(1, texts), LONGEST_COST_MS);
    this.cost += (cost - this.cost) / 8;
  }

  /** When messages begin to arrive, or no longer do, what was planned is too dense or too sparse. */
  private replan(now: number): void {
    const busy = this.isBusy(now);
    if (busy === this.plannedBusy) return;
    this.plannedBusy = busy;
    this.plan++;
    this.nextAt = Math.min(this.nextAt, now);
  }

  /** Pause by work: 1 in so many of the thread is left to background work. */
  private pauseFactor(now: number): number {
    return Math.min((this.rateOf(now) / EVEN_RATE) ** 2, LONGEST_PAUSE_FACTOR);
  }

  /** Requests with messages a second, lately. */
  private rateOf(now: number): number {
    return this.rate * Math.exp(-Math.max(0, now - this.rateAt) / RATE_MS);
  }
}
