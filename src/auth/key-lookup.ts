import { z } from 'zod';
import type { CacheTier } from '../cache/policy.ts';
import type { CacheResult } from '../cache/tally.ts';
import { log } from '../shared/log.ts';
import { Principal } from './contract.ts';

const KnownKey = z.object({ principal: Principal, expiresAt: z.number().nullable() });
/** A key that is not revoked; `expiresAt` in epoch ms, null: never. */
export type KnownKey = z.infer<typeof KnownKey>;

/** What a look-up needs. The Worker gives Postgres and KV, a test gives maps. */
export interface KeyLookupPorts {
  /** the authority; throws when it cannot be reached */
  find(hash: string): Promise<KnownKey | null>;
  recall(hash: string): Promise<string | null>;
  remember(hash: string, text: string): Promise<void>;
  now(): number;
  /** in [0, 1) */
  random(): number;
  tally?(tier: CacheTier, result: CacheResult): void;
  /** where work goes on after the answer, `waitUntil` in a Worker; left out, the answer waits for it */
  later?(work: Promise<void>): void;
}

const Remembered = z.object({ key: KnownKey.nullable(), readAt: z.number() });
type Remembered = z.infer<typeof Remembered>;

/** A revoked key stops working within this time, in ms (DESIGN.md, "Security"). */
export const KEY_FRESH_MS = 60_000;
const MAX_REMEMBERED = 10_000;
/** An answer is read anew from this age on, so that none is in use after `KEY_FRESH_MS`. */
export const REFRESH_AFTER_MS = 45_000;
const REFRESH_PATIENCE_MS = 5_000;
/**
 * An answer that has not changed is noted in KV anew after half as long to one and a half times as long as this, by
 * chance: KV takes one write a second of a key, and hundreds of isolates read the key of a large application each minute.
 */
const NOTED_MS = 600_000;

/**
 * Reads API keys through two caches: this isolate, then KV, then Postgres. An answer older than `KEY_FRESH_MS` is read
 * anew. While Postgres cannot be reached the last known answer goes on serving: an outage of the database refuses
 * nobody who was known, at the price that a revocation during it takes effect only after it.
 */
export class KeyLookup {
  private readonly isolate = new Map<string, Remembered>();
  /** until when, in epoch ms, a request is trusted to bring a new answer */
  private readonly refreshing = new Map<string, number>();

  /**
   * @param hash hex SHA-256 of the whole key
   * @returns null if the key is unknown, revoked or expired
   * @throws what `ports.find` throws, when nothing is remembered of this key
   */
  async principal(hash: string, ports: KeyLookupPorts): Promise<Principal | null> {
    const now = ports.now();
    let remembered = this.isolate.get(hash) ?? null;
    const isFresh = remembered !== null && now - remembered.readAt < KEY_FRESH_MS;
    ports.tally?.('l1', isFresh ? 'hit' : remembered ? 'stale' : 'miss');
    if (!remembered || !isFresh) remembered = await this.refresh(hash, ports, remembered);
    else if (this.shallRenew(hash, remembered, now)) await this.renewed(hash, ports, remembered);
    return holderOf(remembered, now);
  }

  /** As `principal`, without waiting; undefined where that would ask somebody. */
  atOnce(hash: string, now: number): Principal | null | undefined {
    const remembered = this.isolate.get(hash);
    return remembered && now - remembered.readAt < REFRESH_AFTER_MS ? holderOf(remembered, now) : undefined;
  }

  /**
   * Of the requests that come while an answer grows old one reads it anew, before its time is over, and all of them go on
   * with it: otherwise all would ask at once in the moment it ends. None waits for a promise of another request, which
   * may have gone; if it has, the next one tries.
   */
  private shallRenew(hash: string, { readAt }: Remembered, now: number): boolean {
    if (now - readAt < REFRESH_AFTER_MS || now < (this.refreshing.get(hash) ?? 0)) return false;
    if (this.refreshing.size >= MAX_REMEMBERED) this.refreshing.clear();
    this.refreshing.set(hash, now + REFRESH_PATIENCE_MS);
    return true;
  }

  /** After the answer, where something can go on then. What stands in KV is no answer to anybody here, so it is not told. */
  private async renewed(hash: string, ports: KeyLookupPorts, held: Remembered): Promise<void> {
    const { tally, later, ...silent } = ports;
    const work = this.refresh(hash, silent, held).then(() => tally?.('l1', 'renewal'));
    if (later) later(work);
    else await work;
  }

  /** Whether this isolate holds a valid answer for a key, so that asking about it costs nothing. */
  holds(hash: string, now: number): boolean {
    const remembered = this.isolate.get(hash);
    return remembered?.key != null && now - remembered.readAt < KEY_FRESH_MS;
  }

  /** Notes a revocation where it was made: here at once, and for other isolates when their answer is no longer fresh. */
  async revoked(hash: string, ports: KeyLookupPorts): Promise<void> {
    const read = { key: null, readAt: ports.now() };
    this.isolate.set(hash, read);
    await noted(hash, read, ports);
  }

  private async refresh(hash: string, ports: KeyLookupPorts, held: Remembered | null): Promise<Remembered> {
    const read = await this.newest(hash, ports, held);
    if (this.isolate.size >= MAX_REMEMBERED) this.isolate.clear();
    const known = this.isolate.get(hash);
    if (known && known.readAt >= read.readAt) return known; // a revocation was noted meanwhile
    this.isolate.set(hash, read);
    return read;
  }

  private async newest(hash: string, ports: KeyLookupPorts, held: Remembered | null): Promise<Remembered> {
    const shared = await recalled(hash, ports);
    const newest = shared && (!held || shared.readAt > held.readAt) ? shared : held;
    // what is held grows old: only something younger makes the question needless
    const isFresh = newest !== null && ports.now() - newest.readAt < (held ? REFRESH_AFTER_MS : KEY_FRESH_MS);
    ports.tally?.('kv', isFresh ? 'hit' : shared ? 'stale' : 'miss');
    if (newest && isFresh) return newest;
    let read: Remembered;
    try {
      const readAt = ports.now(); // before the question: what was revoked while it travelled counts as not yet seen
      read = { key: await ports.find(hash), readAt };
    } catch (error) {
      if (!newest) throw error;
      log.error('key store unreachable, using the last known answer', { error });
      return newest;
    }
    // unknown keys stay out of KV: anyone can send them, and writes cost. A known one that was revoked is noted
    if ((read.key || shared?.key) && isWorthNoting(read, shared, ports.random())) await noted(hash, read, ports);
    return read;
  }
}

const holderOf = ({ key }: Remembered, now: number): Principal | null =>
  key && (key.expiresAt === null || key.expiresAt > now) ? key.principal : null;

function isWorthNoting(read: Remembered, shared: Remembered | null, random: number): boolean {
  if (!shared || JSON.stringify(shared.key) !== JSON.stringify(read.key)) return true;
  return read.readAt - shared.readAt >= NOTED_MS * (0.5 + random);
}

/** KV being down, or holding something odd, is a miss. */
async function recalled(hash: string, ports: KeyLookupPorts): Promise<Remembered | null> {
  try {
    const text = await ports.recall(hash);
    return text === null ? null : (Remembered.safeParse(JSON.parse(text)).data ?? null);
  } catch (error) {
    log.error('key cache unreadable', { error });
    return null;
  }
}

/** KV takes one write a second of a key and refuses the others, which must refuse no request. */
async function noted(hash: string, read: Remembered, ports: KeyLookupPorts): Promise<void> {
  try {
    await ports.remember(hash, JSON.stringify(read));
  } catch (error) {
    log.error('key cache not written', { error });
  }
}
