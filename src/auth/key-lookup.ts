import { z } from 'zod';
import type { CacheTier } from '../cache/policy.ts';
import type { CacheResult } from '../cache/tally.ts';
import { log } from '../shared/log.ts';
import { Principal } from './contract.ts';
import { KeyQuestions } from './key-questions.ts';

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
  /** resolves after so many ms */
  pause(ms: number): Promise<void>;
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
/** Who waits for another's question looks after this long, then after twice as long … */
const FIRST_LOOK_MS = 10;
/** … up to this. */
const LONGEST_LOOK_MS = 320;
/**
 * An answer that has not changed is noted in KV anew after half as long to one and a half times as long as this, by
 * chance: KV takes one write a second of a key, and hundreds of isolates read the key of a large application each minute.
 */
const NOTED_MS = 600_000;

/**
 * Reads API keys through two caches: this isolate, then KV, then Postgres. An answer older than `KEY_FRESH_MS` is read
 * anew. While Postgres cannot be reached, or says nothing for `PATIENCE_MS`, the last known answer goes on serving: an
 * outage of the database refuses and holds up nobody who was known, at the price that a revocation during it takes
 * effect only after it.
 *
 * Of all who need an answer at the same time one asks. The others look whether it has come: none waits for a promise of
 * another request, which may have gone.
 */
export class KeyLookup {
  private readonly isolate = new Map<string, Remembered>();
  private readonly questions = new KeyQuestions();

  /**
   * @param hash hex SHA-256 of the whole key
   * @returns null if the key is unknown, revoked or expired
   * @throws what `ports.find` throws, when nothing is remembered of this key
   */
  async principal(hash: string, ports: KeyLookupPorts): Promise<Principal | null> {
    const remembered = await this.remembered(hash, ports);
    return holderOf(remembered, ports.now());
  }

  /** The answer to go by: fresh, or the last known where no other is to be had. */
  private async remembered(hash: string, ports: KeyLookupPorts): Promise<Remembered> {
    const before = this.isolate.get(hash);
    ports.tally?.('l1', before ? (ports.now() - before.readAt < KEY_FRESH_MS ? 'hit' : 'stale') : 'miss');
    let own: Promise<void> | undefined;
    for (let wait = FIRST_LOOK_MS; ; wait = Math.min(2 * wait, LONGEST_LOOK_MS)) {
      const now = ports.now();
      const held = this.isolate.get(hash);
      const mayAsk = this.questions.mayAsk(hash, now);
      const isVain = this.questions.isVain(hash, now);
      if (held && (isVain || now - held.readAt < KEY_FRESH_MS)) {
        if (now - held.readAt >= REFRESH_AFTER_MS && mayAsk) await this.renewed(hash, ports);
        return held;
      }
      if (!own && (mayAsk || isVain)) {
        own = this.refresh(hash, ports).finally(() => {
          own = undefined;
        });
        ports.later?.(own.catch(() => {})); // who waits hears of it
      }
      await Promise.race([ports.pause(wait), ...(own ? [own] : [])]);
    }
  }

  /** As `principal`, without waiting; undefined where that would ask somebody. */
  atOnce(hash: string, now: number): Principal | null | undefined {
    const remembered = this.isolate.get(hash);
    return remembered && now - remembered.readAt < REFRESH_AFTER_MS ? holderOf(remembered, now) : undefined;
  }

  /** After the answer, where something can go on then. What stands in KV is no answer to anybody here, so it is not told. */
  private async renewed(hash: string, ports: KeyLookupPorts): Promise<void> {
    const { tally, later, ...silent } = ports;
    const work = this.refresh(hash, silent).then(() => tally?.('l1', 'renewal'));
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

  /** Asks. @throws what `ports.find` throws, when nothing is remembered of this key */
  private async refresh(hash: string, ports: KeyLookupPorts): Promise<void> {
    this.questions.begin(hash, ports.now());
    // what is held grows old: only something younger makes the question needless
    const enough = this.isolate.has(hash) ? REFRESH_AFTER_MS : KEY_FRESH_MS;
    const shared = await recalled(hash, ports);
    if (shared) this.keep(hash, shared);
    const newest = this.isolate.get(hash);
    const isFresh = newest !== undefined && ports.now() - newest.readAt < enough;
    ports.tally?.('kv', isFresh ? 'hit' : shared ? 'stale' : 'miss');
    if (isFresh) return this.questions.answered(hash);
    let read: Remembered;
    try {
      const readAt = ports.now(); // before the question: what was revoked while it travelled counts as not yet seen
      read = { key: await ports.find(hash), readAt };
    } catch (error) {
      this.questions.failed(hash);
      if (!this.isolate.has(hash)) throw error;
      return log.error('key store unreachable, using the last known answer', { error });
    }
    this.keep(hash, read);
    this.questions.answered(hash);
    // unknown keys stay out of KV: anyone can send them, and writes cost. A known one that was revoked is noted
    if ((read.key || shared?.key) && isWorthNoting(read, shared, ports.random())) await noted(hash, read, ports);
  }

  /** Keeps what was read, unless something younger is held: a revocation may have been noted meanwhile. */
  private keep(hash: string, read: Remembered): void {
    const held = this.isolate.get(hash);
    if (held && held.readAt >= read.readAt) return;
    if (this.isolate.size >= MAX_REMEMBERED) this.isolate.clear();
    this.isolate.set(hash, read);
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
