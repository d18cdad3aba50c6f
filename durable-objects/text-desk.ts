import { waitUntil } from 'cloudflare:workers';
import type { Owner } from '../src/auth/contract.ts';
import { kvCache } from '../src/cache/kv.ts';
import type { MemoryCache } from '../src/cache/memory.ts';
import { CACHES } from '../src/cache/policy.ts';
import { sealedCache } from '../src/cache/sealed.ts';
import { tallyOf } from '../src/cache/tally.ts';
import type { Env } from '../src/env.ts';
import { AnswerCache } from '../src/llm/answer-cache.ts';
import type { Asking } from '../src/llm/asking.ts';
import { Caller } from '../src/llm/caller.ts';
import { type TextModelConfig, textModelConfig } from '../src/llm/config.ts';
import { SavedKeys } from '../src/llm/kept-keys.ts';
import type { Slots, Values } from '../src/llm/slots.ts';
import type { Template } from '../src/llm/template.ts';
import { NO_MODEL } from '../src/llm/text-model.ts';
import { type StreamPart, TextTier, type Written } from '../src/llm/text-tier.ts';
import type { TextRunner } from '../src/llm/workers-ai.ts';
import { fromBase64 } from '../src/shared/base64.ts';
import { Breaker } from '../src/shared/breaker.ts';
import { type Outcome, type Refusal, refused } from '../src/shared/errors.ts';
import { log } from '../src/shared/log.ts';
import type { FlagDesk } from './flag-desk.ts';
import { isolateCache } from './isolate-cache.ts';
import type { Stores } from './stores/stores.ts';
import { tenantLedgers } from './tenant-ledger.ts';

interface Shared {
  config: TextModelConfig;
  l1: MemoryCache;
  breaker: Breaker;
}

/** Of the isolate, for all its objects. Only finished things are kept, never a promise. */
let shared: Shared | undefined;

const CLOCK = { now: Date.now, random: Math.random, sleep: (ms: number) => scheduler.wait(ms) };
const OFF: TextModelConfig = {
  model: NO_MODEL,
  call: { timeoutMs: 1_000, idleMs: 1_000, retries: 0 },
  limits: { tokens: null, dollars: null },
  prices: { input: 0, output: 0 },
};

const NOT_SET_UP = refused('unavailable', 'No text model is set up.');
const SWITCHED_OFF = refused('unavailable', 'The text model is switched off for this user.');

interface TextDeskPorts {
  env: Env;
  flags: Pick<FlagDesk, 'isOn'>;
  stores: Stores;
  owner(): Owner;
  scope(): string;
}

/** The text model for one person. */
export class TextDesk {
  private readonly ports: TextDeskPorts;
  /** the tier of the present secret */
  private current: { secret: string; tier: Promise<TextTier> } | null = null;

  constructor(ports: TextDeskPorts) {
    this.ports = ports;
  }

  /** Whether there is a model to ask. */
  get isPresent(): boolean {
    return sharedOf(this.ports.env).config.model !== NO_MODEL;
  }

  async write<V extends Slots, T>(template: Template<V, T>, values: Values<V>): Promise<Outcome<Written<T>>> {
    const refusal = await this.refusal();
    if (refusal) return refusal;
    const { tier, asking } = await this.present();
    return tier.write(template, values, asking);
  }

  /** As `write`, heard as it is written. @param leaving aborts when it is not wanted any more */
  async *stream<V extends Slots, T extends string | null>(
    template: Template<V, T>,
    values: Values<V>,
    leaving: AbortSignal,
  ): AsyncGenerator<StreamPart<T>> {
    const refusal = await this.refusal();
    if (refusal) return yield { type: 'refused', refusal };
    const { tier, asking } = await this.present();
    yield* tier.stream(template, values, asking, leaving);
  }

  private async refusal(): Promise<Refusal | null> {
    if (!this.isPresent) return NOT_SET_UP;
    return (await this.ports.flags.isOn('text_model')) ? null : SWITCHED_OFF;
  }

  /** A new secret is a new life: what was kept under the old one cannot be found, nor read. */
  private async present(): Promise<{ tier: TextTier; asking: Asking }> {
    const { stores, owner, scope } = this.ports;
    const secret = stores.meta.textSecret();
    if (this.current?.secret !== secret) this.current = { secret, tier: this.tierOf(secret) };
    const tier = await this.current.tier;
    return { tier, asking: { tenant: owner().tenantId, scope: scope(), life: secret } };
  }

  private async tierOf(secret: string): Promise<TextTier> {
    const { env, stores } = this.ports;
    const { config, l1, breaker } = sharedOf(env);
    const l2 = await sealedCache(kvCache(env.KV, waitUntil, tallyOf('textModelResponses', 'kv')), fromBase64(secret));
    const kept = new SavedKeys(stores.meta.textKept(), {
      ttlMs: CACHES.textModelResponses.ttlSeconds * 1000,
      now: Date.now,
      // an answer of a life that has ended meanwhile is nobody's
      save: (entries) => {
        if (this.current?.secret === secret) stores.meta.setTextKept(entries);
      },
    });
    const { model, call, limits, prices } = config;
    return new TextTier({
      model: model.model,
      caller: new Caller({ model, breaker, clock: CLOCK, limits: call }),
      cache: new AnswerCache({ l1, l2, kept }),
      ledger: tenantLedgers(env),
      ...{ limits, prices, now: Date.now },
    });
  }
}

function sharedOf(env: Env): Shared {
  shared ??= {
    config: configOf(env),
    l1: isolateCache('textModelResponses'),
    breaker: new Breaker(),
  };
  return shared;
}

/** A text model that is set up wrongly is like none: everything works without it, and the log says why. */
function configOf(env: Env): TextModelConfig {
  try {
    return textModelConfig(env, env.AI as TextRunner | undefined);
  } catch (error) {
    log.error('the text model is not used', { error });
    return OFF;
  }
}
