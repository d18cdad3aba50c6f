import { Breaker } from '../shared/breaker.ts';
import { done, type Outcome, refused } from '../shared/errors.ts';
import { log } from '../shared/log.ts';
import {
  type Embedder,
  EmbedderUnavailable,
  type EmbeddingPort,
  type EmbeddingPurpose,
  type Embeddings,
} from './embedder.ts';

/** Embeds through a cache; `EmbeddingCache` is one. */
export interface EmbedThrough {
  embed(
    embedder: Embedder,
    texts: readonly string[],
    scope: string | undefined,
    purpose: EmbeddingPurpose,
  ): Promise<Float32Array>;
}

interface TierOptions {
  cache?: EmbedThrough;
  /** epoch ms */
  now?: () => number;
}

const UNCACHED: EmbedThrough = { embed: (embedder, texts) => embedder.embed(texts) };
const RETRY_AFTER_SECONDS = 5;

/**
 * Several models behind one port, the preferred one first. All vectors of an answer are of one model: a tier that
 * fails half way leaves nothing behind. A tier that keeps failing rests, so that its time-outs are not waited for.
 */
export function createEmbeddingTiers(embedders: readonly Embedder[], options: TierOptions = {}): EmbeddingPort {
  const { cache = UNCACHED, now = Date.now } = options;
  const tiers = embedders.map((embedder) => ({ embedder, breaker: new Breaker() }));

  return {
    async embed(texts, model, scope, purpose = 'message'): Promise<Outcome<Embeddings>> {
      const candidates = tiers.filter(({ embedder }) => model === undefined || embedder.model === model);
      if (candidates.length === 0) return refused('unavailable', 'No embedding model of this name is set up here.');
      let anyAway = false;
      for (const { embedder, breaker } of candidates) {
        if (!breaker.allows(now())) {
          anyAway = true;
          continue;
        }
        try {
          const vectors = await cache.embed(embedder, texts, scope, purpose);
          breaker.succeeded();
          return done({ model: embedder.model, dimensions: embedder.dimensions, vectors });
        } catch (error) {
          // what is wrong with these texts says nothing about the next ones, so only an outage counts
          if (error instanceof EmbedderUnavailable) {
            breaker.failed(now());
            anyAway = true;
          }
          log.error('an embedding model failed', { model: embedder.model, texts: texts.length, error });
        }
      }
      // only where each model has seen the texts and refused them is a later try in vain
      if (!anyAway) return refused('invalid_input', 'The embedding model does not take this text.');
      return refused('unavailable', 'No embedding model answers at the moment.', RETRY_AFTER_SECONDS);
    },
  };
}
