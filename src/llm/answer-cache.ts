import { z } from 'zod';
import type { ByteCache } from '../cache/byte-cache.ts';
import { CACHES } from '../cache/policy.ts';
import { scopePrefix, sha256Hex } from '../cache/scope.ts';
import type { Asking } from './asking.ts';
import type { KeptKeys } from './kept-keys.ts';
import { shownValues } from './prompt.ts';
import type { Slots, Values } from './slots.ts';
import type { Template } from './template.ts';

const KEY_START = 'llm1';
const { ttlSeconds } = CACHES.textModelResponses;

const Answer = z.object({ text: z.string(), usage: z.object({ input: z.number(), output: z.number() }) });
/** What a model has written, and what that took. */
export type Answer = z.infer<typeof Answer>;

export interface CachedAnswer {
  tier: 'l1' | 'kv';
  answer: Answer;
}

interface CacheParts {
  /** in the isolate */
  l1: ByteCache;
  /** shared by isolates; left out, there is none */
  l2?: ByteCache;
  /** what the L2 may hold; left out: it is always asked */
  kept?: KeptKeys;
}

/** Whole answers by person, model, template and values: an L1, and KV behind it. */
export class AnswerCache {
  private readonly l1: ByteCache;
  private readonly l2: ByteCache | undefined;
  private readonly kept: KeptKeys | undefined;

  constructor({ l1, l2, kept }: CacheParts) {
    this.l1 = l1;
    this.l2 = l2;
    this.kept = kept;
  }

  async get(key: string): Promise<CachedAnswer | null> {
    const near = parse(await this.l1.get(key));
    if (near) return { tier: 'l1', answer: near };
    if (this.kept?.has(key) === false) return null;
    const far = parse((await this.l2?.get(key)) ?? null);
    return far && { tier: 'kv', answer: far };
  }

  /** Keeps what KV had in the isolate too. */
  async keepNear(key: string, answer: Answer): Promise<void> {
    await this.l1.put(key, bytesOf(answer), ttlSeconds);
  }

  async put(key: string, answer: Answer): Promise<void> {
    const bytes = bytesOf(answer);
    await this.l1.put(key, bytes, ttlSeconds);
    await this.l2?.put(key, bytes, ttlSeconds);
    this.kept?.add(key);
  }

  /** Forgets all answers of a scope that this isolate and KV hold. */
  async forget(scope: string): Promise<void> {
    const prefix = await scopePrefix(KEY_START, scope);
    await this.l1.clear(prefix);
    await this.l2?.clear(prefix);
  }
}

/**
 * Where an answer is kept. Sampling is part of a template's version; what is new each time (delimiters) is left out.
 *
 * @param asking whose it is: the prefix is that of their scope, and another life of the same person shares no key with it
 */
export async function answerKey<V extends Slots, T>(
  { scope, life }: Pick<Asking, 'scope' | 'life'>,
  model: string,
  template: Template<V, T>,
  values: Values<V>,
): Promise<string> {
  const text = JSON.stringify([life, model, template.name, template.version, shownValues(template, values)]);
  const [prefix, hash] = await Promise.all([scopePrefix(KEY_START, scope), sha256Hex(text)]);
  return prefix + hash;
}

const bytesOf = (answer: Answer) => new TextEncoder().encode(JSON.stringify(answer));

function parse(bytes: Uint8Array | null): Answer | null {
  if (bytes === null) return null;
  try {
    return Answer.parse(JSON.parse(new TextDecoder().decode(bytes)));
  } catch {
    return null; // of another version of the service
  }
}
