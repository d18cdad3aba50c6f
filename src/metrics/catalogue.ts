/** Seconds, upper bounds. From 0.1 ms to 10 s; 0.2 is where HighLatency begins, so that its quantile needs no guess there. */
const DURATION = [
  0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.15, 0.2, 0.3, 0.5, 1, 2.5, 5, 10,
] as const;
/** Seconds, upper bounds: what takes from a moment to a day. */
const LAG = [0.1, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600, 1_800, 3_600, 21_600, 86_400] as const;
/** Bytes, upper bounds: from a new user to four times the budget of an isolate's share. */
const BYTES = [65_536, 262_144, 1_048_576, 4_194_304, 16_777_216, 33_554_432, 67_108_864, 268_435_456] as const;

const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'HEAD', 'other'] as const;
const STATUSES = ['1xx', '2xx', '3xx', '4xx', '429', '5xx'] as const;
const TIERS = ['workers-ai', 'onnx', 'other'] as const;
const OUTCOMES = ['ok', 'error'] as const;
const TEXT_SOURCES = ['model', 'joined', 'l1', 'kv'] as const;
/** As src/llm/text-model.ts has them. */
const CALL_FAILURES = ['away', 'busy', 'late', 'cut', 'garbled', 'barred', 'refused', 'dropped'] as const;

/** Values that the code, not its users, brings forth, too many to list: the first so many are kept, others read `other`. */
export interface OpenLabel {
  atMost: number;
}
export type LabelValues = readonly string[] | OpenLabel;

interface Described {
  help: string;
  labels: Readonly<Record<string, LabelValues>>;
}
/** `most`: the hub keeps the largest value of the last minutes; `sum`: values are differences, and the hub adds them up. */
export type GaugeMerge = 'most' | 'sum';
export interface CounterMetric extends Described {
  type: 'counter';
}
export interface GaugeMetric extends Described {
  type: 'gauge';
  merge: GaugeMerge;
}
export interface HistogramMetric extends Described {
  type: 'histogram';
  /** upper bounds, rising; +Inf is implied */
  buckets: readonly number[];
  /** a bucket names a request that fell into it */
  exemplars?: true;
}
export type Metric = CounterMetric | GaugeMetric | HistogramMetric;

/**
 * Everything that is counted, in the order it is shown. Labels are few and bounded: nothing a person or an application
 * chose may become one.
 */
export const METRICS = {
  http_requests_total: {
    type: 'counter',
    help: 'Requests answered, by template of the route and class of the status (429 by itself).',
    labels: { route: { atMost: 150 }, method: METHODS, status: STATUSES },
  },
  http_request_duration_seconds: {
    type: 'histogram',
    help: 'Time from a request to its answer, as the Worker sees it.',
    labels: { route: { atMost: 150 }, method: METHODS },
    buckets: DURATION,
    exemplars: true,
  },
  cms_inference_duration_seconds: {
    type: 'histogram',
    help: 'Consciousness mirroring: time of one inference about a person (update: a batch of their messages).',
    labels: { operation: ['update', 'profile', 'predict', 'chat', 'compare', 'project'] },
    buckets: DURATION,
    exemplars: true,
  },
  mp_query_duration_seconds: {
    type: 'histogram',
    help: 'Memory palace: time of one question to a palace.',
    labels: { operation: ['search', 'spatial', 'navigate', 'context', 'read'] },
    buckets: DURATION,
    exemplars: true,
  },
  ta_reconstruction_duration_seconds: {
    type: 'histogram',
    help: 'Temporal archaeology: time of one reconstruction, search for gaps or look at the patterns of a history.',
    labels: { operation: ['reconstruct', 'gaps', 'patterns', 'dig'] },
    buckets: DURATION,
    exemplars: true,
  },
  ingest_to_searchable_seconds: {
    type: 'histogram',
    help: 'Time from the acceptance of a message until a search can find it.',
    labels: {},
    buckets: DURATION,
  },
  messages_total: { type: 'counter', help: 'Messages accepted (duplicates are not).', labels: {} },
  tasks_total: {
    type: 'counter',
    help: 'Background tasks that came to an end, by what became of them.',
    labels: { outcome: ['completed', 'failed', 'cancelled', 'retried'] },
  },
  processing_batches_total: {
    type: 'counter',
    help: 'Batches of messages that went through embedding and derivation.',
    labels: { outcome: OUTCOMES },
  },
  cache_requests_total: {
    type: 'counter',
    help: 'Questions to a cache by their result. No questions: eviction, an entry made room for another; renewal, it was made anew in time.',
    labels: {
      cache: { atMost: 16 },
      tier: ['l1', 'kv'],
      result: ['hit', 'miss', 'stale', 'eviction', 'renewal'],
    },
  },
  embedding_duration_seconds: {
    type: 'histogram',
    help: 'Time of one batch of texts in a model, caches passed.',
    labels: { tier: TIERS, outcome: OUTCOMES },
    buckets: DURATION,
  },
  embedding_texts_total: { type: 'counter', help: 'Texts embedded, caches passed.', labels: { tier: TIERS } },
  llm_answers_total: {
    type: 'counter',
    help: 'Texts given, by template and by where they came from: the model, another request under way, or a cache.',
    labels: { template: { atMost: 16 }, source: TEXT_SOURCES },
  },
  llm_answer_duration_seconds: {
    type: 'histogram',
    help: 'Time from a question to its text, caches, other tries and repair included.',
    labels: { source: TEXT_SOURCES },
    buckets: DURATION,
  },
  llm_refusals_total: {
    type: 'counter',
    help: 'Texts not given: the path without a model was taken, or the request refused.',
    labels: { template: { atMost: 16 }, reason: ['absent', 'budget', 'leak', 'shape', ...CALL_FAILURES] },
  },
  llm_request_duration_seconds: {
    type: 'histogram',
    help: 'Time of one request to the text model until its last token, by what became of it.',
    labels: { outcome: ['ok', 'unusable', ...CALL_FAILURES] },
    buckets: DURATION,
  },
  llm_first_token_seconds: {
    type: 'histogram',
    help: 'Time of one request to the text model until its first token.',
    labels: {},
    buckets: DURATION,
  },
  llm_repairs_total: {
    type: 'counter',
    help: 'Second requests for an answer of the wrong shape.',
    labels: { template: { atMost: 16 } },
  },
  llm_breaker_state: {
    type: 'gauge',
    help: 'Breaker before the text model: 0 closed, 0.5 half-open, 1 open; the most of any isolate in five minutes.',
    labels: {},
    merge: 'most',
  },
  llm_tokens_total: { type: 'counter', help: 'Tokens of the text model.', labels: { direction: ['input', 'output'] } },
  llm_cost_dollars_total: { type: 'counter', help: 'Cost of the text model at the configured prices.', labels: {} },
  llm_budget_used_ratio: {
    type: 'gauge',
    help: 'Largest share of its daily text-model budget that any tenant has used, of the last seven minutes.',
    labels: {},
    merge: 'most',
  },
  outbox_lag_seconds: {
    type: 'histogram',
    help: 'Age of the oldest change of a person when Postgres confirmed it.',
    labels: {},
    buckets: LAG,
  },
  outbox_oldest_unsent_seconds: {
    type: 'gauge',
    help: 'Age of the oldest change that Postgres does not have yet: the largest that any person reported in seven minutes.',
    labels: {},
    merge: 'most',
  },
  queue_batches_total: { type: 'counter', help: 'Batches that the consumer of the queue took.', labels: {} },
  queue_messages_total: {
    type: 'counter',
    help: 'Messages of the queue by what became of them; poison: not a message of ours, dropped.',
    labels: { outcome: ['acknowledged', 'retried', 'poison'] },
  },
  queue_sends_total: { type: 'counter', help: 'Messages sent to the queue.', labels: { outcome: OUTCOMES } },
  queue_lag_seconds: {
    type: 'histogram',
    help: 'Time a message spent in the queue until the consumer took it.',
    labels: {},
    buckets: LAG,
  },
  sync_duration_seconds: {
    type: 'histogram',
    help: 'Time to take the changes of one person to Postgres.',
    labels: { outcome: OUTCOMES },
    buckets: DURATION,
  },
  poison_rows_total: {
    type: 'counter',
    help: 'Rows that Postgres refused by themselves and that were set aside.',
    labels: {},
  },
  websocket_connections: {
    type: 'gauge',
    help: 'Sockets open: opened less closed. An isolate that dies untold leaves its own in the sum for good.',
    labels: {},
    merge: 'sum',
  },
  websocket_opened_total: { type: 'counter', help: 'Sockets opened.', labels: {} },
  websocket_messages_total: {
    type: 'counter',
    help: 'Frames over sockets.',
    labels: { direction: ['in', 'out'] },
  },
  rate_limited_total: {
    type: 'counter',
    help: 'Requests turned away for being too many.',
    labels: { limit: ['key', 'user', 'address', 'sockets'] },
  },
  auth_failures_total: { type: 'counter', help: 'Requests that did not get in.', labels: { status: ['401', '403'] } },
  feature_uses_total: {
    type: 'counter',
    help: 'Successful requests, by feature.',
    labels: {
      feature: [
        'messages',
        'tasks',
        'live',
        'mirror',
        'palace',
        'search',
        'trails',
        'archaeology',
        'context',
        'person',
        'keys',
        'flags',
        'other',
      ],
    },
  },
  verdicts_total: {
    type: 'counter',
    help: 'What people said of reconstructions.',
    labels: { verdict: ['accept', 'correct', 'reject'] },
  },
  app_events_total: {
    type: 'counter',
    help: 'Events that an application reported (POST /api/v1/metrics/events).',
    labels: { event: ['signup', 'subscription', 'purchase', 'refund', 'cancellation', 'satisfied', 'dissatisfied'] },
  },
  app_revenue_total: {
    type: 'counter',
    help: 'Amounts of purchases and subscriptions that an application reported, in its own currency.',
    labels: {},
  },
  app_refunds_total: { type: 'counter', help: 'Amounts of refunds that an application reported.', labels: {} },
  do_rows_written_total: {
    type: 'counter',
    help: 'Rows written to the SQLite of objects, as the platform bills them.',
    labels: {},
  },
  postgres_rows_total: { type: 'counter', help: 'Rows written to Postgres by the consumer.', labels: {} },
  kv_operations_total: {
    type: 'counter',
    help: 'Operations of Workers KV.',
    labels: { operation: ['read', 'write', 'delete', 'list'] },
  },
  workers_ai_neurons_total: {
    type: 'counter',
    help: 'Neurons of Workers AI, estimated: embedding by characters at the published rate, text by LLM_PRICE_INPUT and LLM_PRICE_OUTPUT.',
    labels: { use: ['embedding', 'text'] },
  },
  user_index_bytes: {
    type: 'histogram',
    help: 'Memory of the vectors of one person in the search index of their object, each time it is built.',
    labels: {},
    buckets: BYTES,
  },
  errors_total: {
    type: 'counter',
    help: 'Failures that nobody expected: each is in the log, whole.',
    labels: { place: ['http', 'object', 'queue', 'embedding', 'hub', 'other'] },
  },
  metrics_dropped_total: {
    type: 'counter',
    help: 'Observations lost because the hub did not answer and the buffer of an isolate was full.',
    labels: {},
  },
} as const satisfies Record<string, Metric>;

export type MetricName = keyof typeof METRICS;
type NameOf<Type extends Metric['type']> = {
  [Name in MetricName]: (typeof METRICS)[Name]['type'] extends Type ? Name : never;
}[MetricName];
export type CounterName = NameOf<'counter'>;
export type GaugeName = NameOf<'gauge'>;
export type HistogramName = NameOf<'histogram'>;

type ValueOf<Values> = Values extends readonly (infer Value)[] ? Value : string;
/** The labels a metric asks for: each one of its values, or any text where the catalogue leaves it open. */
export type LabelsOf<Name extends MetricName> = {
  readonly [Label in keyof (typeof METRICS)[Name]['labels']]: ValueOf<(typeof METRICS)[Name]['labels'][Label]>;
};
/** Labels are left out where there are none. */
export type LabelArguments<Name extends MetricName> = keyof (typeof METRICS)[Name]['labels'] extends never
  ? [labels?: Record<string, never>]
  : [labels: LabelsOf<Name>];

/** Gauges that the hub works out when it is asked; nothing observes them. */
export const DERIVED = {
  cache_hit_ratio: {
    type: 'gauge',
    help: 'Share of the questions to a cache that it answered, since the hub began.',
    labels: ['cache', 'tier'],
  },
  active_users: {
    type: 'gauge',
    help: 'Different people with at least one request within the window, estimated (HyperLogLog, standard error 2.3 %).',
    labels: ['window'],
  },
} as const;
