/** What an isolate works on at most at a time. */
export interface Bounds {
  requests: number;
  /** of bodies, in bytes */
  bytes: number;
  /** requests about one person */
  ofOne: number;
}

interface Work {
  until: number;
  bytes: number;
  whose: string | null;
}

/**
 * Work counts no longer than this: a client that goes away ends its request without a word, and must not hold a place
 * for ever. In ms.
 */
const LONGEST_MS = 15_000;

/** Counts what is under way, so that what would be too much is refused at once instead of late. */
export class InFlight {
  private readonly works = new Set<Work>();
  private readonly counts = new Map<string, number>();
  private bytes = 0;

  /** Whether more would be too much. @param now epoch ms */
  isFull({ requests, bytes }: Bounds, now: number): boolean {
    this.forget(now);
    return this.works.size >= requests || this.bytes >= bytes;
  }

  /** How much of one person is under way. */
  of(whose: string, now: number): number {
    this.forget(now);
    return this.counts.get(whose) ?? 0;
  }

  /** Work begins. @returns to be called when it ends; more often does no harm */
  begin(bytes: number, whose: string | null, now: number): () => void {
    const work = { until: now + LONGEST_MS, bytes, whose };
    this.works.add(work);
    this.bytes += bytes;
    if (whose !== null) this.counts.set(whose, (this.counts.get(whose) ?? 0) + 1);
    return () => this.end(work);
  }

  private end(work: Work): void {
    if (!this.works.delete(work)) return;
    this.bytes -= work.bytes;
    if (work.whose === null) return;
    const left = (this.counts.get(work.whose) ?? 0) - 1;
    if (left > 0) this.counts.set(work.whose, left);
    else this.counts.delete(work.whose);
  }

  /** They stand in order of their beginning. What begins later than now was begun before the clock was set back. */
  private forget(now: number): void {
    for (const work of this.works) {
      if (work.until > now && work.until <= now + LONGEST_MS) return;
      this.end(work);
    }
  }
}
