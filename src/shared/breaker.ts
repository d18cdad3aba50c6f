interface BreakerOptions {
  /** failures in a row that open it */
  threshold: number;
  /** how long it stays open before one trial goes through */
  restMs: number;
}

export type BreakerState = 'closed' | 'open' | 'half-open';

const DEFAULTS: BreakerOptions = { threshold: 3, restMs: 10_000 };

/** Keeps calls away from something that is down. State of one isolate; time is given, in epoch ms. */
export class Breaker {
  private readonly options: BreakerOptions;
  private failures = 0;
  private restsUntil = 0;

  constructor(options: Partial<BreakerOptions> = {}) {
    this.options = { ...DEFAULTS, ...options };
  }

  /**
   * Whether a call may go out. Where it was open and has rested, this call is the trial: others wait as long again,
   * which also covers a trial that never reports.
   */
  allows(now: number): boolean {
    if (this.failures < this.options.threshold) return true;
    if (now < this.restsUntil) return false;
    this.restsUntil = now + this.options.restMs;
    return true;
  }

  /** `half-open`: the next call is the trial. */
  state(now: number): BreakerState {
    if (this.failures < this.options.threshold) return 'closed';
    return now < this.restsUntil ? 'open' : 'half-open';
  }

  /** Seconds until a call may go out again, at least 1. */
  retryAfterSeconds(now: number): number {
    return Math.max(1, Math.ceil((this.restsUntil - now) / 1000));
  }

  /** A call that was let through has ended and tells nothing: if it was the trial, the next one is. */
  undecided(now: number): void {
    if (this.failures >= this.options.threshold) this.restsUntil = now;
  }

  succeeded(): void {
    this.failures = 0;
  }

  /** @param restMs as long as the other side has asked for, where that is longer than the usual rest */
  failed(now: number, restMs = 0): void {
    this.failures++;
    if (this.failures < this.options.threshold) return;
    this.restsUntil = Math.max(this.restsUntil, now + Math.max(this.options.restMs, restMs));
  }
}
