import { inKvTime } from '../cache/kv-time.ts';
import { CACHES } from '../cache/policy.ts';
import { scopePrefix } from '../cache/scope.ts';
import { NO_TALLY, type Tally } from '../cache/tally.ts';
import { log } from '../shared/log.ts';
import { FlagState } from './contract.ts';
import { isOn, ruleOf } from './evaluate.ts';
import type { FlagName } from './registry.ts';

/** Of a tenant that has set no flag. */
export const NO_RULES: FlagState = { version: 0, rules: {} };

const FRESH_MS = CACHES.flags.ttlSeconds * 1000;
/** From this age on one reader reads it anew, so that the others do not wait when its time is over. */
const RENEW_AFTER_MS = FRESH_MS - 10_000;
/** If that reader brings nothing, the next one tries. */
const PATIENCE_MS = 3_000;
const MOST_TENANTS = 1_000;

/** Where KV keeps what a tenant has set. */
export const flagKey = async (tenantId: string): Promise<string> =>
  (await scopePrefix('flags1', tenantId)).slice(0, -1);

interface ReaderParts {
  kv: Pick<KVNamespace, 'get'>;
  /** epoch ms */
  now?: () => number;
  tally?: Tally;
  /** where work goes on after the answer, `waitUntil` in a Worker; left out, the answer waits for it */
  later?: (work: Promise<void>) => void;
}

interface Known {
  state: FlagState;
  /** epoch ms */
  at: number;
  /** until when, in epoch ms, somebody is trusted to read it anew */
  renewingUntil: number;
}

/**
 * Flags as this isolate knows them. A change is followed within the time of this cache and KV's own minute, 90 s
 * together. KV being down changes nothing: what was known last holds, and the defaults where nothing was.
 */
export class FlagReader {
  private readonly known = new Map<string, Known>();
  private readonly kv: ReaderParts['kv'];
  private readonly now: () => number;
  private readonly tally: Tally;
  private readonly later: ReaderParts['later'];

  constructor({ kv, now = Date.now, tally = NO_TALLY, later }: ReaderParts) {
    this.kv = kv;
    this.now = now;
    this.tally = tally;
    this.later = later;
  }

  async isOn(name: FlagName, tenantId: string, userId: string): Promise<boolean> {
    return isOn(name, ruleOf(name, await this.of(tenantId)), tenantId, userId);
  }

  private async of(tenantId: string): Promise<FlagState> {
    const held = this.known.get(tenantId);
    const now = this.now();
    if (!held || now - held.at >= FRESH_MS) {
      this.tally(held ? 'stale' : 'miss');
      return this.readAnew(tenantId);
    }
    this.tally('hit');
    if (now - held.at >= RENEW_AFTER_MS && now >= held.renewingUntil) {
      held.renewingUntil = now + PATIENCE_MS;
      const work = this.readAnew(tenantId).then(() => this.tally('renewal'));
      if (this.later) this.later(work);
      else await work;
    }
    return held.state;
  }

  private async readAnew(tenantId: string): Promise<FlagState> {
    const state = (await this.read(tenantId)) ?? this.known.get(tenantId)?.state ?? NO_RULES;
    this.known.delete(tenantId);
    this.known.set(tenantId, { state, at: this.now(), renewingUntil: 0 });
    if (this.known.size > MOST_TENANTS) {
      this.known.delete(this.known.keys().next().value!);
      this.tally('eviction');
    }
    return state;
  }

  /** Null: it cannot be told. */
  private async read(tenantId: string): Promise<FlagState | null> {
    try {
      const text = await inKvTime(this.kv.get(await flagKey(tenantId)));
      return text === null ? NO_RULES : FlagState.parse(JSON.parse(text));
    } catch (error) {
      log.error('flags cannot be read', { tenantId, error });
      return null;
    }
  }
}
