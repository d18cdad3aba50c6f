import { done, type Outcome, type Refusal, refused } from '../shared/errors.ts';
import { type Answer, type AnswerCache, answerKey } from './answer-cache.ts';
import type { Asking } from './asking.ts';
import { type Cost, costOf, type DailyLimits, type Ledger, type Prices, worstCase } from './budget.ts';
import type { Caller } from './caller.ts';
import type { Provenance } from './contract.ts';
import type { AnswerSource, TextCounters } from './counters.ts';
import { Flight } from './flight.ts';
import { checkAnswer, parseAnswer, readAnswer, repairOf } from './output.ts';
import { assemble, inputsOf, type Prompt } from './prompt.ts';
import type { Slots, Values } from './slots.ts';
import type { Template } from './template.ts';
import { type FailureKind, TextModelFailed, type TextRequest, type Usage } from './text-model.ts';

export interface TextTierParts {
  /** `none`: nothing is asked */
  model: string;
  caller: Caller;
  cache: AnswerCache;
  ledger: Ledger;
  limits: DailyLimits;
  prices: Prices;
  counters: TextCounters;
  /** epoch ms */
  now(): number;
}

/** A text that a model wrote, as it was asked for. */
export interface Written<T> {
  value: T;
  provenance: Provenance;
  usage: Usage;
}

export type StreamPart =
  | { type: 'text'; text: string }
  | { type: 'end'; written: Written<string> }
  | { type: 'refused'; refusal: Refusal };

interface Asked<V extends Slots, T> {
  template: Template<V, T>;
  values: Values<V>;
  asking: Asking;
}

/** `why`: as the counters name it. */
type Flown =
  | { ok: true; answer: Answer }
  | { ok: false; why: Parameters<TextCounters['refused']>[1]; refusal: Refusal };

const RETRY_AFTER_SECONDS = 10;
const UNKNOWN_COST: ReadonlySet<FailureKind> = new Set(['late', 'cut', 'garbled']);
const NONE = refused('unavailable', 'No text model is set up.');
const UNUSABLE = refused('unavailable', 'The text model gave no answer that can be used.');

/**
 * The text model as everything else sees it: from a cache where it can, one request at a time for the same question,
 * within the tenant's budget, checked before it is shown. It never throws for want of a model: who asks takes the path
 * without one and says so.
 *
 * One of these belongs to one object, so that a request in flight is never waited for by another object's event.
 */
export class TextTier {
  private readonly parts: TextTierParts;
  private readonly flights = new Map<string, Flight<Flown>>();

  constructor(parts: TextTierParts) {
    this.parts = parts;
  }

  /** Whether there is a model to ask. */
  get isPresent(): boolean {
    return this.parts.model !== 'none';
  }

  async write<V extends Slots, T>(
    template: Template<V, T>,
    values: Values<V>,
    asking: Asking,
  ): Promise<Outcome<Written<T>>> {
    const asked = { template, values, asking };
    const begun = await this.begin(asked, false);
    if (!begun.ok) return begun.refusal;
    if ('answer' in begun) return this.end(asked, begun, { ok: true, answer: begun.answer });
    return this.end(asked, begun, await begun.flight.result());
  }

  /** The same, heard as it is written. A text that turns out to be unusable ends with `refused`: drop what was heard. */
  async *stream<V extends Slots>(
    template: Template<V, string>,
    values: Values<V>,
    asking: Asking,
  ): AsyncGenerator<StreamPart> {
    const asked = { template, values, asking };
    const begun = await this.begin(asked, true);
    if (!begun.ok) return yield { type: 'refused', refusal: begun.refusal };
    let flown: Flown;
    if ('answer' in begun) {
      flown = { ok: true, answer: begun.answer };
      yield { type: 'text', text: begun.answer.text };
    } else {
      const heard = begun.flight.hear();
      let next = await heard.next();
      for (; !next.done; next = await heard.next()) yield { type: 'text', text: next.value };
      flown = next.value;
    }
    const ended = this.end(asked, begun, flown);
    yield ended.ok ? { type: 'end', written: ended.value } : { type: 'refused', refusal: ended };
  }

  /** Forgets all that was written for a scope. Texts on their way are not kept either. */
  async forget(scope: string): Promise<void> {
    this.flights.clear();
    await this.parts.cache.forget(scope);
  }

  private async begin<V extends Slots, T>(asked: Asked<V, T>, live: boolean): Promise<Begun> {
    const { model, cache, counters, now } = this.parts;
    const { template, values, asking } = asked;
    if (!this.isPresent) {
      counters.refused(template.name, 'absent');
      return { ok: false, refusal: NONE };
    }
    const startedAt = now();
    const key = await answerKey(asking, model, template, values);
    const joined = this.flights.get(key);
    if (joined) return { ok: true, startedAt, source: 'joined', flight: joined };
    const flight = new Flight<Flown>();
    this.flights.set(key, flight); // before the cache is asked, so that the next one already finds it
    const cached = await cache.get(key).catch(() => null);
    // what this isolate keeps was checked by the same code
    if (cached && (cached.tier === 'l1' || checkAnswer(template, values, cached.answer.text).ok)) {
      if (cached.tier === 'kv') await cache.keepNear(key, cached.answer);
      this.land(key, flight);
      flight.say(cached.answer.text);
      flight.end({ ok: true, answer: cached.answer });
      return { ok: true, startedAt, source: cached.tier, answer: cached.answer };
    }
    void this.fly(asked, flight, live).then(async (flown) => {
      // nothing that was forgotten meanwhile is kept
      if (flown.ok && this.flights.get(key) === flight) await cache.put(key, flown.answer).catch(logNotKept);
      this.land(key, flight);
      flight.end(flown);
    });
    return { ok: true, startedAt, source: 'model', flight };
  }

  private land(key: string, flight: Flight<Flown>): void {
    if (this.flights.get(key) === flight) this.flights.delete(key);
  }

  private end<V extends Slots, T>(
    { template, values }: Asked<V, T>,
    begun: Started,
    flown: Flown,
  ): Outcome<Written<T>> {
    const { counters, model, now } = this.parts;
    if (!flown.ok) {
      counters.refused(template.name, flown.why);
      return flown.refusal;
    }
    const read = parseAnswer(template, flown.answer.text);
    if (!read.ok) return UNUSABLE; // it was parsed before, so this is a bug
    counters.answered(template.name, begun.source, now() - begun.startedAt);
    const { name, version } = template;
    const inputs = inputsOf(template, values);
    const provenance = { model, template: name, template_version: version, inputs, source: begun.source };
    return done({ value: read.value, provenance, usage: flown.answer.usage });
  }

  /** Never throws. */
  private async fly<V extends Slots, T>(
    { template, values, asking }: Asked<V, T>,
    flight: Flight<Flown>,
    live: boolean,
  ): Promise<Flown> {
    try {
      const prompt = assemble(template, values);
      const onText = live ? (text: string) => flight.say(text) : null;
      const first = await this.pay(asking.tenant, prompt.request, onText);
      if (!first.ok) return first;
      const read = readAnswer(template, values, prompt, first.answer.text);
      if (read.ok) return first;
      // what was heard cannot be taken back, and an answer that speaks of the prompt is not to be argued with
      if (live || read.cause === 'leak') return unusable(read.cause);
      return await this.repaired({ template, values, asking }, prompt, first.answer, read.faults);
    } catch (error) {
      console.error('a text could not be written', { template: template.name, error });
      return { ok: false, why: 'garbled', refusal: UNUSABLE };
    }
  }

  private async repaired<V extends Slots, T>(
    { template, values, asking }: Asked<V, T>,
    prompt: Prompt,
    before: Answer,
    faults: string,
  ): Promise<Flown> {
    this.parts.counters.repaired(template.name);
    const second = await this.pay(asking.tenant, repairOf(prompt.request, before.text, faults), null);
    if (!second.ok) return second;
    const read = readAnswer(template, values, prompt, second.answer.text);
    if (!read.ok) return unusable(read.cause);
    const usage = {
      input: before.usage.input + second.answer.usage.input,
      output: before.usage.output + second.answer.usage.output,
    };
    return { ok: true, answer: { text: second.answer.text, usage } };
  }

  /** Asks the model within the budget of the tenant. */
  private async pay(tenant: string, request: TextRequest, onText: ((text: string) => void) | null): Promise<Flown> {
    const { ledger, limits, prices, counters, caller } = this.parts;
    const isLimited = limits.tokens !== null || limits.dollars !== null;
    const claim = isLimited ? await ledger.claim(tenant, worstCase(request, prices), limits) : null;
    if (claim && !claim.ok) return { ok: false, why: 'budget', refusal: claim };
    let spent: Cost = { tokens: 0, dollars: 0 };
    try {
      const answer = await caller.ask(request, onText);
      spent = costOf(answer.usage, prices);
      counters.spent(answer.usage, spent.dollars);
      return { ok: true, answer };
    } catch (error) {
      if (!(error instanceof TextModelFailed)) throw error;
      console.error('the text model failed', { kind: error.kind, error: error.message });
      // it may have written, and be paid for, what did not arrive
      if (claim && UNKNOWN_COST.has(error.kind)) spent = claim.value;
      return { ok: false, why: error.kind, refusal: refusalOf(error) };
    } finally {
      if (claim) await ledger.settle(tenant, claim.value, spent).catch(logNotSettled);
    }
  }
}

interface Started {
  ok: true;
  startedAt: number;
  source: AnswerSource;
}
type Begun = (Started & ({ flight: Flight<Flown> } | { answer: Answer })) | { ok: false; refusal: Refusal };

const unusable = (why: 'leak' | 'shape'): Flown => ({ ok: false, why, refusal: UNUSABLE });

function refusalOf({ kind, retryAfterMs }: TextModelFailed): Refusal {
  if (kind === 'refused') return refused('unavailable', 'The text model does not take this request.');
  const seconds = retryAfterMs === null ? RETRY_AFTER_SECONDS : Math.max(1, Math.ceil(retryAfterMs / 1000));
  return refused('unavailable', 'The text model does not answer at the moment.', seconds);
}

const logNotKept = (error: unknown) => console.error('an answer was not kept', { error: String(error) });
const logNotSettled = (error: unknown) => console.error('a claim was not settled', { error: String(error) });
