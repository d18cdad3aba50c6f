/** What became of the messages of a run, by the names the driver gave them. */
export interface Balance {
  sent: number;
  /** acknowledged at least once */
  acknowledged: number;
  /** refused, or never answered while the driver waited */
  errors: number;
  /** acknowledged and not in the store, or there with another text */
  lost: number;
  /** in the store more than once, or acknowledged more than once though it was sent once */
  duplicated: number;
}

interface Entry {
  times: number;
  acks: number;
  refused: boolean;
}

/** Keeps books of each message, so that "exactly once" is counted and not believed. */
export class Ledger {
  private readonly entries = new Map<string, Entry>();

  sent(name: string): void {
    const entry = this.entries.get(name) ?? { times: 0, acks: 0, refused: false };
    entry.times++;
    this.entries.set(name, entry);
  }

  /** @returns false for a message that nobody sent */
  acknowledged(name: string): boolean {
    const entry = this.entries.get(name);
    if (!entry) return false;
    entry.acks++;
    return true;
  }

  refused(name: string): void {
    const entry = this.entries.get(name);
    if (entry) entry.refused = true;
  }

  isAnswered(name: string): boolean {
    const entry = this.entries.get(name);
    return entry !== undefined && (entry.acks > 0 || entry.refused);
  }

  get unanswered(): number {
    let count = 0;
    for (const { acks, refused } of this.entries.values()) if (acks === 0 && !refused) count++;
    return count;
  }

  get acknowledgedCount(): number {
    let count = 0;
    for (const { acks } of this.entries.values()) if (acks > 0) count++;
    return count;
  }

  /** @param stored how often the store holds each message, by name; `null`: the app has no store to look into */
  balance(stored: ReadonlyMap<string, number> | null): Balance {
    const balance = { sent: this.entries.size, acknowledged: 0, errors: 0, lost: 0, duplicated: 0 };
    for (const [name, { times, acks }] of this.entries) {
      const copies = stored?.get(name) ?? 0;
      if (acks > 0) balance.acknowledged++;
      else balance.errors++;
      if (stored && acks > 0 && copies === 0) balance.lost++;
      if (copies > 1 || acks > times) balance.duplicated++;
    }
    return balance;
  }
}
