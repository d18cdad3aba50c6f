import { backoffMs } from './backoff.ts';
import type { Pacer } from './pacer.ts';

/**
 * So many ask for a consumer at once. More would only lie in the queue until they ask a second time, and what their asking
 * costs would be missing where the saving is done.
 */
const WINDOW = 32;
/** A consumer that was asked is given this long. Then its place is another's, and who asked asks again: later each time … */
const PATIENCE_MS = 10_000;
/** … but no later than this after. */
const LONGEST_BACKOFF_MS = 60_000;
/** What a save is taken to take before one was seen, ms. */
const FIRST_PACE_MS = 40;
/** Consumers that are stuck say nothing about how long a save takes. */
const LONGEST_PACE_MS = 1_000;
/** However many wait, none waits longer than this for its turn. */
export const LONGEST_QUEUE_MS = 600_000;
/** A turn that came is kept so long, and so is the note of who asked: the alarm of whoever has it may ring late. */
const KEPT_MS = 60_000;
/** Who waits looks this often whether the others have gone … */
const LOOK_MS = 10_000;
/** … and less often the more of them wait: a look wakes an object, some 6 ms of a slow thread, and sets its alarm. */
const LOOKS_APART_MS = 50;
/** Those that began together end their waiting apart, by up to this share of it. */
export const SPREAD = 0.3;

/** What an object that has changes is told. */
export interface SaveTurn {
  /** it asks for a consumer now */
  isNow: boolean;
  /** epoch ms: when it comes again, if nothing was saved until then */
  again: number;
}

interface Asked {
  at: number;
  attempts: number;
  again: number;
}

/**
 * Whose changes are brought to Postgres next, of the objects of an isolate. Thousands that woke together are due together,
 * and asking is cheaper than saving: without turns all of them ask, and ask again, until the thread does nothing else.
 *
 * Objects may be evicted at any time, so what they are waiting for is kept here, by name. It is told the time, and whoever
 * never comes back holds up nobody.
 */
export class SaveQueue {
  /** epoch ms: the last turn that was given away */
  private lastTurn = 0;
  /** … and those that have not been taken */
  private readonly turns = new Map<string, number>();
  /** those who asked for a consumer and were not heard of */
  private readonly asked = new Map<string, Asked>();
  /** ms from one save to the next, lately */
  private pace = FIRST_PACE_MS;
  private savedAt = 0;
  private readonly pacer: Pick<Pacer, 'saveSpacing'>;

  constructor(pacer: Pick<Pacer, 'saveSpacing'>) {
    this.pacer = pacer;
  }

  /** An object has changes. @param now epoch ms */
  ask(who: string, now: number): SaveTurn {
    this.dropLost(now);
    const before = this.asked.get(who);
    if (before && now < before.again) return { isNow: false, again: before.again };
    const spacing = this.pacer.saveSpacing(now);
    const isFull = this.isFull(now);
    const kept = this.turns.get(who);
    const isDue = !isFull && (spacing === 0 || (kept !== undefined && kept <= now));
    const turn = isDue ? now : kept !== undefined && kept > now ? kept : this.newTurn(now, spacing, isFull);
    if (turn > now) return this.wait(who, turn, now);
    this.leave(who, now);
    const attempts = (before?.attempts ?? 0) + 1;
    const again = now + PATIENCE_MS + Math.min(backoffMs(attempts, Math.random()), LONGEST_BACKOFF_MS);
    this.asked.set(who, { at: now, attempts, again });
    return { isNow: true, again };
  }

  /** An object's changes are saved, all or some. */
  saved(who: string, now: number): void {
    const asked = this.asked.get(who);
    if (asked) {
      this.asked.delete(who);
      // from one end to the next: those under way together do not each take as long
      const ms = Math.max(0, now - Math.max(this.savedAt, asked.at));
      this.pace += (Math.min(ms, LONGEST_PACE_MS) - this.pace) / 8;
      this.savedAt = now;
    }
    this.leave(who, now);
  }

  /** An object has nothing to be saved any more, or not yet. */
  leave(who: string, now: number): void {
    this.turns.delete(who);
    if (this.turns.size === 0) this.lastTurn = Math.min(this.lastTurn, now); // nobody waits
  }

  private wait(who: string, turn: number, now: number): SaveTurn {
    this.turns.set(who, turn);
    const look = Math.max(LOOK_MS, this.turns.size * LOOKS_APART_MS) * (1 - SPREAD * Math.random());
    return { isNow: false, again: Math.min(turn, now + look) };
  }

  private newTurn(now: number, spacing: number, isFull: boolean): number {
    const after = isFull ? Math.max(spacing, this.pace) : spacing;
    const earliest = isFull ? now + after : now;
    this.lastTurn = Math.min(Math.max(earliest, this.lastTurn + after), now + LONGEST_QUEUE_MS);
    return this.lastTurn;
  }

  private isFull(now: number): boolean {
    let underWay = 0;
    for (const { at } of this.asked.values()) if (now - at < PATIENCE_MS) underWay++;
    return underWay >= WINDOW;
  }

  /** Of those who went elsewhere, and all of them where the clock was set back: they would wait until it is as late again. */
  private dropLost(now: number): void {
    if (this.lastTurn > now + LONGEST_QUEUE_MS) {
      this.turns.clear();
      this.lastTurn = 0;
    }
    for (const [who, turn] of this.turns) if (turn < now - KEPT_MS) this.leave(who, now);
    for (const [who, { at, again }] of this.asked) if (at > now || again < now - KEPT_MS) this.asked.delete(who);
  }
}
