/**
 * Simpson's D: the chance that two words drawn from the text are the same one. [0, 1]; low is diverse; does not depend
 * on length. 0 below two words.
 *
 * @param pairs Σ f(f−1) over the words, f how often each stands
 * @see Simpson 1949, Measurement of Diversity
 */
export function simpsonD(pairs: number, words: number): number {
  return words < 2 ? 0 : pairs / (words * (words - 1));
}

/**
 * Yule's K, 10⁴ (Σ f² − N) / N²: about 10⁴ times Simpson's D, so low is diverse. About 50 to 250 in English text; 0 for
 * no words.
 *
 * @param pairs Σ f(f−1) over the words
 * @see Yule 1944, The Statistical Study of Literary Vocabulary
 */
export function yuleK(pairs: number, words: number): number {
  return words === 0 ? 0 : (10_000 * pairs) / (words * words);
}

/** Σ f(f−1) of the items given, by sorting: for one text. */
export function repeatedPairs(ids: readonly number[]): number {
  const sorted = Float64Array.from(ids).sort();
  let pairs = 0;
  for (let from = 0; from < sorted.length; ) {
    let to = from + 1;
    while (to < sorted.length && sorted[to] === sorted[from]) to++;
    pairs += (to - from) * (to - from - 1);
    from = to;
  }
  return pairs;
}

/**
 * Σ f(f−1) from counts that were summed in hash buckets. Two different words meet in a bucket with probability
 * 1 / buckets, which adds (N² − Σ f²) / buckets in the mean: that is taken off again, so the estimate is unbiased over
 * hash functions. Its standard error is about √(2 / buckets) of Σ f²: 1.6 % with 8,192 buckets. Never negative.
 */
export function repeatedPairsInBuckets(buckets: ArrayLike<number>): number {
  let words = 0;
  let squares = 0;
  for (let i = 0; i < buckets.length; i++) {
    words += buckets[i]!;
    squares += buckets[i]! ** 2;
  }
  const share = 1 / buckets.length;
  return Math.max(0, (squares - words * words * share) / (1 - share) - words);
}

const FACTOR_END = 0.72;

/**
 * Measure of textual lexical diversity: mean length, in words, of the runs that keep a type-token ratio above 0.72, read
 * forwards and backwards. Around 40 to 120 in English; does not depend on length from about 100 words on. It depends on
 * the order of the words, so no sum can hold it: it is computed over a stretch of text when it is asked for.
 * A short text of few repeats may get more than its length; one of no repeat gets its length, no words 0.
 *
 * @see McCarthy & Jarvis 2010, MTLD, vocd-D, and HD-D
 */
export function mtld(words: readonly string[]): number {
  if (words.length === 0) return 0;
  return (oneWay(words) + oneWay(words.toReversed())) / 2;
}

function oneWay(words: readonly string[]): number {
  const types = new Set<string>();
  let tokens = 0;
  let factors = 0;
  for (const word of words) {
    types.add(word);
    tokens++;
    if (types.size / tokens > FACTOR_END) continue;
    factors++;
    types.clear();
    tokens = 0;
  }
  // the run that was cut off counts for the way it had come
  if (tokens > 0) factors += (1 - types.size / tokens) / (1 - FACTOR_END);
  return factors === 0 ? words.length : words.length / factors;
}
