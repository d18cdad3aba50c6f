/**
 * Length-corrected diversity: the share of different words in each window of `window` neighbouring words, averaged over
 * all windows. Words may be numbers that stand for them. In (0, 1]; NaN for fewer words than a window has.
 *
 * @see Covington & McFall 2010, Cutting the Gordian knot: the moving-average type-token ratio (MATTR)
 */
export function movingTypeTokenRatio(words: ArrayLike<string | number>, window: number): number {
  const counts = new Map<string | number, number>();
  let sum = 0;
  for (let i = 0; i < words.length; i++) {
    const word = words[i]!;
    counts.set(word, (counts.get(word) ?? 0) + 1);
    if (i >= window) {
      const gone = words[i - window]!;
      const left = counts.get(gone)! - 1;
      if (left === 0) counts.delete(gone);
      else counts.set(gone, left);
    }
    if (i >= window - 1) sum += counts.size / window;
  }
  return sum / (words.length - window + 1 > 0 ? words.length - window + 1 : Number.NaN);
}
