import { METRICS, type Metric, type MetricName } from './catalogue.ts';
import { addBins, type Bins, type Delta } from './delta.ts';
import { eachPeak, type Peaks, withPeak } from './peaks.ts';
import { labelsOfKey, SeriesKeys } from './series.ts';

/** All series of one metric: exactly one of these, by the type of the metric. */
export interface Family {
  /** counters, and gauges that are merged by sum */
  values?: Record<string, number>;
  /** gauges of which the largest of the last minutes is shown */
  peaks?: Record<string, Peaks>;
  bins?: Record<string, Bins>;
}

/** What was counted since the hub began: sums of what isolates have told. It bounds what it takes as they do. */
export class Totals {
  readonly families = new Map<MetricName, Family>();
  /** changed since they were saved */
  readonly changed = new Set<MetricName>();
  private readonly keys = new SeriesKeys();

  /** Adds what an isolate tells. Metrics it knows and this version does not are let go, and the other way round. */
  add(delta: Pick<Delta, 'values' | 'bins'>, now: number): void {
    for (const [name, bySeries] of Object.entries(delta.values)) {
      for (const [key, value] of Object.entries(bySeries)) this.addValue(name, key, value, now);
    }
    for (const [name, bySeries] of Object.entries(delta.bins)) {
      for (const [key, bins] of Object.entries(bySeries)) this.addHistogram(name, key, bins);
    }
  }

  /** Takes a family that was saved, or that another shard of the hub has. */
  take(name: string, family: Family, now: number): void {
    this.add({ values: { [name]: family.values ?? {} }, bins: { [name]: family.bins ?? {} } }, now);
    for (const [key, peaks] of Object.entries(family.peaks ?? {})) {
      for (const [value, at] of eachPeak(peaks)) this.addValue(name, key, value, at);
    }
  }

  private addValue(name: string, given: string, value: number, at: number): void {
    const place = this.placeOf(name, given);
    if (!place || !Number.isFinite(value)) return;
    const { metric, family, key } = place;
    if (metric.type === 'histogram' || (metric.type === 'counter' && value < 0)) return;
    if (metric.type === 'gauge' && metric.merge === 'most') {
      family.peaks ??= {};
      family.peaks[key] = withPeak(family.peaks[key] ?? [], value, at);
    } else {
      family.values ??= {};
      family.values[key] = (family.values[key] ?? 0) + value;
    }
  }

  private addHistogram(name: string, given: string, bins: Bins): void {
    const place = this.placeOf(name, given);
    if (place?.metric.type !== 'histogram') return;
    const { metric, family, key } = place;
    // of another version, with other buckets
    if (bins.counts.length !== metric.buckets.length + 1) return;
    family.bins ??= {};
    family.bins[key] ??= { counts: bins.counts.map(() => 0), sum: 0 };
    addBins(family.bins[key], bins);
  }

  private placeOf(name: string, given: string) {
    if (!Object.hasOwn(METRICS, name)) return null;
    const known = name as MetricName;
    const key = this.keys.of(known, labelsOfKey(known, given));
    if (key === null) return null;
    let family = this.families.get(known);
    if (!family) {
      family = {};
      this.families.set(known, family);
    }
    this.changed.add(known);
    return { metric: METRICS[known] as Metric, family, key };
  }
}
