import { z } from 'zod';
import { Breaker } from '../shared/breaker.ts';
import { done, type Outcome, refused } from '../shared/errors.ts';
import { log } from '../shared/log.ts';

/** How well texts answer a query, told by a model that reads both together. */
export interface Ranking {
  model: string;
  /** by text; higher is better, comparable within one answer only */
  scores: number[];
}

/** It never throws: a failure crosses RPC as a value, and the caller keeps the order it had. */
export interface RerankPort {
  /** @param texts at most 100 */
  rerank(query: string, texts: string[]): Promise<Outcome<Ranking>>;
}

/** What of the `AI` binding is used: raw responses, because only they tell the status. */
export interface RerankRunner {
  run(
    model: string,
    inputs: { query: string; contexts: { text: string }[]; top_k: number },
    options: { returnRawResponse: true; signal: AbortSignal },
  ): Promise<Response>;
}

interface RerankerOptions {
  model?: string;
  timeoutMs?: number;
  /** epoch ms */
  now?: () => number;
}

/** `id` is the place of a text in the request. */
const Reply = z.object({ response: z.array(z.object({ id: z.number().int(), score: z.number() })) });

/** Query and text together; the model reads 512, with the marks around them. */
const MAX_TOKENS = 480;
const QUERY_TOKENS = 200;
const RETRY_AFTER_SECONDS = 5;

/**
 * A cross-encoder of Workers AI behind a breaker, so that its time-outs are not waited for again and again.
 *
 * @see https://developers.cloudflare.com/workers-ai/models/bge-reranker-base/
 */
export function createWorkersAiReranker(ai: RerankRunner, options: RerankerOptions = {}): RerankPort {
  const { model = '@cf/baai/bge-reranker-base', timeoutMs = 1_500, now = Date.now } = options;
  const breaker = new Breaker();

  const ask = async (query: string, texts: readonly string[]): Promise<number[]> => {
    const shortened = cut(query, QUERY_TOKENS);
    const room = MAX_TOKENS - tokensOf(shortened);
    const contexts = texts.map((text) => ({ text: cut(text, room) || '-' }));
    const inputs = { query: shortened, contexts, top_k: texts.length };
    const signal = AbortSignal.timeout(timeoutMs);
    const response = await ai.run(model, inputs, { returnRawResponse: true, signal });
    if (!response.ok) throw new Error(`Workers AI answered ${response.status}.`);
    return scoresOf(Reply.parse(await response.json()).response, texts.length);
  };

  return {
    async rerank(query, texts) {
      if (texts.length === 0) return done({ model, scores: [] });
      if (!breaker.allows(now()))
        return refused('unavailable', 'The re-ranker rests.', breaker.retryAfterSeconds(now()));
      try {
        const scores = await ask(query, texts);
        breaker.succeeded();
        return done({ model, scores });
      } catch (error) {
        breaker.failed(now());
        log.error('the re-ranker failed', { model, texts: texts.length, error });
        return refused('unavailable', 'The re-ranker does not answer.', RETRY_AFTER_SECONDS);
      }
    },
  };
}

/** @throws Error unless each text has exactly one score */
function scoresOf(reply: readonly { id: number; score: number }[], count: number): number[] {
  const scores = new Array<number>(count).fill(Number.NaN);
  for (const { id, score } of reply) if (id >= 0 && id < count) scores[id] = score;
  if (reply.length !== count || scores.some(Number.isNaN)) throw new Error('Workers AI did not score each text once.');
  return scores;
}

/** No tokenizer is at hand: a token holds about three letters of Latin script, and may hold but one of another. */
const cost = (char: string): number => (char <= '\u024f' ? 1 / 3 : 1);

const tokensOf = (text: string): number => Array.from(text).reduce((sum, char) => sum + cost(char), 0);

function cut(text: string, tokens: number): string {
  let [spent, end] = [0, 0];
  for (const char of text) {
    spent += cost(char);
    if (spent > tokens) return text.slice(0, end);
    end += char.length;
  }
  return text;
}
