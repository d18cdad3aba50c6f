import { type Level, normalWidth, studentTwoSided, studentWidth } from './distributions.ts';

/** A straight line through a series. */
export interface Trend {
  /** per unit of x */
  slope: number;
  low: number;
  high: number;
  /** value at x = 0 */
  intercept: number;
}

/** A weighted line, with what its slope rests on. */
export interface Line extends Trend {
  slopeError: number;
  /** two-sided, that the slope is 0 */
  p: number;
}

/**
 * Weighted least squares: a value's variance is taken as inversely proportional to its weight. The error of the slope is
 * widened where residuals of neighbours are alike (as for a first-order autoregression), because then there is less to
 * learn from than there are values. Null for fewer than three values of weight or for one x alone.
 */
export function weightedLine(
  x: ArrayLike<number>,
  y: ArrayLike<number>,
  weights: ArrayLike<number>,
  level: Level = 90,
): Line | null {
  const used = Array.from({ length: x.length }, (_, i) => i).filter((i) => weights[i]! > 0);
  const weight = used.reduce((sum, i) => sum + weights[i]!, 0);
  const meanOf = (values: ArrayLike<number>) => used.reduce((sum, i) => sum + weights[i]! * values[i]!, 0) / weight;
  const [meanX, meanY] = [meanOf(x), meanOf(y)];
  let spread = 0;
  let together = 0;
  for (const i of used) {
    spread += weights[i]! * (x[i]! - meanX) ** 2;
    together += weights[i]! * (x[i]! - meanX) * (y[i]! - meanY);
  }
  if (used.length < 3 || !(spread > 0)) return null;
  const slope = together / spread;
  const residuals = used.map((i) => Math.sqrt(weights[i]!) * (y[i]! - meanY - slope * (x[i]! - meanX)));
  const squares = residuals.reduce((sum, one) => sum + one * one, 0);
  const alike = squares === 0 ? 0 : residuals.reduce((sum, one, i) => sum + one * (residuals[i + 1] ?? 0), 0) / squares;
  const inflation = (1 + Math.max(0, alike)) / (1 - Math.min(0.95, Math.max(0, alike)));
  const freedom = used.length - 2;
  const slopeError = Math.sqrt((inflation * squares) / freedom / spread);
  const fair = Math.max(1, freedom / inflation);
  const half = studentWidth(level, fair) * slopeError;
  const p = slopeError === 0 ? Number(slope === 0) : studentTwoSided(slope / slopeError, fair);
  return { slope, low: slope - half, high: slope + half, intercept: meanY - slope * meanX, slopeError, p };
}

/**
 * Theil's slope, the median of the slopes between all pairs, which a third of wild values cannot move; its interval by
 * Sen (1968) from the spread of Kendall's score. O(n² log n): at most some thousand values. Null without two different x.
 */
export function theilSen(x: ArrayLike<number>, y: ArrayLike<number>, level: Level = 90): Trend | null {
  const n = x.length;
  const slopes: number[] = [];
  for (let i = 0; i < n; i++) {
    for (let j = i + 1; j < n; j++) if (x[i] !== x[j]) slopes.push((y[j]! - y[i]!) / (x[j]! - x[i]!));
  }
  if (slopes.length === 0) return null;
  slopes.sort((a, b) => a - b);
  const half = normalWidth(level) * Math.sqrt((n * (n - 1) * (2 * n + 5)) / 18);
  // Sen counts ranks from 1, and from the same distance on both sides
  const low = slopes[Math.max(0, Math.floor((slopes.length - half) / 2) - 1)]!;
  const high = slopes[Math.min(slopes.length - 1, Math.ceil((slopes.length + half) / 2))]!;
  const slope = median(slopes);
  const rests = Array.from({ length: n }, (_, i) => y[i]! - slope * x[i]!).sort((a, b) => a - b);
  return { slope, low, high, intercept: median(rests) };
}

const median = (sorted: readonly number[]): number =>
  (sorted[(sorted.length - 1) >> 1]! + sorted[sorted.length >> 1]!) / 2;
