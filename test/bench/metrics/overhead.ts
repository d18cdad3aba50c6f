import { seeded } from '../../../src/statistics/seeded.ts';

/** What something costs, as a share of what there was without it. */
export interface Overhead {
  value: number;
  /** 95 % interval */
  low: number;
  high: number;
  /** pairs */
  n: number;
}

/** One kind of cost of both of a pair of neighbours. */
export interface Pair {
  with: number;
  without: number;
}

const RESAMPLES = 1_000;
/** Of the pairs at each end: a block in which something else had the machine says nothing about ours. */
const TRIMMED = 0.1;

/** In which order pairs are measured: each second one the other way round than the one before (ABBA), by chance which. */
export function balancedOrder(pairs: number, seed: number): boolean[] {
  const random = seeded(seed);
  const order: boolean[] = [];
  while (order.length < pairs) {
    const isWithFirst = random() < 0.5;
    order.push(isWithFirst, !isWithFirst);
  }
  return order.slice(0, pairs);
}

/** The trimmed mean of what the pairs say each, with an interval by bootstrap over the pairs. */
export function overheadOf(pairs: readonly Pair[], seed = 1): Overhead {
  const logs = pairs.map((pair) => Math.log(pair.with / pair.without));
  const random = seeded(seed);
  const means = Array.from({ length: RESAMPLES }, () =>
    trimmedMean(logs.map(() => logs[Math.floor(random() * logs.length)]!)),
  ).sort((a, b) => a - b);
  return {
    value: Math.expm1(trimmedMean(logs)),
    low: Math.expm1(means[Math.floor(0.025 * RESAMPLES)]!),
    high: Math.expm1(means[Math.ceil(0.975 * RESAMPLES) - 1]!),
    n: pairs.length,
  };
}

function trimmedMean(values: readonly number[]): number {
  const cut = Math.floor(values.length * TRIMMED);
  const kept = values.toSorted((a, b) => a - b).slice(cut, values.length - cut);
  return kept.reduce((sum, value) => sum + value, 0) / kept.length;
}
