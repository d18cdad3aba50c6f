/** Which answers KV may hold, so that it is not asked in vain: a miss there costs as long as a hit, before the first word. */
export interface KeptKeys {
  has(key: string): boolean;
  add(key: string): void;
}

/** Digits of a key that are remembered: two that share them cost one look-up in vain. */
const DIGITS = 12;
/** The oldest are forgotten beyond; what they led to is written anew when it is asked for. */
const MOST = 500;

/** The keys of one person in their present life, with the time when each expires, saved whenever one is added. */
export class SavedKeys implements KeptKeys {
  private readonly until: Map<string, number>;
  private readonly parts: { ttlMs: number; now(): number; save(entries: [key: string, until: number][]): void };

  /** @param entries as they were saved last; times in epoch ms */
  constructor(entries: readonly [key: string, until: number][], parts: SavedKeys['parts']) {
    this.until = new Map(entries);
    this.parts = parts;
  }

  has(key: string): boolean {
    return (this.until.get(key.slice(-DIGITS)) ?? 0) > this.parts.now();
  }

  add(key: string): void {
    const now = this.parts.now();
    this.until.delete(key.slice(-DIGITS)); // so that it is the youngest
    this.until.set(key.slice(-DIGITS), now + this.parts.ttlMs);
    const entries = [...this.until].filter(([, until]) => until > now).slice(-MOST);
    this.until.clear();
    for (const [short, until] of entries) this.until.set(short, until);
    this.parts.save(entries);
  }
}
