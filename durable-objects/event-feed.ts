import { RpcTarget } from 'cloudflare:workers';
import type { FeedEvent, FeedPort } from '../src/http/event-feed.ts';
import { done, type Outcome, refused } from '../src/shared/errors.ts';
import { log } from '../src/shared/log.ts';
import { within } from './within.ts';

/** A question for more is answered after this long, so that one nobody waits for any more soon ends. */
const LONGEST_WAIT_MS = 2_000;
const BROKEN = refused('internal', 'The request could not be completed.');

/** An answer that is made piece by piece, and no longer than somebody wants it. */
export class EventFeed extends RpcTarget implements FeedPort {
  readonly #abort = new AbortController();
  #ready: FeedEvent[] = [];
  #isOver = false;
  #news = Promise.withResolvers<true>();

  /** @param source makes the events; its signal aborts when nobody wants them any more */
  private constructor(source: (leaving: AbortSignal) => AsyncIterable<FeedEvent>) {
    super();
    void this.#pump(source(this.#abort.signal));
  }

  /** Waits for the first event: where that is a refusal, there is no feed. */
  static async open(source: (leaving: AbortSignal) => AsyncIterable<FeedEvent>): Promise<Outcome<EventFeed>> {
    const feed = new EventFeed(source);
    await feed.#news.promise;
    const [first] = feed.#ready;
    return first && 'refusal' in first ? first.refusal : done(feed);
  }

  async next(): Promise<FeedEvent[] | null> {
    if (this.#ready.length === 0 && !this.#isOver) await within(this.#news.promise, LONGEST_WAIT_MS, true);
    if (this.#ready.length === 0) return this.#isOver ? null : [];
    if (!this.#isOver) this.#news = Promise.withResolvers();
    return this.#ready.splice(0);
  }

  async stop(): Promise<void> {
    this.#abort.abort();
  }

  [Symbol.dispose](): void {
    this.#abort.abort();
  }

  async #pump(events: AsyncIterable<FeedEvent>): Promise<void> {
    try {
      for await (const event of events) this.#tell(event);
    } catch (error) {
      if (!this.#abort.signal.aborted) {
        log.error('an answer broke off', { error });
        this.#tell({ event: 'error', refusal: BROKEN });
      }
    }
    this.#isOver = true;
    this.#news.resolve(true);
  }

  #tell(event: FeedEvent): void {
    this.#ready.push(event);
    this.#news.resolve(true);
  }
}

/** An answer that is there already. */
export async function* only(event: FeedEvent): AsyncGenerator<FeedEvent> {
  yield event;
}
