import type { MemoryCache } from '../../cache/memory.ts';
import { CACHES } from '../../cache/policy.ts';

/** Share by which the evidence may have grown since a profile was concluded, before it is concluded anew. */
const NEW_EVIDENCE = 0.02;
const { ttlSeconds } = CACHES.personality;
/** Of the time to live: in it a profile is concluded anew if there is an occasion. */
const LAST_PART = 0.5;
/** Bytes before the JSON: the counts, float64. */
const HEAD = 16;

/** What a profile rests on. It only grows within one life of a mirror. */
export interface Evidence {
  messages: number;
  /** in whatever language */
  words: number;
}

const [encoder, decoder] = [new TextEncoder(), new TextDecoder()];

/**
 * Profiles as they were concluded, in a cache that an isolate's objects share, until there are 2 % more messages or words
 * than there were then; each of the first fifty is heard at once.
 */
export class KeptProfiles<T> {
  private readonly cache: MemoryCache;

  constructor(cache: MemoryCache) {
    this.cache = cache;
  }

  /**
   * The profile of one life of a mirror, or made and kept.
   *
   * @param conclude has a value of JSON
   */
  read(life: string, evidence: Evidence, conclude: () => T): T {
    const kept = this.cache.read(keyOf(life), (bytes) => isStillTrue(evidenceOf(bytes), evidence));
    if (kept) return JSON.parse(decoder.decode(kept.subarray(HEAD)));
    const concluded = conclude();
    this.cache.write(keyOf(life), pack(evidence, concluded), ttlSeconds);
    return concluded;
  }

  /**
   * Concludes anew what new evidence has overtaken, or whose time is soon over, so that who reads it next does not wait:
   * for the object to call when it has nothing else to do. Only what was read since it was concluded, since what nobody
   * reads would be made in vain.
   */
  renew(life: string, evidence: Evidence, conclude: () => T): void {
    const held = this.cache.inUse(keyOf(life));
    if (!held) return;
    const isInTime = held.secondsLeft > ttlSeconds * LAST_PART;
    if (isInTime && isStillTrue(evidenceOf(held.value), evidence)) return;
    this.cache.renew(keyOf(life), pack(evidence, conclude()), ttlSeconds);
  }
}

const keyOf = (life: string): string => `per3:${life}`;

const isStillTrue = (then: Evidence, now: Evidence): boolean =>
  isNear(then.messages, now.messages) && isNear(then.words, now.words);

const isNear = (then: number, now: number): boolean => now >= then && now - then <= NEW_EVIDENCE * then;

function pack({ messages, words }: Evidence, concluded: unknown): Uint8Array {
  const json = encoder.encode(JSON.stringify(concluded));
  const bytes = new Uint8Array(HEAD + json.length);
  bytes.set(new Uint8Array(Float64Array.of(messages, words).buffer));
  bytes.set(json, HEAD);
  return bytes;
}

function evidenceOf(bytes: Uint8Array): Evidence {
  const [messages = 0, words = 0] = new Float64Array(bytes.buffer, bytes.byteOffset, 2);
  return { messages, words };
}
