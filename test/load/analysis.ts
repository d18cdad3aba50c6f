import { weightedLine } from '../../src/statistics/trend.ts';

/** The value below which the share `p` of sorted values lies (nearest rank); NaN where there are none. */
export function percentile(sorted: Float64Array, p: number): number {
  return sorted[Math.min(sorted.length - 1, Math.max(0, Math.ceil(p * sorted.length) - 1))] ?? Number.NaN;
}

export const sorted = (values: Iterable<number>): Float64Array => Float64Array.from(values).sort();

/** A straight line through points, with the uncertainty of its slope. */
export interface Slope {
  /** in y a unit of x */
  slope: number;
  /** 95 % confidence interval of the slope */
  low: number;
  high: number;
  /** points */
  n: number;
}

/**
 * How fast something grows. Neighbouring readings of memory are alike, so that each says less than it seems: they are
 * averaged in blocks first, and the interval allows for what likeness is left among the blocks.
 *
 * @param points [x, y], by x
 * @param blocks how many averages the line is laid through, at least 3
 * @returns null with fewer points than blocks
 */
export function slopeOf(points: readonly (readonly [number, number])[], blocks = 20): Slope | null {
  if (points.length < blocks) return null;
  const means = Array.from({ length: blocks }, (_, i) => {
    const part = points.slice(Math.floor((i * points.length) / blocks), Math.floor(((i + 1) * points.length) / blocks));
    return [mean(part.map(([x]) => x)), mean(part.map(([, y]) => y))] as const;
  });
  const [x, y] = [means.map(([at]) => at), means.map(([, value]) => value)];
  const line = weightedLine(
    x,
    y,
    means.map(() => 1),
    95,
  );
  return line && { slope: line.slope, low: line.low, high: line.high, n: points.length };
}

const mean = (values: readonly number[]) => values.reduce((total, value) => total + value, 0) / values.length;
