import {
  type CounterName,
  type GaugeName,
  type HistogramMetric,
  type HistogramName,
  type LabelArguments,
  METRICS,
  type MetricName,
} from './catalogue.ts';
import { addBins, type Bins, type Delta } from './delta.ts';
import { mark } from './distinct.ts';
import { SeriesKeys } from './series.ts';

/** A hub that does not answer must not fill the isolate: beyond this many series, people are let go and new series dropped. */
const MOST_SERIES = 5_000;
const MOST_PEOPLE = 10_000;

/**
 * What this isolate has counted and not told yet. All requests and objects of an isolate share it. Nothing here waits,
 * asks or fails: an observation costs a microsecond. What an isolate has not told when it dies is lost.
 */
const keys = new SeriesKeys();
let isOn = true;
let values = new Map<MetricName, Map<string, number>>();
let bins = new Map<MetricName, Map<string, Bins>>();
let people = new Set<number>();
let series = 0;

/** Whether anything is counted (`METRICS` is not `off`). */
export function setRecording(on: boolean): void {
  isOn = on;
}

/** Counts something that happened. */
export function count<Name extends CounterName>(name: Name, ...rest: [...LabelArguments<Name>, by?: number]): void {
  const [labels, by = 1] = rest as unknown as [labels?: Record<string, string>, by?: number];
  if (isOn) add(name, labels, by, true);
}

/** Says how things stand now; of a gauge that is merged by sum, by how much it has changed. */
export function gauge<Name extends GaugeName>(name: Name, value: number, ...rest: LabelArguments<Name>): void {
  if (!isOn) return;
  const labels = rest[0] as unknown as Record<string, string> | undefined;
  add(name, labels, value, METRICS[name].merge === 'sum');
}

interface Seen {
  /** id of the request, for an exemplar */
  request?: string | undefined;
}

/** Notes how long something took, in seconds, or how large it was, in the unit of the metric. */
export function observe<Name extends HistogramName>(
  name: Name,
  value: number,
  ...rest: [...LabelArguments<Name>, seen?: Seen]
): void {
  if (!isOn) return;
  const [labels, seen] = rest as unknown as [labels?: Record<string, string>, seen?: Seen];
  const key = keys.of(name, labels);
  if (key === null || !Number.isFinite(value)) return;
  const metric: HistogramMetric = METRICS[name];
  const bin = binsOf(name, key, metric.buckets.length + 1);
  if (!bin) return;
  const bucket = bucketOf(metric.buckets, value);
  bin.counts[bucket]!++;
  bin.sum += value;
  if (seen?.request && metric.exemplars) {
    bin.exemplars ??= {};
    bin.exemplars[bucket] = { request: seen.request, value, at: Date.now() };
  }
}

/** Notes that somebody used the service. @param person tenant and user; only a hash of it is kept, of 17 bits */
export function seen(person: string): void {
  if (isOn && people.size < MOST_PEOPLE) people.add(mark(person));
}

/** Seconds since a time of `performance.now()`. In Workers the clock stands still between I/O: pure computing reads as 0. */
export const secondsSince = (start: number): number => (performance.now() - start) / 1_000;

/** Takes what was counted since the last call; null: nothing. */
export function drain(): Delta | null {
  if (values.size === 0 && bins.size === 0 && people.size === 0) return null;
  const delta: Delta = { values: nested(values), bins: nested(bins), people: [...people] };
  values = new Map();
  bins = new Map();
  people = new Set();
  series = 0;
  return delta;
}

/** Takes a delta back that could not be told, to be told with the next. */
export function putBack(delta: Delta): void {
  for (const [name, bySeries] of Object.entries(delta.values) as [MetricName, Record<string, number>][]) {
    const metric = METRICS[name];
    const isSum = metric.type === 'counter' || (metric.type === 'gauge' && metric.merge === 'sum');
    for (const [key, value] of Object.entries(bySeries)) addTo(name, key, value, isSum);
  }
  for (const [name, bySeries] of Object.entries(delta.bins) as [MetricName, Record<string, Bins>][]) {
    for (const [key, from] of Object.entries(bySeries)) {
      const to = binsOf(name, key, from.counts.length);
      if (to) addBins(to, from);
    }
  }
  for (const one of delta.people) if (people.size < MOST_PEOPLE) people.add(one);
}

function add(name: MetricName, labels: Record<string, string> | undefined, by: number, isSum: boolean): void {
  const key = keys.of(name, labels);
  if (key !== null && Number.isFinite(by)) addTo(name, key, by, isSum);
}

function addTo(name: MetricName, key: string, by: number, isSum: boolean): void {
  const bySeries = childOf(values, name);
  const before = bySeries.get(key);
  if (before === undefined && !hasRoom()) return;
  bySeries.set(key, isSum ? (before ?? 0) + by : Math.max(before ?? Number.NEGATIVE_INFINITY, by));
}

function binsOf(name: MetricName, key: string, length: number): Bins | null {
  const bySeries = childOf(bins, name);
  let bin = bySeries.get(key);
  if (!bin) {
    if (!hasRoom()) return null;
    bin = { counts: new Array<number>(length).fill(0), sum: 0 };
    bySeries.set(key, bin);
  }
  return bin;
}

function hasRoom(): boolean {
  if (series < MOST_SERIES) {
    series++;
    return true;
  }
  const dropped = childOf(values, 'metrics_dropped_total');
  dropped.set('', (dropped.get('') ?? 0) + 1);
  return false;
}

function childOf<T>(parents: Map<MetricName, Map<string, T>>, name: MetricName): Map<string, T> {
  let child = parents.get(name);
  if (!child) {
    child = new Map();
    parents.set(name, child);
  }
  return child;
}

/** Index of the first bucket whose bound is not below the value; the number of buckets if none is. */
function bucketOf(buckets: readonly number[], value: number): number {
  let [low, high] = [0, buckets.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (buckets[middle]! >= value) high = middle;
    else low = middle + 1;
  }
  return low;
}

const nested = <T>(parents: Map<MetricName, Map<string, T>>): Partial<Record<MetricName, Record<string, T>>> =>
  Object.fromEntries([...parents].map(([name, bySeries]) => [name, Object.fromEntries(bySeries)]));
