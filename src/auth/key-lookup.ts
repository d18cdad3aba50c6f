import { z } from 'zod';
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
}

const Remembered = z.object({ key: KnownKey.nullable(), readAt: z.number() });
type Remembered = z.infer<typeof Remembered>;

/** A revoked key stops working within this time, in ms (DESIGN.md, "Security"). */
export const KEY_FRESH_MS = 60_000;
const MAX_REMEMBERED = 10_000;

/**
 * Reads API keys through two caches: this isolate, then KV, then Postgres. An answer older than `KEY_FRESH_MS` is read
 * anew. While Postgres cannot be reached the last known answer goes on serving: an outage of the database refuses
 * nobody who was known, at the price that a revocation during it takes effect only after it.
 */
export class KeyLookup {
  private readonly isolate = new Map<string, Remembered>();

  /**
   * @param hash hex SHA-256 of the whole key
   * @returns null if the key is unknown, revoked or expired
   * @throws what `ports.find` throws, when nothing is remembered of this key
   */
  async principal(hash: string, ports: KeyLookupPorts): Promise<Principal | null> {
    const now = ports.now();
    let remembered = this.isolate.get(hash) ?? null;
    if (!remembered || now - remembered.readAt >= KEY_FRESH_MS) {
      remembered = await this.refresh(hash, ports, remembered);
      if (this.isolate.size >= MAX_REMEMBERED) this.isolate.clear();
      this.isolate.set(hash, remembered);
    }
    const { key } = remembered;
    return key && (key.expiresAt === null || key.expiresAt > now) ? key.principal : null;
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
    const shared = await recalled(hash, ports);
    const newest = shared && (!held || shared.readAt > held.readAt) ? shared : held;
    if (newest && ports.now() - newest.readAt < KEY_FRESH_MS) return newest;
    let read: Remembered;
    try {
      const readAt = ports.now(); // before the question: what was revoked while it travelled counts as not yet seen
      read = { key: await ports.find(hash), readAt };
    } catch (error) {
      if (!newest) throw error;
      console.error('key store unreachable, using the last known answer', { error: String(error) });
      return newest;
    }
    // unknown keys stay out of KV: anyone can send them, and writes cost. A known one that was revoked is noted
    if (read.key || shared?.key) await noted(hash, read, ports);
    return read;
  }
}

/** KV being down, or holding something odd, is a miss. */
async function recalled(hash: string, ports: KeyLookupPorts): Promise<Remembered | null> {
  try {
    const text = await ports.recall(hash);
    return text === null ? null : (Remembered.safeParse(JSON.parse(text)).data ?? null);
  } catch (error) {
    console.error('key cache unreadable', { error: String(error) });
    return null;
  }
}

/** KV takes one write a second of a key and refuses the others, which must refuse no request. */
async function noted(hash: string, read: Remembered, ports: KeyLookupPorts): Promise<void> {
  try {
    await ports.remember(hash, JSON.stringify(read));
  } catch (error) {
    console.error('key cache not written', { error: String(error) });
  }
}
