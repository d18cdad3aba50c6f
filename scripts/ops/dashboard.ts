/** A query of a panel, and how its series are called. */
interface Target {
  expr: string;
  legend: string;
}

interface Panel {
  title: string;
  /** what is not plain from the title */
  description?: string;
  unit: 's' | 'percentunit' | 'reqps' | 'short' | 'bytes' | 'ops' | 'currencyUSD';
  /** `stat`: the last value as one number; else a graph over time */
  kind?: 'stat';
  targets: Target[];
}

interface Row {
  title: string;
  panels: Panel[];
}

const RATE = '$__rate_interval';
const QUESTIONS = 'result=~"hit|miss|stale"';
const OURS = 'route!~"/health.*|/metrics"';

const quantile = (q: number, metric: string, by: string[] = []) =>
  `histogram_quantile(${q}, sum by (${['le', ...by].join(', ')}) (rate(${metric}_bucket[${RATE}])))`;
const quantiles = (metric: string): Target[] =>
  [0.5, 0.95, 0.99].map((q) => ({ expr: quantile(q, metric), legend: `p${100 * q}` }));
const rate = (metric: string, by: string): Target => ({
  expr: `sum by (${by}) (rate(${metric}[${RATE}]))`,
  legend: by
    .split(', ')
    .map((label) => `{{${label}}}`)
    .join(' '),
});
/** Nothing of the part means none, not that nothing is known. */
const share = (part: string, whole: string) =>
  `(sum(rate(${part}[${RATE}])) or vector(0)) / sum(rate(${whole}[${RATE}]))`;

const REAL_TIME: Panel[] = [
  { title: 'Response time', unit: 's', targets: quantiles('http_request_duration_seconds') },
  {
    title: 'Response time by feature, p95',
    description: 'The alert HighLatency begins at 0.2 s of the mirror.',
    unit: 's',
    targets: [
      { expr: quantile(0.95, 'cms_inference_duration_seconds', ['operation']), legend: 'mirror {{operation}}' },
      { expr: quantile(0.95, 'mp_query_duration_seconds', ['operation']), legend: 'palace {{operation}}' },
      {
        expr: quantile(0.95, 'ta_reconstruction_duration_seconds', ['operation']),
        legend: 'archaeology {{operation}}',
      },
      { expr: quantile(0.95, 'ingest_to_searchable_seconds'), legend: 'message to searchable' },
    ],
  },
  {
    title: 'Concurrent users',
    unit: 'short',
    targets: [
      { expr: 'sum(websocket_connections)', legend: 'sockets open' },
      { expr: 'active_users', legend: 'people active, {{window}}' },
    ],
  },
  {
    title: 'Cache hit rate by service',
    description: 'The alert LowCacheHitRate begins at 0.8. Stale answers count as misses.',
    unit: 'percentunit',
    targets: [
      {
        expr: `sum by (cache, tier) (rate(cache_requests_total{result="hit"}[${RATE}])) / sum by (cache, tier) (rate(cache_requests_total{${QUESTIONS}}[${RATE}]))`,
        legend: '{{cache}} {{tier}}',
      },
      { expr: 'cache_hit_ratio', legend: '{{cache}} {{tier}} since the beginning' },
    ],
  },
  {
    title: 'Error rate',
    unit: 'percentunit',
    targets: [
      {
        expr: share(`http_requests_total{status="5xx",${OURS}}`, `http_requests_total{${OURS}}`),
        legend: 'failed (5xx)',
      },
      { expr: share('http_requests_total{status="429"}', 'http_requests_total'), legend: 'too many (429)' },
    ],
  },
  { title: 'Requests', unit: 'reqps', targets: [rate('http_requests_total', 'status')] },
  {
    title: 'Error budget left',
    description: 'Of the 0.1 % of requests that may fail in 30 days.',
    unit: 'percentunit',
    kind: 'stat',
    targets: [
      {
        expr: `1 - (sum(increase(http_requests_total{status="5xx",${OURS}}[30d])) or vector(0)) / (0.001 * sum(increase(http_requests_total{${OURS}}[30d])))`,
        legend: 'left',
      },
    ],
  },
];

const USE: Panel[] = [
  { title: 'Active users', unit: 'short', targets: [{ expr: 'active_users', legend: '{{window}}' }] },
  { title: 'Use of features', unit: 'reqps', targets: [rate('feature_uses_total', 'feature')] },
  {
    title: 'Messages',
    unit: 'ops',
    targets: [{ expr: `sum(rate(messages_total[${RATE}]))`, legend: 'accepted a second' }],
  },
  {
    title: 'Satisfaction: verdicts on reconstructions',
    unit: 'short',
    targets: [{ expr: 'sum by (verdict) (increase(verdicts_total[1d]))', legend: '{{verdict}} a day' }],
  },
  {
    title: 'Satisfaction: share of those who were asked',
    description: 'What the application reports to POST /api/v1/metrics/events.',
    unit: 'percentunit',
    targets: [
      {
        expr: 'sum(increase(app_events_total{event="satisfied"}[1d])) / sum(increase(app_events_total{event=~"satisfied|dissatisfied"}[1d]))',
        legend: 'satisfied',
      },
    ],
  },
  {
    title: 'Revenue',
    description: 'What the application reports, in its own currency.',
    unit: 'short',
    targets: [
      { expr: 'sum(increase(app_revenue_total[1d]))', legend: 'a day' },
      { expr: 'sum(increase(app_refunds_total[1d]))', legend: 'refunded a day' },
    ],
  },
  {
    title: 'Events of the application',
    unit: 'short',
    targets: [{ expr: 'sum by (event) (increase(app_events_total[1d]))', legend: '{{event}} a day' }],
  },
];

const INFRASTRUCTURE: Panel[] = [
  {
    title: 'CPU time',
    description:
      'Seconds at work a second. A Worker cannot read its CPU time; this is the time of the parts that compute, without what waits for a text model or a remote embedding. Cloudflare bills by its own count.',
    unit: 's',
    targets: [
      { expr: `sum(rate(embedding_duration_seconds_sum{tier="onnx"}[${RATE}]))`, legend: 'embedding' },
      { expr: `sum(rate(cms_inference_duration_seconds_sum{operation!="chat"}[${RATE}]))`, legend: 'mirror' },
      { expr: `sum(rate(mp_query_duration_seconds_sum[${RATE}]))`, legend: 'palace' },
      { expr: `sum(rate(ta_reconstruction_duration_seconds_sum[${RATE}]))`, legend: 'archaeology' },
    ],
  },
  {
    title: 'Memory a user',
    description: 'Of the search index, in the isolate. Its budget is 64 MB.',
    unit: 'bytes',
    targets: quantiles('user_index_bytes'),
  },
  {
    title: 'Connections',
    unit: 'short',
    targets: [
      { expr: 'sum(websocket_connections)', legend: 'sockets open' },
      { expr: `sum(rate(websocket_opened_total[${RATE}]))`, legend: 'opened a second' },
      { expr: `sum by (direction) (rate(websocket_messages_total[${RATE}]))`, legend: 'frames {{direction}} a second' },
    ],
  },
  {
    title: 'Lag of queue and outbox',
    unit: 's',
    targets: [
      { expr: quantile(0.95, 'queue_lag_seconds'), legend: 'in the queue, p95' },
      { expr: quantile(0.95, 'outbox_lag_seconds'), legend: 'until Postgres has it, p95' },
      { expr: 'max(outbox_oldest_unsent_seconds)', legend: 'oldest that Postgres has not' },
    ],
  },
  {
    title: 'Queue and Postgres',
    unit: 'ops',
    targets: [
      rate('queue_sends_total', 'outcome'),
      rate('queue_messages_total', 'outcome'),
      { expr: `sum(rate(queue_batches_total[${RATE}]))`, legend: 'batches' },
      { expr: `sum(rate(postgres_rows_total[${RATE}]))`, legend: 'rows to Postgres' },
      { expr: `sum(rate(poison_rows_total[${RATE}]))`, legend: 'rows set aside' },
    ],
  },
  {
    title: 'Time to take a person to Postgres, p95',
    unit: 's',
    targets: [{ expr: quantile(0.95, 'sync_duration_seconds', ['outcome']), legend: '{{outcome}}' }],
  },
  {
    title: 'Background tasks',
    unit: 'ops',
    targets: [rate('tasks_total', 'outcome'), rate('processing_batches_total', 'outcome')],
  },
  {
    title: 'Embedding, p95',
    unit: 's',
    targets: [
      { expr: quantile(0.95, 'embedding_duration_seconds', ['tier', 'outcome']), legend: '{{tier}} {{outcome}}' },
    ],
  },
  {
    title: 'Text model, p95',
    unit: 's',
    targets: [
      { expr: quantile(0.95, 'llm_request_duration_seconds', ['outcome']), legend: '{{outcome}}' },
      { expr: quantile(0.95, 'llm_first_token_seconds'), legend: 'first token' },
    ],
  },
  {
    title: 'Cost of the text model',
    unit: 'currencyUSD',
    targets: [{ expr: 'sum(increase(llm_cost_dollars_total[1d]))', legend: 'a day' }],
  },
  {
    title: 'Budget of the text model',
    description: 'The tenant that has used most of its own.',
    unit: 'percentunit',
    targets: [{ expr: 'max(llm_budget_used_ratio)', legend: 'used' }],
  },
  {
    title: 'What is billed',
    unit: 'ops',
    targets: [
      { expr: `sum(rate(do_rows_written_total[${RATE}]))`, legend: 'rows written in objects' },
      { expr: `sum by (operation) (rate(kv_operations_total[${RATE}]))`, legend: 'KV {{operation}}' },
      { expr: `sum by (use) (rate(workers_ai_neurons_total[${RATE}]))`, legend: 'neurons {{use}}' },
      { expr: `sum by (direction) (rate(llm_tokens_total[${RATE}]))`, legend: 'tokens {{direction}}' },
    ],
  },
  {
    title: 'Turned away and failed',
    unit: 'ops',
    targets: [
      { expr: `sum by (limit) (rate(rate_limited_total[${RATE}]))`, legend: 'over the limit of {{limit}}' },
      { expr: `sum by (status) (rate(auth_failures_total[${RATE}]))`, legend: 'not let in {{status}}' },
      { expr: `sum by (place) (rate(errors_total[${RATE}]))`, legend: 'unexpected, in {{place}}' },
      { expr: `sum(rate(metrics_dropped_total[${RATE}]))`, legend: 'observations lost' },
    ],
  },
];

const ROWS: Row[] = [
  { title: 'Real-time performance', panels: REAL_TIME },
  { title: 'Use', panels: USE },
  { title: 'Infrastructure', panels: INFRASTRUCTURE },
];

const COLUMNS = 3;
const GRID_WIDTH = 24;
const HEIGHT = 8;

/** The dashboard as Grafana (10 or newer) imports it: three rows, each panel with the data source that is chosen on top. */
export function grafanaDashboard(): unknown {
  const panels: unknown[] = [];
  let y = 0;
  for (const row of ROWS) {
    panels.push({
      ...{ id: panels.length + 1, type: 'row', title: row.title, collapsed: false, panels: [] },
      gridPos: { x: 0, y, w: GRID_WIDTH, h: 1 },
    });
    y++;
    for (const [i, panel] of row.panels.entries()) {
      const w = GRID_WIDTH / COLUMNS;
      const gridPos = { x: w * (i % COLUMNS), y: y + HEIGHT * Math.floor(i / COLUMNS), w, h: HEIGHT };
      panels.push({ id: panels.length + 1, ...grafanaPanel(panel), gridPos });
    }
    y += HEIGHT * Math.ceil(row.panels.length / COLUMNS);
  }
  return {
    ...{ title: 'Palimpsest', uid: 'palimpsest', schemaVersion: 39, version: 1, editable: true, tags: ['palimpsest'] },
    ...{ time: { from: 'now-6h', to: 'now' }, refresh: '30s', timezone: '', panels },
    templating: { list: [{ name: 'source', label: 'Prometheus', type: 'datasource', query: 'prometheus' }] },
    annotations: {
      list: [
        {
          ...{ name: 'Alerts', enable: true, iconColor: 'red', datasource: SOURCE },
          ...{ expr: 'ALERTS{alertstate="firing"}', titleFormat: '{{alertname}}', textFormat: '{{severity}}' },
        },
      ],
    },
  };
}

const SOURCE = { type: 'prometheus', uid: '$source' };

function grafanaPanel({ title, description, unit, kind, targets }: Panel): object {
  return {
    ...{ type: kind ?? 'timeseries', title, datasource: SOURCE },
    ...(description ? { description } : {}),
    fieldConfig: { defaults: { unit }, overrides: [] },
    options: kind === 'stat' ? { reduceOptions: { calcs: ['lastNotNull'] } } : { tooltip: { mode: 'multi' } },
    targets: targets.map(({ expr, legend }, i) => ({
      ...{ refId: String.fromCharCode(65 + i), datasource: SOURCE, expr, legendFormat: legend },
      ...(kind === 'stat' ? { instant: true } : {}),
    })),
  };
}
