import type { Anchor } from './clock-offset.ts';

/** Neighbouring anchors whose median says how far the clocks are apart at a time. */
const AROUND = 9;
/** Times of one message differ by at most this much more than its neighbours' do. */
const LEAST_TOLERANCE_MS = 2_000;
const TOLERANCE_FACTOR = 2;

/** How far the second export's clock is ahead of the first's, here and now: an offset that may drift. */
export class LocalClock {
  /** No clock drifts further from its usual offset within one chat than a day: what is farther is another message. */
  static readonly widest = 86_400_000;
  /** Two messages may be one if their times differ by at most this, ms, after the offset. */
  readonly tolerance: number;
  private readonly at: Float64Array;
  private readonly offsets: Float64Array;
  private readonly general: number;

  /** @param anchors in order of both exports */
  constructor(anchors: readonly Anchor[], a: Float64Array, b: Float64Array, general: number) {
    const sorted = anchors.toSorted((x, y) => a[x.a]! - a[y.a]!);
    const raw = Float64Array.from(sorted, (anchor) => b[anchor.b]! - a[anchor.a]!);
    this.at = Float64Array.from(sorted, (anchor) => a[anchor.a]!);
    this.offsets = raw.map((_, i) => median(raw.slice(Math.max(0, i - (AROUND >> 1)), i + (AROUND >> 1) + 1)));
    this.general = general;
    const apart = raw.map((offset, i) => Math.abs(offset - this.offsets[i]!)).sort();
    const usual = apart.length === 0 ? 60_000 : apart[Math.floor(0.98 * (apart.length - 1))]!;
    this.tolerance = Math.max(LEAST_TOLERANCE_MS, TOLERANCE_FACTOR * usual);
  }

  /** ms to add to a time of the first export. */
  offsetAt(time: number): number {
    if (this.at.length === 0) return this.general;
    let [low, high] = [0, this.at.length - 1];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.at[middle]! < time) low = middle + 1;
      else high = middle;
    }
    const before = Math.max(0, low - 1);
    return time - this.at[before]! < this.at[low]! - time ? this.offsets[before]! : this.offsets[low]!;
  }

  /** A time of the second export by the first's clock. */
  toA(time: number): number {
    return time - this.offsetAt(time - this.general);
  }
}

function median(values: Float64Array): number {
  return values.sort()[values.length >> 1]!;
}
