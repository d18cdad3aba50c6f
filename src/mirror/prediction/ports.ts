import type { Turn } from '../../dialogue/turn.ts';

/** Turns before a reply that are looked at. */
export const CONTEXT_TURNS = 5;

/** A message of the person with the turns it answered. */
export interface PastReply {
  /** the API's id of the message */
  id: string;
  turn: Turn;
  /** what stood right before it in its conversation, oldest first, at most `CONTEXT_TURNS`; not empty */
  context: readonly Turn[];
  /** epoch ms */
  sentAt: number;
}

/** What prediction needs of a person's history; storage gives it, the rules keep nothing. */
export interface ReplyHistory {
  /** messages of the person */
  replies: number;
  /** the person's replies in the contexts nearest to this one, nearest first, at most `limit` */
  similarContexts(context: readonly Turn[], limit: number): PastReply[];
  /** how often the person said just this before, see `sameText` */
  timesSaid(text: string): number;
  /** rarity of a stem in the history, as in `FitOptions`; left out: a general table */
  rarity?: (term: string) => number;
}

/** One thing the person decided. */
export interface Decision {
  id: string;
  /** what there was to decide, in words */
  context: string;
  /** of `context`, unit length; null: not embedded */
  vector: Float32Array | null;
  /** model of `vector` */
  model: string | null;
  /** what there was to choose from; empty: not known */
  options: readonly string[];
  choice: string;
  /** how it turned out, -1 (regretted) to 1 (would do it again); null: not said */
  outcome: number | null;
  /** epoch ms */
  decidedAt: number;
}
