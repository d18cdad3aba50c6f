import { done, type Outcome, type Refusal, refused } from '../shared/errors.ts';
import { log } from '../shared/log.ts';
import { type Answer, type AnswerCache, answerKey } from './answer-cache.ts';
import type { Asking } from './asking.ts';
import { type Cost, costOf, type DailyLimits, type Ledger, type Prices, worstCase } from './budget.ts';
import type { Caller, Listener } from './caller.ts';
import type { Provenance } from './contract.ts';
import { countAnswer, countRefusal, countRepair, countSpending, type RefusalReason, tellBudget } from './counters.ts';
import { Flight } from './flight.ts';
import { checkAnswer, parseAnswer, readAnswer, repairOf, spokenOf } from './output.ts';
import { assemble, inputsOf, type Prompt } from './prompt.ts';
import type { Slots, Values } from './slots.ts';
import { type Spoken, Unspeakable } from './spoken.ts';
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
  /** epoch ms */
  now(): number;
}

/** A text that a model wrote, as it was asked for. */
export interface Written<T> {
  value: T;
  provenance: Provenance;
  usage: Usage;
}

export type StreamPart<T extends string | null> =
  | { type: 'text'; text: string }
  | { type: 'end'; written: Written<T> }
  | { type: 'refused'; refusal: Refusal };

interface Asked<V extends Slots, T> {
  template: Template<V, T>;
  values: Values<V>;
  asking: Asking;
}

type Flown = { ok: true; answer: Answer } | { ok: false; why: RefusalReason; refusal: Refusal };

const RETRY_AFTER_SECONDS = 10;
const UNKNOWN_COST: ReadonlySet<FailureKind> = new Set(['late', 'cut', 'garbled', 'dropped']);
const NONE = refused('unavailable', 'No text model is set up.');
const UNUSABLE = refused('unavailable', 'The text model gave no answer that can be used.');
const DROPPED: Flown = { ok: false, why: 'dropped', refusal: refused('unavailable', 'Nobody waited for the text.') };

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
    const begun = await this.begin(asked, null);
    if (!begun.ok) return begun.refusal;
    let next = await begun.heard.next();
    while (!next.done) next = await begun.heard.next();
    return this.end(asked, begun, next.value);
  }

  /**
   * The same, heard as it is written. Each piece was checked with what stands before it; a text that turns out to be
   * unusable in the end is `refused`: drop what was heard. Null: the template's word for none.
   *
   * @param leaving aborts when the text is not wanted any more; the last who leaves ends the call. So does ending the loop
   */
  async *stream<V extends Slots, T extends string | null>(
    template: Template<V, T>,
    values: Values<V>,
    asking: Asking,
    leaving?: AbortSignal,
  ): AsyncGenerator<StreamPart<T>> {
    const asked = { template, values, asking };
    const begun = await this.begin(asked, (prompt) => spokenOf(template, values, prompt), leaving);
    if (!begun.ok) return yield { type: 'refused', refusal: begun.refusal };
    const { heard } = begun;
    let said = 0;
    let next = await heard.next();
    try {
      for (; !next.done; next = await heard.next()) {
        yield { type: 'text', text: next.value };
        said += next.value.length;
      }
    } finally {
      await heard.return(DROPPED); // whoever ends the loop has left too
    }
    const ended = this.end(asked, begun, next.value);
    if (!ended.ok) return yield { type: 'refused', refusal: ended };
    const rest = ended.value.value?.slice(said);
    if (rest) yield { type: 'text', text: rest };
    yield { type: 'end', written: ended.value };
  }

  /** Forgets all that was written for a scope. Texts on their way are not kept either. */
  async forget(scope: string): Promise<void> {
    this.flights.clear();
    await this.parts.cache.forget(scope);
  }

  private async begin<V extends Slots, T>(
    asked: Asked<V, T>,
    live: Live | null,
    leaving?: AbortSignal,
  ): Promise<Begun> {
    const { model, cache, now } = this.parts;
    const { template, values, asking } = asked;
    if (!this.isPresent) {
      countRefusal(template.name, 'absent');
      return { ok: false, refusal: NONE };
    }
    const startedAt = now();
    const key = await answerKey(asking, model, template, values);
    const joined = this.flights.get(key);
    if (joined && !joined.deserted.aborted) {
      return { ok: true, startedAt, source: 'joined', heard: joined.hear(leaving) };
    }
    const flight = new Flight<Flown>();
    const heard = flight.hear(leaving);
    this.flights.set(key, flight); // before the cache is asked, so that the next one already finds it
    const cached = await cache.get(key).catch(() => null);
    // what this isolate keeps was checked by the same code
    if (cached && (cached.tier === 'l1' || checkAnswer(template, values, cached.answer.text).ok)) {
      if (cached.tier === 'kv') await cache.keepNear(key, cached.answer);
      this.land(key, flight);
      flight.end({ ok: true, answer: cached.answer });
      return { ok: true, startedAt, source: cached.tier, heard };
    }
    void this.fly(asked, flight, live).then(async (flown) => {
      // nothing that was forgotten meanwhile is kept
      if (flown.ok && this.flights.get(key) === flight) await cache.put(key, flown.answer).catch(logNotKept);
      this.land(key, flight);
      flight.end(flown);
    });
    return { ok: true, startedAt, source: 'model', heard };
  }

  private land(key: string, flight: Flight<Flown>): void {
    if (this.flights.get(key) === flight) this.flights.delete(key);
  }

  private end<V extends Slots, T>(
    { template, values }: Asked<V, T>,
    begun: Begun & { ok: true },
    flown: Flown,
  ): Outcome<Written<T>> {
    const { model, now } = this.parts;
    if (!flown.ok) {
      countRefusal(template.name, flown.why);
      return flown.refusal;
    }
    const read = parseAnswer(template, flown.answer.text);
    if (!read.ok) return UNUSABLE; // it was parsed before, so this is a bug
    countAnswer(template.name, begun.source, now() - begun.startedAt);
    const { name, version } = template;
    const inputs = inputsOf(template, values);
    const provenance = { model, template: name, template_version: version, inputs, source: begun.source };
    return done({ value: read.value, provenance, usage: flown.answer.usage });
  }

  /** Never throws. */
  private async fly<V extends Slots, T>(
    { template, values, asking }: Asked<V, T>,
    flight: Flight<Flown>,
    live: Live | null,
  ): Promise<Flown> {
    const { tenant } = asking;
    try {
      const prompt = assemble(template, values);
      let spoken: Spoken | null = null;
      const hear = (text: string) => {
        const checked = spoken?.hear(text);
        if (checked) flight.say(checked);
      };
      const listener = { hear: live && hear, gone: flight.deserted };
      const paying = this.pay({ tenant, request: prompt.request, listener });
      spoken = live?.(prompt) ?? null; // while the request is on its way: it takes a millisecond
      const first = await paying;
      if (!first.ok) return first;
      const read = readAnswer(template, values, prompt, first.answer.text);
      if (read.ok) return first;
      // what was heard cannot be taken back, and an answer that speaks of the prompt is not to be argued with
      if (live || read.cause === 'leak') return unusable(read.cause);
      countRepair(template.name);
      const request = repairOf(prompt.request, first.answer.text, read.faults);
      const second = await this.pay({ tenant, request, listener });
      if (!second.ok) return second;
      const mended = readAnswer(template, values, prompt, second.answer.text);
      return mended.ok ? { ok: true, answer: bothOf(first.answer, second.answer) } : unusable(mended.cause);
    } catch (error) {
      if (error instanceof Unspeakable) return unusable(error.why);
      log.error('a text could not be written', { template: template.name, error });
      return { ok: false, why: 'garbled', refusal: UNUSABLE };
    }
  }

  /** Asks the model within the budget of the tenant. @throws Unspeakable, as the listener does */
  private async pay({ tenant, request, listener }: Payment): Promise<Flown> {
    const { ledger, limits, prices, caller, model } = this.parts;
    const isLimited = limits.tokens !== null || limits.dollars !== null;
    const claim = isLimited ? await ledger.claim(tenant, worstCase(request, prices), limits) : null;
    if (claim) tellBudget(claim.ok ? claim.value.today : limitsReached(limits), limits);
    if (claim && !claim.ok) return { ok: false, why: 'budget', refusal: claim };
    let spent: Cost = claim?.value ?? { tokens: 0, dollars: 0 };
    try {
      const answer = await caller.ask(request, listener);
      spent = costOf(answer.usage, prices);
      countSpending(answer.usage, spent.dollars, model);
      return { ok: true, answer };
    } catch (error) {
      if (!(error instanceof TextModelFailed)) throw error;
      // it may have written, and be paid for, what did not arrive
      if (!UNKNOWN_COST.has(error.kind)) spent = { tokens: 0, dollars: 0 };
      if (error.kind === 'dropped') return DROPPED;
      log.error('the text model failed', { kind: error.kind, error });
      return { ok: false, why: error.kind, refusal: refusalOf(error) };
    } finally {
      if (claim) await ledger.settle(tenant, claim.value, spent).catch(logNotSettled);
    }
  }
}

interface Payment {
  tenant: string;
  request: TextRequest;
  listener: Listener;
}

/** What checks a text while it is heard, made from its prompt. */
type Live = (prompt: Prompt) => Spoken;

type Begun =
  | { ok: true; startedAt: number; source: Provenance['source']; heard: AsyncGenerator<string, Flown> }
  | { ok: false; refusal: Refusal };

const bothOf = (before: Answer, after: Answer): Answer => ({
  text: after.text,
  usage: { input: before.usage.input + after.usage.input, output: before.usage.output + after.usage.output },
});

/** A refused claim tells no more than that. */
const limitsReached = ({ tokens, dollars }: DailyLimits): Cost => ({ tokens: tokens ?? 0, dollars: dollars ?? 0 });

const unusable = (why: 'leak' | 'shape'): Flown => ({ ok: false, why, refusal: UNUSABLE });

function refusalOf({ kind, retryAfterMs }: TextModelFailed): Refusal {
  if (kind === 'refused') return refused('unavailable', 'The text model does not take this request.');
  const seconds = retryAfterMs === null ? RETRY_AFTER_SECONDS : Math.max(1, Math.ceil(retryAfterMs / 1000));
  return refused('unavailable', 'The text model does not answer at the moment.', seconds);
}

const logNotKept = (error: unknown) => log.error('an answer was not kept', { error });
const logNotSettled = (error: unknown) => log.error('a claim was not settled', { error });
