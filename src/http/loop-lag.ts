/** What was measured says nothing any more after this long, in ms: refusing must not go on by itself. */
const VALID_MS = 1_000;
const MEASURE_EVERY_MS = 100;
/** Nobody waits this long for a turn: the clock was set forward meanwhile. */
const MOST_LAG_MS = 60_000;

/**
 * How long an isolate takes to come round to everything that waits for it: requests that were received, and answers they
 * wait for. Counting what is under way cannot tell, since a request that waits for its first turn is not counted yet.
 */
export class LoopLag {
  private begunAt = 0;
  private lagMs = 0;
  private measuredAt = Number.NEGATIVE_INFINITY;

  /**
   * @param now epoch ms
   * @returns the lag that was measured last, in ms; 0 if that is too long ago, or later than now: the clock was set back
   */
  get(now: number): number {
    const age = now - this.measuredAt;
    return age >= 0 && age < VALID_MS ? this.lagMs : 0;
  }

  /**
   * Measures, unless that was done a moment before.
   *
   * @param turn resolves when everything that waited before has had its turn
   * @returns null if there was nothing to do
   */
  measure(now: number, turn: () => Promise<unknown>, clock: () => number): Promise<void> | null {
    const sinceBegun = now - this.begunAt;
    if (sinceBegun >= 0 && sinceBegun < MEASURE_EVERY_MS) return null;
    this.begunAt = now;
    return turn().then(() => {
      this.measuredAt = clock();
      const lag = this.measuredAt - now;
      this.lagMs = lag >= 0 && lag < MOST_LAG_MS ? lag : 0;
    });
  }
}
