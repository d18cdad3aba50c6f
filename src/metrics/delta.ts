import type { MetricName } from './catalogue.ts';

/** A request that fell into a bucket. */
export interface Exemplar {
  /** id of the request */
  request: string;
  value: number;
  /** epoch ms */
  at: number;
}

/** A histogram, or what was added to one. */
export interface Bins {
  /** observations by bucket, not cumulative; the last is +Inf */
  counts: number[];
  sum: number;
  /** by bucket; the latest */
  exemplars?: Record<number, Exemplar>;
}

/** What one isolate has counted since it last told: by metric, by label values (see series.ts). */
export interface Delta {
  /** counters and gauges */
  values: Partial<Record<MetricName, Record<string, number>>>;
  bins: Partial<Record<MetricName, Record<string, Bins>>>;
  /** people seen, as registers of a HyperLogLog (see distinct.ts) */
  people: number[];
}

/** Adds one histogram to another, in place. */
export function addBins(to: Bins, from: Bins): void {
  for (let i = 0; i < to.counts.length; i++) to.counts[i]! += from.counts[i] ?? 0;
  to.sum += from.sum;
  if (from.exemplars) to.exemplars = { ...to.exemplars, ...from.exemplars };
}
