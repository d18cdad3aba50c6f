import type { Refusal } from '../shared/errors.ts';

/** One event of an answer that comes piece by piece. `error` is the last one: nothing of the answer counts. */
export type FeedEvent = { event: string; data: unknown } | { event: 'error'; refusal: Refusal };

/**
 * An answer that comes piece by piece, as RPC hands it on. Whoever disposes of it, or stops it, wants no more: what makes
 * it is stopped too.
 */
export interface FeedPort {
  /** What has happened since; nothing for as long as nothing does, then an empty list; null at the end. */
  next(): Promise<FeedEvent[] | null>;
  stop(): Promise<void>;
}
