import { MemoryCache } from '../../src/cache/memory.ts';
import { AnswerCache } from '../../src/llm/answer-cache.ts';
import { createAnthropicModel } from '../../src/llm/anthropic.ts';
import { type DailyLimits, MemoryLedger } from '../../src/llm/budget.ts';
import { Caller, type CallLimits, type Clock } from '../../src/llm/caller.ts';
import type { TextModel } from '../../src/llm/text-model.ts';
import { TextTier } from '../../src/llm/text-tier.ts';
import { Breaker } from '../../src/shared/breaker.ts';

export const ASKING = { tenant: 'acme', scope: 'acme/ana', life: '1' };

interface RigOptions {
  call?: Partial<CallLimits>;
  limits?: Partial<DailyLimits>;
  /** caches that outlive a tier, as those of an isolate do */
  caches?: { l1: MemoryCache; l2: MemoryCache };
  breaker?: Breaker;
}

/** Time that passes only when it is slept through, beside the real one of the network. */
export function testClock(): Clock & { slept: number[]; forward(ms: number): void } {
  let ahead = 0;
  const slept: number[] = [];
  return {
    slept,
    now: () => Date.now() + ahead,
    random: () => 0,
    async sleep(ms) {
      slept.push(ms);
      ahead += ms;
    },
    forward: (ms) => {
      ahead += ms;
    },
  };
}

/** A tier over a model, with everything that it is put together from. */
export function textTierOver(model: TextModel, options: RigOptions = {}) {
  const clock = testClock();
  const { breaker = new Breaker() } = options;
  const caches = options.caches ?? { l1: new MemoryCache(1e6, clock), l2: new MemoryCache(1e6, clock) };
  const call = { timeoutMs: 5_000, idleMs: 2_000, retries: 2, ...options.call };
  const caller = new Caller({ model, breaker, clock, limits: call });
  const cache = new AnswerCache(caches);
  const ledger = new MemoryLedger(clock.now);
  const tier = new TextTier({
    ...{ model: model.model, caller, cache, ledger, now: clock.now },
    limits: { tokens: null, dollars: null, ...options.limits },
    prices: { input: 1, output: 10 },
  });
  return { tier, clock, caches, ledger, breaker, caller };
}

/** The Messages API at an address. */
export const anthropicAt = (url: string): TextModel =>
  createAnthropicModel({ model: 'm', baseUrl: url, apiKey: 'key-of-the-operator', gatewayToken: null });
