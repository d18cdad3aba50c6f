/** What was measured says nothing any more after this long, in ms: refusing must not go on by itself. */
const VALID_MS = 1_000;
const MEASURE_EVERY_MS = 100;

/**
 * How long an isolate takes to come round to everything that waits for it: requests that were received, and answers they
 * wait for. Counting what is under way cannot tell, since a request that waits for its first turn is not counted yet.
 */
export class LoopLag {
  private begunAt = 0;
  private lagMs = 0;
  private measuredAt = Number.NEGATIVE_INFINITY;

  /** @returns the lag that was measured last, in ms; 0 if that is too long ago. @param now epoch ms */
  get(now: number): number {
    return now - this.measuredAt < VALID_MS ? this.lagMs : 0;
  }

  /**
   * Measures, unless that was done a moment before.
   *
   * @param turn resolves when everything that waited before has had its turn
   * @returns null if there was nothing to do
   */
  measure(now: number, turn: () => Promise<unknown>, clock: () => number): Promise<void> | null {
    if (now - this.begunAt < MEASURE_EVERY_MS) return null;
    this.begunAt = now;
    return turn().then(() => {
      this.measuredAt = clock();
      this.lagMs = Math.max(0, this.measuredAt - now);
    });
  }
}
