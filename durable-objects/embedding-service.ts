import { WorkerEntrypoint, waitUntil } from 'cloudflare:workers';
import wasm from '../.build/ort.wasm';
import { parseNamedSecrets } from '../src/auth/named-secrets.ts';
import { kvCache } from '../src/cache/kv.ts';
import { scopeSealedCache } from '../src/cache/sealed-by-scope.ts';
import { tallyOf } from '../src/cache/tally.ts';
import { EmbeddingCache } from '../src/embedding/cached.ts';
import type { Embedder, EmbeddingPort, EmbeddingPurpose, Embeddings } from '../src/embedding/embedder.ts';
import { lazyEmbedder } from '../src/embedding/lazy.ts';
import { meteredEmbedder } from '../src/embedding/metered.ts';
import { createOnnxEmbedder, ONNX_MODEL } from '../src/embedding/onnx.ts';
import { createWorkersAiReranker, type Ranking, type RerankPort } from '../src/embedding/reranker.ts';
import { parseTierOrder } from '../src/embedding/tier-order.ts';
import { createEmbeddingTiers } from '../src/embedding/tiers.ts';
import type { Vocabulary } from '../src/embedding/tokenizer.ts';
import { WARM_UP_RUNS, warmUp } from '../src/embedding/warm-up.ts';
import { createWorkersAiEmbedder } from '../src/embedding/workers-ai.ts';
import type { Env } from '../src/env.ts';
import { flushMetrics } from '../src/metrics/flush.ts';
import { type Outcome, refused } from '../src/shared/errors.ts';
import { log } from '../src/shared/log.ts';
import { isolateCache } from './isolate-cache.ts';

interface Service {
  port: EmbeddingPort;
  cache: EmbeddingCache;
  preferred: Embedder;
  warmed: boolean;
}

/** Built once, used by every request of the isolate. Only finished things are kept, never a promise. */
let service: Service | undefined;
let reranker: RerankPort | undefined;

/** Inference, reached over a service binding so that it runs in stateless isolates and never stalls an object. */
export class EmbeddingService extends WorkerEntrypoint<Env> implements EmbeddingPort, RerankPort {
  async embed(
    texts: string[],
    model?: string,
    scope?: string,
    purpose?: EmbeddingPurpose,
  ): Promise<Outcome<Embeddings>> {
    try {
      return await serviceOf(this.env).port.embed(texts, model, scope, purpose);
    } catch (error) {
      log.error('the embedding service is not set up', { error });
      return refused('unavailable', 'The embedding service is not set up.');
    } finally {
      flushMetrics(this.env, (work) => this.ctx.waitUntil(work));
    }
  }

  async rerank(query: string, texts: string[]): Promise<Outcome<Ranking>> {
    const { AI, RERANK_TIER } = this.env;
    if (!AI || RERANK_TIER !== 'workers-ai') return refused('unavailable', 'No re-ranker is set up here.');
    reranker ??= createWorkersAiReranker({
      run: (model, inputs, options) => AI.run(model as '@cf/baai/bge-reranker-base', inputs, options),
    });
    return reranker.rerank(query, texts);
  }

  /**
   * Loads a local model and lets it run itself warm after this has answered. Does nothing for a remote one.
   * @throws Error when the model does not load or the tiers are misconfigured
   */
  async warm(): Promise<void> {
    const current = serviceOf(this.env);
    if (current.preferred.remote || current.warmed) return;
    await warmUp(current.preferred, 1);
    if (current.warmed) return;
    current.warmed = true;
    this.ctx.waitUntil(warmUp(current.preferred, WARM_UP_RUNS));
  }

  /** Forgets all cached vectors of a scope that this isolate and KV hold; other isolates forget within the day. */
  async forget(scope: string): Promise<void> {
    await serviceOf(this.env).cache.forget(scope);
  }
}

function serviceOf(env: Env): Service {
  if (service) return service;
  const order = parseTierOrder(env.EMBEDDING_TIERS, env.AI !== undefined);
  const embedders = order.map((name) =>
    meteredEmbedder(name === 'onnx' ? onnxTier(env) : workersAiTier(env.AI!), name),
  );
  const [secret] = parseNamedSecrets(env.ENCRYPTION_KEYS ?? '') ?? []; // a vector tells what was said: none lies open in KV
  const kv = kvCache(env.KV, waitUntil, tallyOf('embeddings', 'kv'));
  const tally = tallyOf('embeddings', 'l1');
  const cache = new EmbeddingCache({
    l1: isolateCache('embeddings', (result) => result === 'eviction' && tally(result)),
    tally,
    ...(secret ? { l2: scopeSealedCache(kv, secret.secret) } : {}),
  });
  service = { port: createEmbeddingTiers(embedders, { cache }), cache, preferred: embedders[0]!, warmed: false };
  return service;
}

function onnxTier(env: Env): Embedder {
  return lazyEmbedder({
    ...ONNX_MODEL,
    async fetch() {
      const [model, vocabulary] = await Promise.all([
        asset(env, 'use-lite-int8.onnx').then((response) => response.bytes()),
        asset(env, 'vocab.json').then((response) => response.json<Vocabulary>()),
      ]);
      return { wasm, model, vocabulary };
    },
    make: createOnnxEmbedder,
  });
}

async function asset(env: Env, name: string): Promise<Response> {
  const response = await env.ASSETS.fetch(`https://assets.local/model/${name}`);
  if (!response.ok) throw new Error(`The asset model/${name} answered ${response.status}.`);
  return response;
}

const workersAiTier = (ai: Ai): Embedder =>
  createWorkersAiEmbedder({
    run: (model, inputs, options) => ai.run(model as '@cf/baai/bge-small-en-v1.5', inputs, options),
  });
