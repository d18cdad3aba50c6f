import { env } from 'cloudflare:workers';
import type { Embeddings } from '../../src/embedding/embedder.ts';
import type { RerankPort } from '../../src/embedding/reranker.ts';
import type { Env } from '../../src/env.ts';
import { done, type Outcome, refused } from '../../src/shared/errors.ts';

export const TEST_MODEL = 'test/words/1';
const DIMENSIONS = 64;

/** What stands in for the embedding service, and how it is made to fail. */
export interface TestEmbedder {
  /** nothing is answered, as when the model is down */
  away: boolean;
  /** a text that holds this is refused for good */
  poison: string | null;
  /** how long a call takes, in ms */
  delayMs: number;
  /** every text whose call has begun, in order */
  begun: string[];
  /** every text embedded, in order */
  texts: string[];
  /** stands in for the re-ranker; by default there is none */
  rerank: RerankPort['rerank'];
}

const NO_RERANKER: RerankPort['rerank'] = async () => refused('unavailable', 'No re-ranker is set up here.');

/**
 * Puts a deterministic model in place of the real one, for objects that start after this call: texts that share words
 * are alike. The real model has tests of its own, and one here that goes all the way.
 */
export function useTestEmbedder(): TestEmbedder {
  const control: TestEmbedder = { away: false, poison: null, delayMs: 0, begun: [], texts: [], rerank: NO_RERANKER };
  const embed = async (texts: string[], model = TEST_MODEL): Promise<Outcome<Embeddings>> => {
    if (control.away || model !== TEST_MODEL) return refused('unavailable', 'The model is away.', 5);
    const { poison } = control;
    if (poison !== null && texts.some((text) => text.includes(poison))) {
      return refused('invalid_input', 'The model does not take this.');
    }
    control.begun.push(...texts);
    if (control.delayMs > 0) await scheduler.wait(control.delayMs);
    control.texts.push(...texts);
    const vectors = new Float32Array(texts.length * DIMENSIONS);
    for (const [i, text] of texts.entries()) vectors.set(vectorOf(text), i * DIMENSIONS);
    return done({ model: TEST_MODEL, dimensions: DIMENSIONS, vectors });
  };
  (env as Env).EMBEDDER = {
    embed,
    rerank: (query, texts) => control.rerank(query, texts),
    warm: async () => {},
    forget: async () => {},
  };
  return control;
}

/** Hashed words, scaled to unit length. */
function vectorOf(text: string): Float32Array {
  const vector = new Float32Array(DIMENSIONS).fill(0.01);
  for (const word of text.toLowerCase().match(/\p{L}+/gu) ?? []) {
    let hash = 0;
    for (const char of word) hash = (Math.imul(hash, 31) + char.codePointAt(0)!) >>> 0;
    vector[hash % DIMENSIONS]! += 1;
  }
  const length = Math.hypot(...vector);
  return vector.map((x) => x / length);
}
