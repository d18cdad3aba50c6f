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
/** At this rate, in messages a second, background work pauses as long as it works; at twice the rate four times as long … */
const EVEN_RATE = 35;
/** … but where this share of the thread is enough to do at once what arrives, it gets it: no backlog grows that needs none. */
const KEEPING_UP_SHARE = 0.8;
/** Messages a second from which on an isolate is crowded. */
const CROWDED_RATE = 100;
/** While messages arrive, objects of an isolate bring their changes to Postgres one after another, ms apart … */
const SYNC_SPACING_MS = 40;
/** … and while it is crowded with them. */
const CROWDED_SPACING_MS = 100;
/**
 * However many arrive, background work keeps a share of 1 in this many: it never starves. Its turns hold up whoever arrives
 * meanwhile: at 1 in 100 that would be one message in a hundred, and those that queue behind it.
 */
const LONGEST_PAUSE_FACTOR = 400;
/** Above this pause factor one text at a time is enough to hold up the others. */
const SINGLY_FACTOR = 8;
/**
 * Batches that are under way at once: a remote model answers several as fast as one, and where the model runs in this
 * thread many at once would keep everything else from its turn.
 */
const ABREAST = 2;
/** Work that takes longer, in ms, waits for something other than the thread, or its object was evicted: it takes no place. */
const STALLED_MS = 2_000;
/** What a text is taken to cost before one was measured, ms. */
const FIRST_COST_MS = 5;
/** Clocks of isolates stand still while they work: what seems to cost nothing does. */
const MIN_SPACING_MS = 0.1;
/** A stalled call says nothing about the cost of a text. */
const LONGEST_COST_MS = 60;
/** With this much to do before the end of the queue, in ms, whatever can wait waits. */
const CROWDED_MS = 10_000;
/** Who waits looks this often whether things have changed … */
const RECHECK_MS = 5_000;
/** … and who has not for so long was put to sleep, and waits no longer. */
const ABSENT_MS = 3 * RECHECK_MS;

/** A place in the queue for the isolate's thread. */
export interface Place {
  /** texts before it, since the isolate began */
  readonly after: number;
  readonly texts: number;
  /** epoch ms; null: it waits */
  begunAt: number | null;
}

/**
 * Shares an isolate's thread between acknowledging messages, which comes first, and the background work of all its
 * objects. Every object that has work takes a place in one queue. When nothing arrives its front moves on with the work;
 * while messages arrive it moves on with the time, slower the more of them there are. So the objects take turns, a batch
 * each.
 *
 * It is told the time and waits for nothing, and who never comes back holds up nobody: an object may be evicted meanwhile.
 */
export class Pacer {
  private acceptedAt = 0;
  private rate = 0;
  private rateAt = 0;
  private cost = FIRST_COST_MS;
  /** texts that were asked for */
  private end = 0;
  /** … and those whose turn has come, as of `frontAt` */
  private front = 0;
  private frontAt = 0;
  private endedAt = 0;
  /** epoch ms: when the last of those who are next, and found no place free, asks again */
  private askAt = 0;
  private readonly atWork = new Set<Place>();
  /** when each place was last asked for, epoch ms, in that order */
  private readonly askedAt = new Map<Place, number>();
  /** texts of these places */
  private waiting = 0;

  /** Messages of one request were stored. @param now epoch ms */
  accepted(now: number): void {
    this.rate = this.rateAt === 0 ? 1 : this.rateOf(now) + 1;
    this.rateAt = now;
    this.acceptedAt = now;
  }

  isBusy(now: number): boolean {
    return Math.abs(now - this.acceptedAt) < BUSY_MS || this.rateOf(now) >= BUSY_RATE;
  }

  /** Whether so many arrive, or so much is to be done, that whatever can wait shall wait. */
  isCrowded(now: number): boolean {
    this.advance(now);
    return this.rateOf(now) >= CROWDED_RATE || this.waiting * this.cost >= CROWDED_MS;
  }

  /** Whether saves have to leave the thread to others between them. */
  isSpacing(now: number): boolean {
    return this.isBusy(now) || this.isCrowded(now);
  }

  /** From one object's save to the next one's, ms, at least; 0: they may come together. */
  saveSpacing(now: number): number {
    if (!this.isSpacing(now)) return 0;
    return this.rateOf(now) >= CROWDED_RATE ? CROWDED_SPACING_MS : SYNC_SPACING_MS;
  }

  /** Texts to take at once. @param isFirst of a stretch of work: what came alone is done at once */
  batch(now: number, isFirst: boolean): number {
    if (!this.isBusy(now)) return MICRO_BATCH;
    const factor = this.pauseFactor(now);
    if (factor > SINGLY_FACTOR) return 1;
    return isFirst ? MICRO_BATCH : BUSY_BATCH;
  }

  /** Takes a place at the end of the queue. @param texts how many will be worked on */
  queue(now: number, texts: number): Place {
    this.advance(now);
    const place: Place = { after: this.end, texts, begunAt: null };
    this.end += texts;
    this.ask(place, now);
    return place;
  }

  /** @returns ms after which to ask again; 0: the work begins now, and `ended` is called when it has ended */
  wait(place: Place, now: number): number {
    this.advance(now);
    const ahead = place.after - this.front;
    const isBusy = this.isBusy(now);
    const isNext = !isBusy || ahead <= 0; // no free place waits for who sleeps
    if (!isNext || this.isFull(now)) {
      this.ask(place, now);
      const ms = isNext ? this.nextAsk(now) - now : ahead * this.spacing(now);
      return Math.min(Math.max(1, Math.ceil(ms)), RECHECK_MS);
    }
    if (!isBusy) this.front = Math.min(this.end, this.front + place.texts);
    this.leave(place);
    place.begunAt = now;
    this.atWork.add(place);
    return 0;
  }

  private ask(place: Place, now: number): void {
    this.leave(place);
    this.askedAt.set(place, now);
    this.waiting += place.texts;
  }

  private leave(place: Place): void {
    if (this.askedAt.delete(place)) this.waiting -= place.texts;
  }

  /** Those who are next ask one after another, twice in the time of a text: a thousand at once would fill the thread. */
  private nextAsk(now: number): number {
    this.askAt = Math.min(Math.max(now, this.askAt) + this.spacing(now) / 2, now + RECHECK_MS);
    return this.askAt;
  }

  /**
   * Work has ended, well or not. A text costs the time from one end to the next: what lies abreast is not counted twice.
   *
   * @param texts that were worked on; 0: this says nothing about their cost
   */
  ended(place: Place, texts: number, now: number): void {
    this.atWork.delete(place);
    const ms = Math.max(0, now - Math.max(place.begunAt ?? now, this.endedAt));
    this.endedAt = now;
    if (texts > 0) this.cost += (Math.min(ms / texts, LONGEST_COST_MS) - this.cost) / 8;
  }

  /** Moves the front on with the time: while messages arrive, and past those who have left the queue. */
  private advance(now: number): void {
    const ms = now - this.frontAt;
    for (const [place, at] of this.askedAt) {
      if (Math.abs(now - at) < ABSENT_MS) break;
      this.leave(place);
    }
    this.frontAt = now; // also where the clock was set back: nobody waits until it is as late again
    if (ms <= 0) return;
    if (this.isBusy(now) ? this.isFull(now) : this.atWork.size > 0) return;
    this.front = Math.min(this.end, this.front + ms / this.spacing(now));
  }

  private isFull(now: number): boolean {
    for (const place of this.atWork) if (Math.abs(now - (place.begunAt ?? 0)) >= STALLED_MS) this.atWork.delete(place);
    return this.atWork.size >= ABREAST;
  }

  /** ms from a text's turn to the next one's */
  private spacing(now: number): number {
    return Math.max(MIN_SPACING_MS, this.cost * (this.isBusy(now) ? 1 + this.pauseFactor(now) : 1));
  }

  /** Pause by work: 1 in so many of the thread is left to background work. */
  private pauseFactor(now: number): number {
    const rate = this.rateOf(now);
    const yielding = Math.min((rate / EVEN_RATE) ** 2, LONGEST_PAUSE_FACTOR);
    const needed = (rate * this.cost) / 1_000;
    return needed < KEEPING_UP_SHARE ? Math.min(yielding, KEEPING_UP_SHARE / needed - 1) : yielding;
  }

  /** Requests with messages a second, lately. */
  private rateOf(now: number): number {
    return this.rate * Math.exp(-Math.abs(now - this.rateAt) / RATE_MS);
  }
}
