import type { ByteCache } from './byte-cache.ts';

interface Entry {
  value: Uint8Array;
  /** epoch ms */
  expiresAt: number;
}

/** What an entry costs beside its bytes: the Map slot, the objects, two bytes a character of its key. */
const ENTRY_OVERHEAD = 200;

/** A cache in the isolate's memory that never holds more than its budget: the entry not used for longest goes first. */
export class MemoryCache implements ByteCache {
  private readonly budgetBytes: number;
  private readonly now: () => number;
  /** oldest use first: a Map keeps the order of insertion, and a use inserts again */
  private readonly entries = new Map<string, Entry>();
  private bytes = 0;

  constructor(budgetBytes: number, now: () => number = Date.now) {
    this.budgetBytes = budgetBytes;
    this.now = now;
  }

  /** Bytes held, overhead included. */
  get size(): number {
    return this.bytes;
  }

  async get(key: string): Promise<Uint8Array | null> {
    const entry = this.entries.get(key);
    if (entry === undefined) return null;
    if (entry.expiresAt <= this.now()) {
      this.drop(key, entry);
      return null;
    }
    this.entries.delete(key);
    this.entries.set(key, entry);
    return entry.value;
  }

  async put(key: string, value: Uint8Array, ttlSeconds: number): Promise<void> {
    const before = this.entries.get(key);
    if (before !== undefined) this.drop(key, before);
    const entry = { value, expiresAt: this.now() + ttlSeconds * 1000 };
    if (cost(key, entry) > this.budgetBytes) return;
    this.entries.set(key, entry);
    this.bytes += cost(key, entry);
    for (const [oldest, old] of this.entries) {
      if (this.bytes <= this.budgetBytes) break;
      this.drop(oldest, old);
    }
  }

  async clear(prefix: string): Promise<void> {
    for (const [key, entry] of this.entries) {
      if (key.startsWith(prefix)) this.drop(key, entry);
    }
  }

  private drop(key: string, entry: Entry): void {
    this.entries.delete(key);
    this.bytes -= cost(key, entry);
  }
}

const cost = (key: string, entry: Entry): number => entry.value.byteLength + 2 * key.length + ENTRY_OVERHEAD;
