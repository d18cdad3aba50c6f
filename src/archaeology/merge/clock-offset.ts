/** Two messages with one text that stands once in either export. */
export interface Anchor {
  a: number;
  b: number;
}

/** Anchors whose offsets differ by less are of one clock. */
const AGREE_MS = 90_000;
/**
 * Offset that most anchors agree on (the fullest window of 90 s, its median); 0 without anchors. Robust to anchors that
 * are chance: the same rare text said at two times.
 * @param times a and b in epoch ms by row
 */
export function clockOffset(anchors: readonly Anchor[], a: ArrayLike<number>, b: ArrayLike<number>): number {
  const offsets = Float64Array.from(anchors, (anchor) => b[anchor.b]! - a[anchor.a]!).sort();
  let [best, start, low] = [0, 0, 0];
  for (let high = 0; high < offsets.length; high++) {
    while (offsets[high]! - offsets[low]! > AGREE_MS) low++;
    if (high - low + 1 > best) [best, start] = [high - low + 1, low];
  }
  return best === 0 ? 0 : offsets[start + (best >> 1)]!;
}
