import { flushMetrics, type MetricsEnv } from '../src/metrics/flush.ts';
import { nextAlarm } from '../src/tasks/alarm.ts';
import { SYNC_AFTER_MS } from './sync/sync-desk.ts';

/** An alarm within this time is near enough to look after what comes in one stream with what it was set for. */
const NEAR_MS = 60_000;
/** … and is looked at again after this long. */
const LOOK_AGAIN_MS = 30_000;

/** Work that goes on is looked after again this long after, in case the object is evicted meanwhile, and up to twice as long. */
const GUARD_MS = 30_000;

export interface AlarmPorts {
  ctx: DurableObjectState;
  env: MetricsEnv;
  /** epoch ms: when the earliest work is due; null: there is none */
  nextDue(now: number): number | null;
  /** something waits that no alarm is set for */
  isWaiting(): boolean;
}

/** When to look after work that goes on: not all at once, of the thousands that began together. */
export const guardAt = (now: number): number => now + GUARD_MS * (1 + Math.random());

/** The earliest of some times; null: there is none. */
export function earliest(times: readonly (number | null)[]): number | null {
  const due = times.filter((time) => time !== null);
  return due.length === 0 ? null : Math.min(...due);
}

/** The one alarm of an object, shared by everything that is due later. */
export class AlarmClock {
  /** what the alarm was last set to; null: not known or not set */
  private at: number | null = null;
  private lookedAt = 0;
  private watching = false;
  private readonly ports: AlarmPorts;

  constructor(ports: AlarmPorts) {
    this.ports = ports;
  }

  /** The alarm is ringing: none is set now. */
  rang(): void {
    this.at = null;
  }

  /**
   * Instead of all that an alarm looks after, where work goes on: a thousand objects that are at work at once would spend
   * the thread on looking.
   *
   * @param until epoch ms: when it is time for everything again
   * @returns false where that is now
   */
  async guard(until: number): Promise<boolean> {
    const now = Date.now();
    if (until <= now) return false;
    this.lookedAt = now;
    await this.set(Math.min(guardAt(now), until));
    return true;
  }

  /**
   * As `rearm`, for what comes often and brings nothing that is due sooner than what came a moment before: an alarm that
   * is not far off and was looked at lately stays as it is.
   */
  touch(): Promise<void> | undefined {
    const now = Date.now();
    const isNear = this.at !== null && this.at > now && this.at <= now + NEAR_MS;
    if (!isNear || now - this.lookedAt >= LOOK_AGAIN_MS) return this.rearm();
    this.flush();
    return undefined;
  }

  /** Called at the end of whatever changes something, and so the place where an object tells what it has counted. */
  async rearm(): Promise<void> {
    this.flush();
    const now = Date.now();
    // nothing is ever due sooner than this, so an alarm within it is early enough, and a stream of messages asks no further
    if (this.at !== null && this.at > now && this.at <= now + SYNC_AFTER_MS) return;
    this.lookedAt = now;
    const at = nextAlarm(this.at, this.ports.nextDue(now), now);
    if (at !== null) await this.set(at);
  }

  private async set(at: number): Promise<void> {
    this.at = at; // before storage has answered: what comes meanwhile need not set it again
    try {
      await this.ports.ctx.storage.setAlarm(at);
    } catch (error) {
      this.at = null; // as with a full disk: whoever asks next sets it
      throw error;
    }
  }

  private flush(): void {
    const { ctx, env } = this.ports;
    flushMetrics(env, (work) => ctx.waitUntil(work));
  }

  /** What a call is about to change must reach Postgres: looked after a moment later, once for many calls. */
  watch(): void {
    if (this.watching) return;
    this.watching = true;
    setTimeout(() => {
      this.watching = false;
      if (this.ports.isWaiting()) void this.rearm();
    }, SYNC_AFTER_MS / 2);
  }
}
