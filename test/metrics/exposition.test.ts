import { spawnSync } from 'node:child_process';
import { beforeEach, describe, expect, it } from 'vitest';
import { debianTool } from '../../scripts/debian.ts';
import {
  type CounterMetric,
  type GaugeName,
  type HistogramName,
  METRICS,
  type Metric,
  type MetricName,
} from '../../src/metrics/catalogue.ts';
import type { Delta } from '../../src/metrics/delta.ts';
import { expose } from '../../src/metrics/exposition.ts';
import { PEAK_MS } from '../../src/metrics/peaks.ts';
import { People } from '../../src/metrics/people.ts';
import { count, drain, gauge, observe, putBack, seen, setRecording } from '../../src/metrics/recorder.ts';
import { mostSeries } from '../../src/metrics/series.ts';
import { Totals } from '../../src/metrics/totals.ts';

const NOW = Date.UTC(2026, 0, 5, 12);
const OPEN_METRICS = 'application/openmetrics-text; version=1.0.0';

/** As the catalogue's types, without them: what a later version, or a mistake, could say. */
const anyhow = (name: MetricName, labels: Record<string, string>, value = 1) => {
  const { type } = METRICS[name] as Metric;
  if (type === 'counter') count(name as 'http_requests_total', labels as never, value);
  else if (type === 'gauge') gauge(name as 'websocket_connections', value, labels as never);
  else observe(name as 'mp_query_duration_seconds', value, labels as never);
};

/** One value of every label. */
const someLabels = (name: MetricName, i = 0) =>
  Object.fromEntries(
    Object.entries((METRICS[name] as Metric).labels).map(([label, values]) => [
      label,
      'atMost' in values ? `v${i}` : values[i % values.length]!,
    ]),
  );

async function shown(accept = '', totals = told()): Promise<string> {
  const people = new People();
  people.add([1 << 6], NOW);
  return (await expose(totals, people, NOW, accept)).text;
}

function told(delta: Delta | null = drain()): Totals {
  const totals = new Totals();
  if (delta) totals.add(delta, NOW);
  return totals;
}

beforeEach(() => {
  setRecording(true);
  drain();
});

it('passes promtool with every metric there is', async () => {
  const names = Object.keys(METRICS) as MetricName[];
  for (const name of names) for (let i = 0; i < 3; i++) anyhow(name, someLabels(name, i), 0.3);
  const text = await shown();
  for (const name of names) expect(text).toContain(`# TYPE ${name} `);
  const promtool = debianTool({ package: 'prometheus', binary: 'promtool' });
  const checked = spawnSync(promtool, ['check', 'metrics'], { input: text, encoding: 'utf8' });
  expect([checked.status, checked.stdout + checked.stderr]).toEqual([0, '']);
});

it('shows counts, sums and cumulative buckets', async () => {
  for (const seconds of [0.0001, 0.003, 0.2, 0.21, 99])
    observe('mp_query_duration_seconds', seconds, { operation: 'search' });
  const lines = (await shown()).split('\n').filter((line) => line.startsWith('mp_query_duration_seconds'));
  const labelled = (le: string) =>
    lines
      .find((line) => line.includes(`le="${le}"`))
      ?.split(' ')
      .at(-1);
  expect(['0.0001', '0.0025', '0.005', '0.15', '0.2', '0.3', '10', '+Inf'].map(labelled)).toEqual(
    ...[['1', '1', '2', '2', '3', '4', '4', '5']],
  );
  expect(lines.slice(-2)).toEqual([
    'mp_query_duration_seconds_sum{operation="search"} 99.4131',
    'mp_query_duration_seconds_count{operation="search"} 5',
  ]);
});

it('has buckets from 0.1 ms to 10 s for everything that is waited for', () => {
  for (const [name, metric] of Object.entries(METRICS) as [string, Metric][]) {
    if (!name.endsWith('_duration_seconds') || metric.type !== 'histogram') continue;
    expect([name, metric.buckets[0], metric.buckets.at(-1)]).toEqual([name, 0.0001, 10]);
    expect(metric.buckets).toEqual(metric.buckets.toSorted((a, b) => a - b));
  }
});

it('names the request of a bucket for OpenMetrics alone', async () => {
  const labels = { operation: 'profile' } as const;
  observe('cms_inference_duration_seconds', 0.25, labels, { request: 'req-1' });
  const delta = drain();
  const open = await shown(OPEN_METRICS, told(delta));
  expect(open).toContain('le="0.3"} 1 # {request_id="req-1"} 0.25 ');
  expect(open.endsWith('# EOF\n')).toBe(true);
  expect(await shown('', told(delta))).not.toContain('req-1');
});

it('works the hit ratio out of hits, misses and stale entries, not of evictions', async () => {
  const asked = { cache: 'embeddings', tier: 'l1' } as const;
  count('cache_requests_total', { ...asked, result: 'hit' }, 8);
  count('cache_requests_total', { ...asked, result: 'miss' });
  count('cache_requests_total', { ...asked, result: 'stale' });
  count('cache_requests_total', { ...asked, result: 'eviction' }, 90);
  expect(await shown()).toContain('cache_hit_ratio{cache="embeddings",tier="l1"} 0.8\n');
});

describe('what is merged', () => {
  it('adds differences of a gauge up, and keeps the largest of one that says how things stand', async () => {
    const totals = new Totals();
    for (const [opened, lag] of [[3, 5] as const, [-1, 9] as const, [2, 4] as const]) {
      gauge('websocket_connections', opened);
      gauge('outbox_oldest_unsent_seconds', lag);
      totals.add(drain()!, NOW);
    }
    const text = await shown('', totals);
    expect(text).toContain('\nwebsocket_connections 4\n');
    expect(text).toContain('\noutbox_oldest_unsent_seconds 9\n');
  });

  it('forgets a peak after some minutes', async () => {
    gauge('outbox_oldest_unsent_seconds', 900);
    const totals = new Totals();
    totals.add(drain()!, NOW - PEAK_MS - 1);
    expect(await shown('', totals)).toContain('\noutbox_oldest_unsent_seconds 0\n');
  });

  it('shows a smaller one once the peak is forgotten', async () => {
    const totals = new Totals();
    for (const [minutesAgo, lag] of [[7.5, 600] as const, [5.5, 500] as const, [1.5, 400] as const]) {
      gauge('outbox_oldest_unsent_seconds', lag);
      totals.add(drain()!, NOW - minutesAgo * 60_000);
    }
    expect(await shown('', totals)).toContain('\noutbox_oldest_unsent_seconds 500\n');
  });

  it('shows the peak that a hub of an earlier version has saved', async () => {
    const totals = new Totals();
    totals.take('outbox_oldest_unsent_seconds', { peaks: { '': [600, NOW - 60_000] } }, NOW);
    expect(await shown('', totals)).toContain('\noutbox_oldest_unsent_seconds 600\n');
  });

  it('tells what could not be told with the next', () => {
    count('messages_total', {}, 2);
    observe('ingest_to_searchable_seconds', 0.1);
    seen('ana');
    const lost = drain()!;
    count('messages_total', {}, 3);
    putBack(lost);
    const delta = drain()!;
    expect(delta.values.messages_total).toEqual({ '': 5 });
    expect(delta.bins.ingest_to_searchable_seconds?.['']?.sum).toBe(0.1);
    expect(delta.people).toEqual(lost.people);
  });

  it('passes over what another version counts, and histograms with other buckets', async () => {
    const odd = {
      values: { gone_total: { '': 1 }, messages_total: { '': Number.NaN } },
      bins: { ingest_to_searchable_seconds: { '': { counts: [1, 2], sum: 3 } } },
      people: [],
    } as unknown as Delta;
    const text = await shown('', told(odd));
    expect(text).not.toContain('gone_total');
    expect(text).not.toContain('ingest_to_searchable_seconds_count 3');
    expect(text).toContain('\nmessages_total 0\n');
  });
});

describe('labels', () => {
  it('stay within the bound of the catalogue, whatever is said', () => {
    const names = Object.keys(METRICS) as MetricName[];
    for (let i = 0; i < 300; i++) {
      for (const name of names) {
        const labels = Object.keys((METRICS[name] as CounterMetric).labels);
        anyhow(name, Object.fromEntries(labels.map((label) => [label, `user-${i}`])));
        anyhow(name, { ...someLabels(name, i), route: `/u/${i}` });
      }
    }
    const totals = told();
    for (const [name, { values, peaks, bins }] of totals.families) {
      const series = Object.keys(values ?? peaks ?? bins ?? {}).length;
      expect([name, series <= mostSeries(name)]).toEqual([name, true]);
    }
    const all = [...totals.families.values()].flatMap((family) => Object.keys(family.values ?? family.bins ?? {}));
    expect(all.length).toBeLessThan(1_000);
  });

  it('make no more than 5,000 series of histograms and 10,000 of the rest, at the very most', () => {
    const of = (type: Metric['type']) =>
      (Object.keys(METRICS) as MetricName[]).filter((name) => METRICS[name].type === type);
    const sum = (names: MetricName[]) => names.reduce((total, name) => total + mostSeries(name), 0);
    expect(sum(of('histogram') as HistogramName[])).toBeLessThan(5_000);
    expect(sum([...of('counter'), ...(of('gauge') as GaugeName[])])).toBeLessThan(10_000);
  });
});

it('counts nothing when it is off', () => {
  setRecording(false);
  count('messages_total');
  observe('ingest_to_searchable_seconds', 1);
  seen('ana');
  expect(drain()).toBeNull();
});
