import type { ContextAnswer, ContextBody } from '../context/contract.ts';
import type { SceneFrame, SceneMemory } from '../palace/export/contract.ts';
import type { Outcome } from '../shared/errors.ts';
import type { FeedPort } from './event-feed.ts';

/** `next` is where the following page begins, null on the last. */
export interface ScenePage {
  memories: SceneMemory[];
  next: number | null;
}

/** What of memories is in a file. */
export interface ScenePageOptions {
  withContent: boolean;
  withReconstructed: boolean;
}

/** What routes may read of a person as a whole: `withReader(env, owner, (reader) => reader.frame(id))`. */
export interface ReaderPort {
  context(body: ContextBody): Promise<Outcome<ContextAnswer>>;
  /** The same, as it is written: `start`, pieces of the `summary`, `end`. */
  contextLive(body: ContextBody): Promise<Outcome<FeedPort>>;
  frame(palaceId: string): Promise<Outcome<SceneFrame>>;
  page(palaceId: string, after: number | null, options: ScenePageOptions): Promise<Outcome<ScenePage>>;
}
