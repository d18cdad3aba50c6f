import { tallyOf } from '../src/cache/tally.ts';
import type { EmbeddingPort } from '../src/embedding/embedder.ts';
import { RecentQuestions } from '../src/embedding/recent-questions.ts';
import type { Env } from '../src/env.ts';
import { Breaker } from '../src/shared/breaker.ts';
import { refused } from '../src/shared/errors.ts';
import { log } from '../src/shared/log.ts';
import { within } from './within.ts';

/** Whoever asks a question waits so long for its vector, then is answered by words. A model loads within this. */
const QUERY_MS = 5_000;
/** Nobody waits for the vector of a message, but one that never comes must not hold up the others for ever. */
const MESSAGE_MS = 60_000;

const AWAY = refused('unavailable', 'The model does not answer.', 5);

/**
 * The embedding service as objects see it: on the other side of a network. It may be cut off, or never answer, whatever
 * it promises; here that becomes the refusal that it would give itself, and the next questions wait for it no longer.
 */
export function patientEmbedder(service: () => Env['EMBEDDER']): EmbeddingPort & Pick<Env['EMBEDDER'], 'rerank'> {
  const breaker = new Breaker({ threshold: 2, restMs: 5_000 });
  const recent = new RecentQuestions({ tally: tallyOf('embeddings', 'l1') });
  const ask: EmbeddingPort['embed'] = async (texts, model, scope, purpose = 'message') => {
    const isQuery = purpose === 'query';
    if (isQuery && !breaker.allows(Date.now())) return AWAY;
    try {
      const answer = await within(service().embed(texts, model, scope, purpose), isQuery ? QUERY_MS : MESSAGE_MS, AWAY);
      if (answer === AWAY) breaker.failed(Date.now());
      else breaker.succeeded();
      return answer;
    } catch (error) {
      breaker.failed(Date.now());
      log.error('the embedding service was cut off', { error });
      return AWAY;
    }
  };
  return {
    embed: (texts, model, scope, purpose) => {
      const [question] = texts;
      const isOne = purpose === 'query' && scope !== undefined && texts.length === 1 && question !== undefined;
      const asked = () => ask(texts, model, scope, purpose);
      return isOne ? recent.embed(question, model, asked) : asked();
    },

    async rerank(query, texts) {
      try {
        return await within(service().rerank(query, texts), QUERY_MS, AWAY);
      } catch {
        return AWAY;
      }
    },
  };
}
