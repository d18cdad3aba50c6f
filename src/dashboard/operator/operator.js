import { growth, largest, quantile, readMetrics, total } from './reading.js';

const EVERY_MS = 5_000;
/** Rates and quantiles are of this long, once the page has been open for it. */
const WINDOW_MS = 300_000;
const NOTHING = new Map();
const NONE = '–';

const number = new Intl.NumberFormat('en', { maximumFractionDigits: 1 });
const whole = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });
const show = {
  count: (value) => whole.format(value),
  rate: (value) => `${number.format(value)}/s`,
  share: (value) => (value === null ? NONE : `${number.format(100 * value)} %`),
  time: (value) => {
    if (value === null) return NONE;
    return value < 1 ? `${number.format(1_000 * value)} ms` : `${number.format(value)} s`;
  },
  bytes: (value) => (value === null ? NONE : `${number.format(value / 2 ** 20)} MiB`),
  dollars: (value) => `$${value.toFixed(2)}`,
};

const ratio = (part, all) => (all > 0 ? part / all : null);
const p = (q, name) => (now) => quantile(now.before, now.after, name, q);
const rate = (name, where) => (now) => growth(now.before, now.after, name, where) / now.seconds;
const since = (name, where) => (now) => growth(now.before, now.after, name, where);

/** Cards with one figure: title, how to read it, how to show it, from where on it is bad. */
const ROWS = [
  {
    title: 'Real-time performance',
    cards: [
      ['Requests', rate('http_requests_total'), show.rate],
      [
        'Errors (5xx)',
        (now) => ratio(since('http_requests_total', { status: '5xx' })(now), since('http_requests_total')(now)),
        show.share,
        0.001,
      ],
      ['Response time, median', p(0.5, 'http_request_duration_seconds'), show.time],
      ['Response time, p95', p(0.95, 'http_request_duration_seconds'), show.time, 0.5],
      ['Mirror inference, p95', p(0.95, 'cms_inference_duration_seconds'), show.time, 0.2],
      ['Palace query, p95', p(0.95, 'mp_query_duration_seconds'), show.time, 0.2],
      ['Reconstruction, p95', p(0.95, 'ta_reconstruction_duration_seconds'), show.time, 2],
      ['Searchable after, p95', p(0.95, 'ingest_to_searchable_seconds'), show.time, 10],
    ],
    lists: [['Cache hits, since the start', cacheHits]],
  },
  {
    title: 'Use',
    cards: [
      ['Active users, 5 minutes', (now) => total(now.after, 'active_users', { window: '5m' }), show.count],
      ['Active users, hour', (now) => total(now.after, 'active_users', { window: '1h' }), show.count],
      ['Active users, day', (now) => total(now.after, 'active_users', { window: '1d' }), show.count],
      ['Messages', rate('messages_total'), show.rate],
      [
        'Reconstructions accepted',
        (now) => ratio(total(now.after, 'verdicts_total', { verdict: 'accept' }), total(now.after, 'verdicts_total')),
        show.share,
      ],
      [
        'Revenue reported, net',
        (now) => total(now.after, 'app_revenue_total') - total(now.after, 'app_refunds_total'),
        show.count,
      ],
    ],
    lists: [
      ['Requests by feature', (now) => grown(now, 'feature_uses_total', 'feature')],
      ['Events of the application', (now) => grown(now, 'app_events_total', 'event')],
    ],
  },
  {
    title: 'Infrastructure',
    cards: [
      ['Sockets open', (now) => total(now.after, 'websocket_connections'), show.count],
      ['Oldest unsaved change', (now) => largest(now.after, 'outbox_oldest_unsent_seconds'), show.time, 60],
      ['Time in the queue, p95', p(0.95, 'queue_lag_seconds'), show.time, 30],
      ['Tasks failed', since('tasks_total', { outcome: 'failed' }), show.count, 1],
      ['Embedding, p95', p(0.95, 'embedding_duration_seconds'), show.time],
      ['Inference busy', rate('embedding_duration_seconds_sum'), show.share, 0.9],
      [
        'Index memory a user',
        (now) => ratio(total(now.after, 'user_index_bytes_sum'), total(now.after, 'user_index_bytes_count')),
        show.bytes,
        2 ** 26,
      ],
      ['Rows written', rate('do_rows_written_total'), show.rate],
      ['KV operations', rate('kv_operations_total'), show.rate],
      ['Turned away (429)', rate('rate_limited_total'), show.rate, 1],
      ['Text model, since the start', (now) => total(now.after, 'llm_cost_dollars_total'), show.dollars],
    ],
    lists: [],
  },
];

function cacheHits({ after }) {
  const samples = after.get('cache_hit_ratio') ?? [];
  return samples.map(({ labels, value }) => [`${labels.cache} (${labels.tier})`, show.share(value)]);
}

function grown({ before, after }, name, label) {
  const values = new Set((after.get(name) ?? []).map(({ labels }) => labels[label]));
  return [...values]
    .map((value) => [value, growth(before, after, name, { [label]: value })])
    .filter(([, count]) => count > 0)
    .sort(([, a], [, b]) => b - a)
    .map(([value, count]) => [value, show.count(count)]);
}

const element = (name, properties = {}, ...children) => {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...children);
  return made;
};

/** Figures so far, by card, for its line. */
const history = new Map();
let readings = [];
let timer = 0;

function line(title, value) {
  const values = history.get(title) ?? [];
  values.push(value ?? 0);
  if (values.length > WINDOW_MS / EVERY_MS) values.shift();
  history.set(title, values);
  const most = Math.max(...values) || 1;
  const points = values.map((one, i) => `${(100 * i) / Math.max(1, values.length - 1)},${27 - (25 * one) / most}`);
  const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
  svg.setAttribute('viewBox', '0 0 100 28');
  svg.setAttribute('preserveAspectRatio', 'none');
  svg.setAttribute('aria-hidden', 'true');
  const drawn = document.createElementNS('http://www.w3.org/2000/svg', 'polyline');
  drawn.setAttribute('points', points.join(' '));
  svg.append(drawn);
  return svg;
}

function card(now, [title, read, format, badFrom]) {
  const value = read(now);
  const isBad = badFrom !== undefined && value !== null && value >= badFrom;
  return element(
    'div',
    { className: 'card' },
    element('h3', { textContent: title }),
    element('div', { className: isBad ? 'value bad' : 'value', textContent: format(value) }),
    line(title, value),
  );
}

function list(now, [title, read]) {
  const entries = read(now);
  const terms = entries.flatMap(([name, value]) => [
    element('dt', { textContent: name }),
    element('dd', { textContent: value }),
  ]);
  const body = terms.length > 0 ? element('dl', {}, ...terms) : element('div', { textContent: NONE });
  return element('div', { className: 'card' }, element('h3', { textContent: title }), body);
}

function draw(now) {
  const rows = ROWS.flatMap(({ title, cards, lists }) => [
    element('h2', { textContent: title }),
    element(
      'div',
      { className: 'cards' },
      ...cards.map((one) => card(now, one)),
      ...lists.map((one) => list(now, one)),
    ),
  ]);
  const main = document.getElementById('rows');
  main.replaceChildren(...rows);
  main.hidden = false;
}

function say(text, isBad) {
  const state = document.getElementById('state');
  state.textContent = text;
  state.className = isBad ? 'bad' : '';
}

async function update(key) {
  const response = await fetch('/metrics', { headers: { authorization: `Bearer ${key}` } });
  if (response.status === 401 || response.status === 403) {
    clearInterval(timer);
    sessionStorage.removeItem('operator-key');
    return say('This key does not open the metrics.', true);
  }
  if (!response.ok) return say(`/metrics answers ${response.status}; trying again.`, true);
  const at = Date.now();
  readings.push({ at, reading: readMetrics(await response.text()) });
  readings = readings.filter((one) => one.at >= at - WINDOW_MS);
  const [first] = readings;
  const isFirst = readings.length === 1;
  const seconds = Math.max(1, (at - first.at) / 1_000);
  draw({
    before: isFirst ? NOTHING : first.reading,
    after: readings.at(-1).reading,
    seconds: isFirst ? Number.POSITIVE_INFINITY : seconds,
  });
  const span = isFirst ? 'quantiles since the start, rates in a moment' : `of the last ${whole.format(seconds)} s`;
  say(`Read at ${new Date(at).toLocaleTimeString()}; ${span}.`, false);
}

function start(key) {
  clearInterval(timer);
  readings = [];
  history.clear();
  const tick = () => update(key).catch(() => say('The service does not answer; trying again.', true));
  timer = setInterval(tick, EVERY_MS);
  void tick();
}

document.getElementById('key-form').addEventListener('submit', (event) => {
  event.preventDefault();
  const { value } = document.getElementById('key');
  sessionStorage.setItem('operator-key', value.trim());
  start(value.trim());
});
const kept = sessionStorage.getItem('operator-key');
if (kept) start(kept);
