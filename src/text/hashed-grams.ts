/**
 * Counts of n-grams in a fixed number of buckets (a power of two), chosen by hash: memory does not grow with the text.
 * Two n-grams share a bucket with probability 1 / buckets. So the inner product of two tables exceeds the true one by
 * Nx·Ny / buckets in the mean, where Nx and Ny are the grams counted: with 4,096 buckets, relative to |x||y| of real
 * text, below 0.01. Additive: `sign` -1 takes out what 1 put in, and two tables add up by bucket.
 *
 * @see Weinberger et al. 2009, Feature Hashing for Large Scale Multitask Learning
 */
export function countCharacterGrams(text: string, size: number, sign: 1 | -1, buckets: Float32Array): void {
  const mask = buckets.length - 1;
  const end = text.length - size;
  for (let i = 0; i <= end; i++) {
    let hash = FNV_START;
    for (let j = i; j < i + size; j++) hash = Math.imul(hash ^ text.charCodeAt(j), FNV_PRIME);
    buckets[mixed(hash) & mask]! += sign;
  }
}

/** The same over runs of `size` tokens, each given as a number (an interned id). */
export function countTokenGrams(ids: ArrayLike<number>, size: number, sign: 1 | -1, buckets: Float32Array): void {
  const mask = buckets.length - 1;
  const end = ids.length - size;
  for (let i = 0; i <= end; i++) {
    let hash = FNV_START ^ size;
    for (let j = i; j < i + size; j++) hash = Math.imul(mixed(hash) ^ ids[j]!, FNV_PRIME);
    buckets[mixed(hash) & mask]! += sign;
  }
}

/** 32-bit hash of a text (FNV-1a with a finaliser). */
export function hashOf(text: string): number {
  let hash = FNV_START;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), FNV_PRIME);
  return mixed(hash) >>> 0;
}

const FNV_START = 0x811c9dc5 | 0;
const FNV_PRIME = 0x01000193;

/** Spreads the entropy of FNV's high bits into the low ones that choose the bucket (murmur3's finaliser). */
function mixed(hash: number): number {
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return hash ^ (hash >>> 16);
}
