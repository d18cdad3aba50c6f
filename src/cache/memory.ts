import type { ByteCache } from './byte-cache.ts';
import { jittered } from './jitter.ts';
import { NO_TALLY, type Tally } from './tally.ts';

interface Entry {
  value: Uint8Array;
  /** epoch ms */
  expiresAt: number;
  /** somebody has found it since it was put */
  wasFound: boolean;
}

interface MemoryCacheOptions {
  /** epoch ms */
  now?: () => number;
  /** in [0, 1): spreads expiry */
  random?: () => number;
  tally?: Tally;
}

/** What an entry costs beside its bytes: the Map slot, the objects, two bytes a character of its key. */
const ENTRY_OVERHEAD = 200;

/** A cache in the isolate's memory that never holds more than its budget: the entry not used for longest goes first. */
export class MemoryCache implements ByteCache {
  private readonly budgetBytes: number;
  private readonly now: () => number;
  private readonly random: () => number;
  private readonly tally: Tally;
  /** oldest use first: a Map keeps the order of insertion, and a use inserts again */
  private readonly entries = new Map<string, Entry>();
  private bytes = 0;

  constructor(budgetBytes: number, options: MemoryCacheOptions = {}) {
    const { now = Date.now, random = Math.random, tally = NO_TALLY } = options;
    this.budgetBytes = budgetBytes;
    this.now = now;
    this.random = random;
    this.tally = tally;
  }

  /** Bytes held, overhead included. */
  get size(): number {
    return this.bytes;
  }

  /**
   * As `get`, without leaving the turn: nothing can change between the answer and its use.
   *
   * @param isCurrent asked of an entry that is not too old; one that is not current is dropped, and counts as stale
   */
  read(key: string, isCurrent: (value: Uint8Array) => boolean = () => true): Uint8Array | null {
    const entry = this.entries.get(key);
    if (entry === undefined) {
      this.tally('miss');
      return null;
    }
    if (entry.expiresAt <= this.now() || !isCurrent(entry.value)) {
      this.drop(key, entry);
      this.tally('stale');
      return null;
    }
    this.entries.delete(key);
    this.entries.set(key, entry);
    entry.wasFound = true;
    this.tally('hit');
    return entry.value;
  }

  /**
   * What is held of a key and has been found since it was put, for its owner to renew: no question, so it neither counts
   * nor makes the entry used. What nobody has asked for is not worth the work.
   */
  inUse(key: string): { value: Uint8Array; secondsLeft: number } | null {
    const entry = this.entries.get(key);
    if (!entry?.wasFound) return null;
    const secondsLeft = (entry.expiresAt - this.now()) / 1000;
    return secondsLeft > 0 ? { value: entry.value, secondsLeft } : null;
  }

  /** As `write`, of what was made anew before anybody asked. */
  renew(key: string, value: Uint8Array, ttlSeconds: number): void {
    this.write(key, value, ttlSeconds);
    this.tally('renewal');
  }

  /** As `put`, without leaving the turn. What is larger than the whole budget is not kept. */
  write(key: string, value: Uint8Array, ttlSeconds: number): void {
    const before = this.entries.get(key);
    if (before !== undefined) this.drop(key, before);
    const expiresAt = this.now() + jittered(ttlSeconds, this.random) * 1000;
    const entry = { value, expiresAt, wasFound: false };
    if (cost(key, entry) > this.budgetBytes) return;
    this.entries.set(key, entry);
    this.bytes += cost(key, entry);
    for (const [oldest, old] of this.entries) {
      if (this.bytes <= this.budgetBytes) break;
      this.drop(oldest, old);
      this.tally('eviction');
    }
  }

  async get(key: string): Promise<Uint8Array | null> {
    return this.read(key);
  }

  async put(key: string, value: Uint8Array, ttlSeconds: number): Promise<void> {
    this.write(key, value, ttlSeconds);
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
