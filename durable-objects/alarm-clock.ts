import { nextAlarm } from '../src/tasks/alarm.ts';
import { SYNC_AFTER_MS } from './sync/sync-desk.ts';

export interface AlarmPorts {
  storage: DurableObjectStorage;
  /** epoch ms: when the earliest work is due; null: there is none */
  nextDue(now: number): number | null;
  /** something waits that no alarm is set for */
  isWaiting(): boolean;
}

/** The one alarm of an object, shared by everything that is due later. */
export class AlarmClock {
  /** what the alarm was last set to; null: not known or not set */
  private at: number | null = null;
  private watching = false;
  private readonly ports: AlarmPorts;

  constructor(ports: AlarmPorts) {
    this.ports = ports;
  }

  /** The alarm is ringing: none is set now. */
  rang(): void {
    this.at = null;
  }

  async rearm(): Promise<void> {
    const now = Date.now();
    // nothing is ever due sooner than this, so an alarm within it is early enough, and a stream of messages asks no further
    if (this.at !== null && this.at > now && this.at <= now + SYNC_AFTER_MS) return;
    const at = nextAlarm(this.at, this.ports.nextDue(now), now);
    if (at === null) return;
    this.at = at;
    await this.ports.storage.setAlarm(at);
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
