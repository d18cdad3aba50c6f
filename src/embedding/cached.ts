import type { ByteCache } from '../cache/byte-cache.ts';
import { CACHES } from '../cache/policy.ts';
import { scopePrefix, sha256Hex, tenantOf } from '../cache/scope.ts';
import { SingleFlight } from '../cache/single-flight.ts';
import { NO_TALLY, type Tally } from '../cache/tally.ts';
import { CommonTexts } from './common-texts.ts';
import type { Embedder, EmbeddingPurpose } from './embedder.ts';
import { nextTurn } from './next-turn.ts';
import { normaliseText } from './normalise.ts';
import type { EmbedThrough } from './tiers.ts';

const KEY_START = 'emb1';
const { ttlSeconds } = CACHES.embeddings;

interface CacheParts {
  /** in the isolate */
  l1: ByteCache;
  /** shared by isolates; left out, there is none */
  l2?: ByteCache;
  /** of questions that the L1 was asked; a message is no question, since it is new by nature */
  tally?: Tally;
}

/** What is asked for under one key. */
interface Wanted {
  embedder: Embedder;
  /** by key */
  texts: ReadonlyMap<string, string>;
  l2: ByteCache | undefined;
  /** start of the keys of what is common in the tenant; null: nothing is shared */
  common: string | null;
  /** start of the person's keys */
  own: string;
}
type Vectors = Map<string, Uint8Array>;

/**
 * Vectors by scope, model and normalised text: an L1 for everything, and behind it an L2 for what is worth it.
 *
 * What is asked before a message is stored is found when it is: the application that asks with the very words of the
 * message has them embedded once. Questions that several people of a tenant ask are shared among all its people, and they
 * alone are worth the L2: they are read by every isolate, while a write to KV costs more than embedding a text again,
 * and a person's own question, or a message, is hardly read a second time from another isolate. The L2 is for remote
 * models; the embedded one answers faster than KV does.
 * Vectors are kept as their float32 bytes, so that a cached one is the computed one to the last bit.
 */
export class EmbeddingCache implements EmbedThrough {
  private readonly l1: ByteCache;
  private readonly l2: ByteCache | undefined;
  private readonly tally: Tally;
  private readonly flights = new SingleFlight(nextTurn);
  private readonly commonTexts = new CommonTexts();

  constructor({ l1, l2, tally = NO_TALLY }: CacheParts) {
    this.l1 = l1;
    this.l2 = l2;
    this.tally = tally;
  }

  async embed(
    embedder: Embedder,
    texts: readonly string[],
    scope: string | undefined,
    purpose: EmbeddingPurpose,
  ): Promise<Float32Array> {
    if (scope === undefined) return embedder.embed(texts);
    const l2 = embedder.remote === true && purpose === 'query' ? this.l2 : undefined;
    const own = scopePrefix(KEY_START, scope);
    const tenant = purpose === 'query' ? tenantOf(scope) : null;
    const common = tenant === null ? null : scopePrefix(KEY_START, tenant);
    const keys = texts.map((text) => embeddingKey(own, embedder.model, text));
    const named = new Map<string, string>();
    for (const [i, key] of keys.entries()) if (!named.has(key)) named.set(key, texts[i]!);
    const wanted = { embedder, texts: named, l2, common, own };

    const found = await this.near(wanted);
    if (purpose === 'query') for (const key of named.keys()) this.tally(found.has(key) ? 'hit' : 'miss');
    const missing = without(wanted, found);
    if (missing.texts.size > 0) for (const [key, vector] of await this.made(missing)) found.set(key, vector);
    await this.share(wanted, found);

    const rows = new Float32Array(texts.length * embedder.dimensions);
    for (const [i, key] of keys.entries()) bytesOf(rows).set(found.get(key)!, i * 4 * embedder.dimensions);
    return rows;
  }

  /** Forgets all vectors of a scope. */
  async forget(scope: string): Promise<void> {
    const prefix = scopePrefix(KEY_START, scope);
    await this.l1.clear(prefix);
    await this.l2?.clear(prefix);
  }

  /** What is not in the isolate: somebody may be at the very same text, else from KV, else computed. */
  private made(wanted: Wanted): Promise<Vectors> {
    return this.flights.alone([...wanted.texts.keys()], async (hasWaited) => {
      const found: Vectors = hasWaited ? await this.near(wanted) : new Map();
      for (const [key, vector] of await this.far(without(wanted, found))) found.set(key, vector);
      const missing = without(wanted, found);
      if (missing.texts.size > 0) for (const [key, vector] of await this.computed(missing)) found.set(key, vector);
      return found;
    });
  }

  private async computed({ embedder, texts }: Wanted): Promise<Vectors> {
    const length = 4 * embedder.dimensions;
    const bytes = bytesOf(await embedder.embed([...texts.values()]));
    const vectors = new Map([...texts.keys()].map((key, i) => [key, bytes.slice(i * length, (i + 1) * length)]));
    for (const [key, vector] of vectors) await this.l1.put(key, vector, ttlSeconds);
    return vectors;
  }

  private async near(wanted: Wanted): Promise<Vectors> {
    const found = await lookedUp(this.l1, wanted, (key) => key);
    if (wanted.common === null) return found;
    const shared = await lookedUp(this.l1, without(wanted, found), commonKeyOf(wanted));
    return new Map([...found, ...shared]);
  }

  /** What is common and another isolate has computed. */
  private async far(wanted: Wanted): Promise<Vectors> {
    if (!wanted.l2 || wanted.common === null) return new Map();
    const found = await lookedUp(wanted.l2, wanted, commonKeyOf(wanted));
    for (const [key, vector] of found) await this.l1.put(commonKeyOf(wanted)(key), vector, ttlSeconds);
    return found;
  }

  /** Notes who asked, and keeps for the whole tenant what has become common. */
  private async share(wanted: Wanted, found: Vectors): Promise<void> {
    if (wanted.common === null) return;
    for (const key of wanted.texts.keys()) {
      const name = commonKeyOf(wanted)(key);
      if (!this.commonTexts.asked(name, wanted.own) || (await this.l1.get(name)) !== null) continue;
      await this.l1.put(name, found.get(key)!, ttlSeconds);
      await wanted.l2?.put(name, found.get(key)!, ttlSeconds);
    }
  }
}

/** What is there, by the person's keys. A value of the wrong length is not a vector of this model and counts as missing. */
async function lookedUp(
  cache: ByteCache,
  { embedder, texts }: Wanted,
  keyIn: (key: string) => string,
): Promise<Vectors> {
  const found: Vectors = new Map();
  for (const key of texts.keys()) {
    const value = await cache.get(keyIn(key));
    if (value?.byteLength === 4 * embedder.dimensions) found.set(key, value);
  }
  return found;
}

const without = (wanted: Wanted, found: Vectors): Wanted => ({
  ...wanted,
  texts: new Map([...wanted.texts].filter(([key]) => !found.has(key))),
});

/** No model id holds a NUL, so no pair of model and text reads like another. */
const embeddingKey = (prefix: string, model: string, text: string): string =>
  prefix + sha256Hex(`${model}\0${normaliseText(text)}`);

/** The tenant's key of a person's. */
const commonKeyOf =
  ({ common, own }: Wanted) =>
  (key: string): string =>
    common + key.slice(own.length);

const bytesOf = (vector: Float32Array): Uint8Array =>
  new Uint8Array(vector.buffer, vector.byteOffset, vector.byteLength);
