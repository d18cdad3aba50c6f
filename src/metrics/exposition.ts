import type { Metric as RenderedMetric } from 'prom-client';
import Registry from 'prom-client/lib/registry.js';
import { DERIVED, type HistogramMetric, METRICS, type Metric, type MetricName } from './catalogue.ts';
import type { Bins } from './delta.ts';
import { peakAt } from './peaks.ts';
import { type People, WINDOWS, type Window } from './people.ts';
import { labelsOfKey } from './series.ts';
import type { Family, Totals } from './totals.ts';

interface Sample {
  value: number;
  labels: Record<string, string>;
  metricName?: string;
  exemplar?: { labelSet: Record<string, string>; value: number; timestamp: number };
}

export interface Exposition {
  text: string;
  contentType: string;
}

/**
 * Everything that was counted, in the text format of Prometheus (0.0.4) or as OpenMetrics (1.0, with exemplars).
 *
 * @param accept the header of that name
 * @see https://prometheus.io/docs/instrumenting/exposition_formats/
 */
export async function expose(totals: Totals, people: People, now: number, accept: string): Promise<Exposition> {
  const contentType = accept.includes('application/openmetrics-text')
    ? Registry.OPENMETRICS_CONTENT_TYPE
    : Registry.PROMETHEUS_CONTENT_TYPE;
  const registry = new Registry<typeof contentType>();
  registry.setContentType(contentType);
  const show = (name: string, { help, type }: { help: string; type: string }, values: Sample[]) => {
    const metric = { name, help, type, get: async () => ({ name: metric.name, help, type, values }) };
    registry.registerMetric(metric as unknown as RenderedMetric);
  };
  for (const name of Object.keys(METRICS) as MetricName[]) {
    show(name, METRICS[name], samplesOf(name, totals.families.get(name), now));
  }
  show('cache_hit_ratio', DERIVED.cache_hit_ratio, hitRatios(totals.families.get('cache_requests_total')));
  const windows = Object.keys(WINDOWS) as Window[];
  const active = windows.map((window) => ({ value: people.within(window, now), labels: { window } }));
  show('active_users', DERIVED.active_users, active);
  return { text: await registry.metrics(), contentType };
}

function samplesOf(name: MetricName, family: Family | undefined, now: number): Sample[] {
  const metric: Metric = METRICS[name];
  if (metric.type === 'histogram') {
    const series = Object.entries(family?.bins ?? {});
    return series.flatMap(([key, bins]) => histogram(name, metric, labelsOfKey(name, key), bins));
  }
  // what has no labels is there from the start, so that a rate of it is not missed when it first counts
  const values: Record<string, number> = Object.keys(metric.labels).length === 0 ? { '': 0 } : {};
  Object.assign(values, family?.values);
  for (const [key, peaks] of Object.entries(family?.peaks ?? {})) values[key] = peakAt(peaks, now);
  return Object.entries(values).map(([key, value]) => ({ value, labels: labelsOfKey(name, key) }));
}

function histogram(name: string, metric: HistogramMetric, labels: Record<string, string>, bins: Bins): Sample[] {
  let below = 0;
  const buckets = bins.counts.map((count, i): Sample => {
    below += count;
    const exemplar = bins.exemplars?.[i];
    return {
      metricName: `${name}_bucket`,
      value: below,
      labels: { ...labels, le: i < metric.buckets.length ? String(metric.buckets[i]) : '+Inf' },
      ...(exemplar && {
        exemplar: {
          labelSet: { request_id: exemplar.request },
          value: exemplar.value,
          timestamp: exemplar.at / 1_000,
        },
      }),
    };
  });
  return [
    ...buckets,
    { metricName: `${name}_sum`, value: bins.sum, labels },
    { metricName: `${name}_count`, value: below, labels },
  ];
}

/** Evictions and renewals are no questions. */
function hitRatios(family: Family | undefined): Sample[] {
  const asked = new Map<string, { labels: Record<string, string>; hits: number; all: number }>();
  for (const [key, value] of Object.entries(family?.values ?? {})) {
    const { cache = '', tier = '', result } = labelsOfKey('cache_requests_total', key);
    if (result === 'eviction' || result === 'renewal') continue;
    const place = `${cache} ${tier}`;
    const sums = asked.get(place) ?? { labels: { cache, tier }, hits: 0, all: 0 };
    sums.all += value;
    if (result === 'hit') sums.hits += value;
    asked.set(place, sums);
  }
  return [...asked.values()]
    .filter(({ all }) => all > 0)
    .map(({ labels, hits, all }) => ({ value: hits / all, labels }));
}
