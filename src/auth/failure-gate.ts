import { RateLimiter } from '../http/rate-limit.ts';
import { log } from '../shared/log.ts';

/** Failed attempts a minute from one address; a tenth of them at once. */
const FAILURES_PER_MINUTE = 300;
const MAX_SHUT = 10_000;

/** Cloudflare's rate-limit binding, which counts for a whole location; this gate alone counts for its isolate. */
export interface SharedCount {
  limit(options: { key: string }): Promise<{ success: boolean }>;
}

/** Slows down who keeps trying to get in, by address. It never delays a request whose key is known. */
export class FailureGate {
  private readonly limiter = new RateLimiter();
  /** epoch ms until which an address is refused */
  private readonly shut = new Map<string, number>();

  /** @returns seconds until an address may try again; 0: now */
  wait(address: string, now: number): number {
    const until = this.shut.get(address) ?? 0;
    return until > now ? Math.ceil((until - now) / 1_000) : 0;
  }

  /** Counts a failure. @param shared undefined where none is bound; one that fails counts for nothing */
  async failed(address: string, now: number, shared: SharedCount | undefined): Promise<void> {
    const wait = this.limiter.take(address, FAILURES_PER_MINUTE, now);
    const isFree = await passes(address, shared);
    if (wait === 0 && isFree) return;
    if (this.shut.size >= MAX_SHUT) this.shut.clear();
    this.shut.set(address, now + 1_000 * (isFree ? wait : 10));
  }
}

async function passes(address: string, shared: SharedCount | undefined): Promise<boolean> {
  try {
    return shared === undefined || (await shared.limit({ key: address })).success;
  } catch (error) {
    log.error('rate-limit binding failed', { error });
    return true;
  }
}

/** What is counted as one address: IPv4 whole; of IPv6 the first 64 bits, since a household has all the others. */
export function networkOf(address: string): string {
  if (!address.includes(':')) return address;
  const [head = '', tail = ''] = address.split('::');
  const [before, after] = [head, tail].map((part) => (part === '' ? [] : part.split(':')));
  const zeros = Array<string>(Math.max(0, 8 - before!.length - after!.length)).fill('0');
  const groups = address.includes('::') ? [...before!, ...zeros, ...after!] : before!;
  return `${groups.slice(0, 4).join(':')}::/64`;
}
