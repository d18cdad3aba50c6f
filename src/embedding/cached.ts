import type { ByteCache } from '../cache/byte-cache.ts';
import { CACHES } from '../cache/policy.ts';
import { scopePrefix, sha256Hex } from '../cache/scope.ts';
import type { Embedder, EmbeddingPurpose } from './embedder.ts';
import { normaliseText } from './normalise.ts';
import type { EmbedThrough } from './tiers.ts';

const KEY_START = 'emb1';
const { ttlSeconds } = CACHES.embeddings;

interface CacheParts {
  /** in the isolate */
  l1: ByteCache;
  /** shared by isolates; left out, there is none */
  l2?: ByteCache;
}

/**
 * Vectors by scope, model and normalised text: an L1 for everything, and behind it an L2 for what is worth it.
 *
 * The L2 is asked only for queries of a remote model. A message is embedded once, so writing it to KV would cost a
 * billed write and never be read; and the embedded model answers faster than KV does.
 * Vectors are kept as their float32 bytes, so that a cached one is the computed one to the last bit.
 */
export class EmbeddingCache implements EmbedThrough {
  private readonly l1: ByteCache;
  private readonly l2: ByteCache | undefined;

  constructor({ l1, l2 }: CacheParts) {
    this.l1 = l1;
    this.l2 = l2;
  }

  async embed(
    embedder: Embedder,
    texts: readonly string[],
    scope: string | undefined,
    purpose: EmbeddingPurpose,
  ): Promise<Float32Array> {
    if (scope === undefined) return embedder.embed(texts);
    const l2 = embedder.remote === true && purpose === 'query' ? this.l2 : undefined;
    const prefix = await scopePrefix(KEY_START, scope);
    const keys = await Promise.all(texts.map((text) => embeddingKey(prefix, embedder.model, text)));
    const found = await this.lookUp(new Set(keys), 4 * embedder.dimensions, l2);

    const missing = new Map<string, string>();
    for (const [i, key] of keys.entries()) {
      if (!found.has(key) && !missing.has(key)) missing.set(key, texts[i]!);
    }
    if (missing.size > 0) {
      const computed = bytesOf(await embedder.embed([...missing.values()]));
      for (const [i, key] of [...missing.keys()].entries()) {
        const vector = computed.slice(i * 4 * embedder.dimensions, (i + 1) * 4 * embedder.dimensions);
        found.set(key, vector);
        await this.l1.put(key, vector, ttlSeconds);
        await l2?.put(key, vector, ttlSeconds);
      }
    }

    const rows = new Float32Array(texts.length * embedder.dimensions);
    for (const [i, key] of keys.entries()) bytesOf(rows).set(found.get(key)!, i * 4 * embedder.dimensions);
    return rows;
  }

  /** Forgets all vectors of a scope. */
  async forget(scope: string): Promise<void> {
    const prefix = await scopePrefix(KEY_START, scope);
    await this.l1.clear(prefix);
    await this.l2?.clear(prefix);
  }

  /** What is there. A value of the wrong length is not a vector of this model and counts as missing. */
  private async lookUp(keys: Set<string>, length: number, l2: ByteCache | undefined): Promise<Map<string, Uint8Array>> {
    const found = new Map<string, Uint8Array>();
    for (const key of keys) {
      const near = await this.l1.get(key);
      const far = near === null ? await l2?.get(key) : undefined;
      const value = near ?? far;
      if (value?.byteLength !== length) continue;
      found.set(key, value);
      if (far) await this.l1.put(key, far, ttlSeconds);
    }
    return found;
  }
}

/** No model id holds a NUL, so no pair of model and text reads like another. */
const embeddingKey = async (prefix: string, model: string, text: string): Promise<string> =>
  prefix + (await sha256Hex(`${model}\0${normaliseText(text)}`));

const bytesOf = (vector: Float32Array): Uint8Array =>
  new Uint8Array(vector.buffer, vector.byteOffset, vector.byteLength);
