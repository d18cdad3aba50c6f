/** Longest wait for another's work: who did it may have been ended without a word. */
const LONGEST_WAIT_MS = 2_000;

/**
 * Work that several requests of an isolate would do at once is done by one of them. The others poll and do not queue on a
 * promise of the first: in workerd a promise that a finished request left behind never settles.
 */
export class SingleFlight {
  /** since when, epoch ms, by key */
  private readonly flying = new Map<string, number>();
  private readonly nextTurn: () => Promise<void>;
  private readonly now: () => number;

  /** @param nextTurn resolves in a later turn of the event loop */
  constructor(nextTurn: () => Promise<void>, now: () => number = Date.now) {
    this.nextTurn = nextTurn;
    this.now = now;
  }

  /**
   * Does work while nobody else works on any of its keys.
   *
   * @param work hears whether it has waited: what it wants may have been made meanwhile
   */
  async alone<T>(keys: readonly string[], work: (hasWaited: boolean) => Promise<T>): Promise<T> {
    let hasWaited = false;
    while (keys.some((key) => this.isFlying(key))) {
      hasWaited = true;
      await this.nextTurn();
    }
    const since = this.now();
    for (const key of keys) this.flying.set(key, since);
    try {
      return await work(hasWaited);
    } finally {
      for (const key of keys) if (this.flying.get(key) === since) this.flying.delete(key);
    }
  }

  private isFlying(key: string): boolean {
    const since = this.flying.get(key);
    return since !== undefined && this.now() - since < LONGEST_WAIT_MS;
  }
}
