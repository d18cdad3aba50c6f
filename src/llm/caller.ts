import type { Breaker } from '../shared/breaker.ts';
import type { Answer } from './answer-cache.ts';
import { estimatedUsage } from './budget.ts';
import { countCall, countFirstToken, tellBreaker } from './counters.ts';
import { isPassing, type TextModel, TextModelFailed, type TextRequest, type Usage } from './text-model.ts';

export interface CallLimits {
  /** for a whole request, tries and pauses included, in ms */
  timeoutMs: number;
  /** longest silence before the first and between two parts, in ms */
  idleMs: number;
  /** tries after the first */
  retries: number;
}

export interface Clock {
  /** epoch ms */
  now(): number;
  /** in [0, 1) */
  random(): number;
  sleep(ms: number): Promise<void>;
}

interface CallerParts {
  model: TextModel;
  breaker: Breaker;
  limits: CallLimits;
  clock: Clock;
}

/** First pause before another try; the second is twice as long. */
const FIRST_PAUSE_MS = 250;
/** An hour of silence would be another kind of outage: after this the breaker tries again. */
const LONGEST_REST_MS = 300_000;

/** Who hears a text as it comes, and may break it off. */
export interface Listener {
  /** hears each piece once; what it throws breaks the text off, and is thrown on. Null: the text is wanted as a whole */
  hear: ((text: string) => void) | null;
  /** aborts when the text is not wanted any more */
  gone: AbortSignal;
}

/** Asks a model until it answers: time-outs, other tries, a breaker. */
export class Caller {
  private readonly parts: CallerParts;

  constructor(parts: CallerParts) {
    this.parts = parts;
  }

  /**
   * @param listener once it has heard anything there is no other try
   * @throws TextModelFailed; and what the listener throws
   */
  async ask(request: TextRequest, listener: Listener): Promise<Answer> {
    const { limits, clock, breaker } = this.parts;
    const endsAt = clock.now() + limits.timeoutMs;
    for (let attempt = 1; ; attempt++) {
      if (listener.gone.aborted) throw dropped();
      if (!breaker.allows(clock.now())) throw this.resting();
      const call: Call = { request, listener, endsAt, startedAt: clock.now(), isHeard: false };
      try {
        const answer = await this.once(call);
        breaker.succeeded();
        countCall('ok', clock.now() - call.startedAt);
        return answer;
      } catch (error) {
        if (error instanceof Stopped) {
          if (call.isHeard) breaker.succeeded();
          else breaker.undecided(clock.now());
          countCall(error.cause instanceof TextModelFailed ? 'dropped' : 'unusable', clock.now() - call.startedAt);
          throw error.cause;
        }
        const failure = asFailure(error);
        this.note(failure, call);
        const pause = this.pauseAfter(attempt, failure);
        const isLast = !isPassing(failure) || attempt > limits.retries || clock.now() + pause >= endsAt;
        if (isLast || (call.isHeard && listener.hear)) throw failure;
        await clock.sleep(pause);
      } finally {
        tellBreaker(breaker.state(clock.now()));
      }
    }
  }

  private async once(call: Call): Promise<Answer> {
    const { model, limits, clock } = this.parts;
    const { request, listener, endsAt } = call;
    const abort = new AbortController();
    const parts = model.generate(request, abort.signal)[Symbol.asyncIterator]();
    let text = '';
    let usage: Usage | null = null;
    try {
      for (;;) {
        const ms = Math.min(limits.idleMs, endsAt - clock.now());
        const { done, value } = await within(parts.next(), ms, listener.gone);
        if (done) break;
        if (value.type === 'usage') usage = value.usage;
        else {
          text += value.text;
          if (!call.isHeard) countFirstToken(clock.now() - call.startedAt);
          call.isHeard = true;
          tell(listener, value.text);
        }
      }
    } catch (error) {
      abort.abort(); // not after success: the connection is used again
      throw error;
    }
    return { text, usage: usage ?? estimatedUsage(request, text) };
  }

  /** What is wrong with one request says nothing of the next. */
  private note(failure: TextModelFailed, { startedAt }: Call): void {
    const { breaker, clock } = this.parts;
    if (failure.kind !== 'absent') countCall(failure.kind, clock.now() - startedAt);
    if (failure.kind === 'refused') breaker.succeeded();
    else breaker.failed(clock.now(), Math.min(failure.retryAfterMs ?? 0, LONGEST_REST_MS));
  }

  private resting(): TextModelFailed {
    const { breaker, clock } = this.parts;
    const retryAfterMs = breaker.retryAfterSeconds(clock.now()) * 1000;
    return new TextModelFailed('away', 'The text model rests after failures.', { retryAfterMs });
  }

  /** What was asked for, or 250 ms, 500 ms …, less up to half so that many do not return as one. */
  private pauseAfter(attempt: number, { retryAfterMs }: TextModelFailed): number {
    const own = FIRST_PAUSE_MS * 2 ** (attempt - 1) * (1 - this.parts.clock.random() / 2);
    return Math.max(own, retryAfterMs ?? 0);
  }
}

/** One try. */
interface Call {
  request: TextRequest;
  listener: Listener;
  /** epoch ms, as what follows */
  startedAt: number;
  endsAt: number;
  /** a piece of the text has come */
  isHeard: boolean;
}

/** We have broken a text off, for the cause that it carries: no fault of the model. */
class Stopped extends Error {
  override readonly name = 'Stopped';
}

const dropped = () => new TextModelFailed('dropped', 'The text is not wanted any more.');

function tell({ hear }: Listener, text: string): void {
  try {
    hear?.(text);
  } catch (cause) {
    throw new Stopped('The text was broken off.', { cause });
  }
}

/** @throws TextModelFailed `late` where the work takes longer; Stopped where it is not wanted any more */
async function within<T>(work: Promise<T>, ms: number, gone: AbortSignal): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>();
  const late = () => reject(new TextModelFailed('late', 'The text model did not answer in time.'));
  const stop = () => reject(new Stopped('Nobody listens.', { cause: dropped() }));
  const timer = setTimeout(late, Math.max(0, ms));
  gone.addEventListener('abort', stop);
  if (gone.aborted) stop();
  work.catch(() => {}); // it fails once nobody waits for it any more
  try {
    return await Promise.race([work, promise]);
  } finally {
    clearTimeout(timer);
    gone.removeEventListener('abort', stop);
  }
}

const asFailure = (error: unknown): TextModelFailed =>
  error instanceof TextModelFailed
    ? error
    : new TextModelFailed('garbled', 'The text model failed in an unforeseen way.', { cause: error });
