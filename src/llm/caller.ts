import type { Breaker } from '../shared/breaker.ts';
import type { Answer } from './answer-cache.ts';
import { estimatedUsage } from './budget.ts';
import type { TextCounters } from './counters.ts';
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
  counters: TextCounters;
  limits: CallLimits;
  clock: Clock;
}

/** First pause before another try; the second is twice as long. */
const FIRST_PAUSE_MS = 250;
/** An hour of silence would be another kind of outage: after this the breaker tries again. */
const LONGEST_REST_MS = 300_000;

/** Asks a model until it answers: time-outs, other tries, a breaker. */
export class Caller {
  private readonly parts: CallerParts;

  constructor(parts: CallerParts) {
    this.parts = parts;
  }

  /**
   * @param onText hears the text as it comes, and so each piece once: when it has heard any there is no other try
   * @throws TextModelFailed
   */
  async ask(request: TextRequest, onText: ((text: string) => void) | null): Promise<Answer> {
    const { limits, clock, breaker, counters } = this.parts;
    const endsAt = clock.now() + limits.timeoutMs;
    for (let attempt = 1; ; attempt++) {
      if (!breaker.allows(clock.now())) throw this.resting();
      const heard = { any: false };
      try {
        counters.called();
        const answer = await this.once(request, endsAt, (text) => {
          heard.any = true;
          onText?.(text);
        });
        breaker.succeeded();
        return answer;
      } catch (error) {
        const failure = asFailure(error);
        this.note(failure);
        const pause = this.pauseAfter(attempt, failure);
        const isLast = !isPassing(failure) || attempt > limits.retries || clock.now() + pause >= endsAt;
        if (isLast || (heard.any && onText !== null)) throw failure;
        await clock.sleep(pause);
      } finally {
        counters.breaker(breaker.state(clock.now()));
      }
    }
  }

  private async once(request: TextRequest, endsAt: number, onText: (text: string) => void): Promise<Answer> {
    const { model, limits, clock } = this.parts;
    const abort = new AbortController();
    const parts = model.generate(request, abort.signal)[Symbol.asyncIterator]();
    let text = '';
    let usage: Usage | null = null;
    try {
      for (;;) {
        const { done, value } = await within(parts.next(), Math.min(limits.idleMs, endsAt - clock.now()));
        if (done) break;
        if (value.type === 'usage') usage = value.usage;
        else {
          text += value.text;
          onText(value.text);
        }
      }
    } catch (error) {
      abort.abort(); // not after success: the connection is used again
      throw error;
    }
    return { text, usage: usage ?? estimatedUsage(request, text) };
  }

  /** What is wrong with one request says nothing of the next. */
  private note(failure: TextModelFailed): void {
    const { breaker, counters, clock } = this.parts;
    counters.failed(failure.kind);
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

/** @throws TextModelFailed `late` where the work takes longer */
async function within<T>(work: Promise<T>, ms: number): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>();
  const late = () => reject(new TextModelFailed('late', 'The text model did not answer in time.'));
  const timer = setTimeout(late, Math.max(0, ms));
  work.catch(() => {}); // it fails once nobody waits for it any more
  try {
    return await Promise.race([work, promise]);
  } finally {
    clearTimeout(timer);
  }
}

const asFailure = (error: unknown): TextModelFailed =>
  error instanceof TextModelFailed
    ? error
    : new TextModelFailed('garbled', 'The text model failed in an unforeseen way.', { cause: error });
