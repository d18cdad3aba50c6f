import { METRICS } from '../../src/metrics/catalogue.ts';
import operations from './operations.json' with { type: 'json' };
import { NEURONS_PER_MILLION_TOKENS, PRICES, type Price, type PriceName } from './prices.ts';
import times from './service-times.json' with { type: 'json' };

/** How the service is used. Rates are averages over all users. */
export interface Workload {
  users: number;
  /** each sent by itself, so that each goes to Postgres by itself: several in one request cost less */
  messagesPerDay: number;
  contextsPerDay: number;
  /** stretches of use after which an object has gone to sleep */
  sessionsPerDay: number;
  /** messages of so many months are held */
  months: number;
  /** `workers-ai`: Workers AI embeds; `onnx`: the model in the Worker does */
  embedding: 'workers-ai' | 'onnx';
}

/** One line of the bill. */
export interface Line {
  name: PriceName;
  unit: string;
  /** where the quantity comes from, with its numbers */
  formula: string;
  /** units a month */
  quantity: number;
  included: number;
  dollars: number;
  source: string;
  asOf: string;
  note?: string;
}

const DAYS = 30;
const HOURS = 24 * DAYS;
const SECONDS = 3_600 * HOURS;
const OBJECT_GB = 0.128;
const GB = 1e9;
/** How much more than on average comes in at the busiest hour. */
export const PEAK_FACTOR = 3;
/** Words of everyday English are 1.3 tokens; a message of the sets in `npm run eval` has some 15 words. */
const TOKENS = 20;
/** Isolates that serve at a time: each reads every key in use anew once a minute. One for each 10 requests a second, but a few at least. */
export const isolatesFor = (requestsPerSecond: number) => Math.max(10, Math.ceil(requestsPerSecond / 10));
/** While anybody is served, isolates tell the hub of metrics and it saves every 5 s (src/metrics/flush.ts, durable-objects/metrics-hub.ts). */
const HUB_SECONDS = 5;
/** Rows of one save at most: a family of each metric, and two slots of active people. */
const HUB_ROWS = Object.keys(METRICS).length + 2;
/** An object tells what it counted at its call and its first alarm, and waits for that for up to 3 s; less where objects share an isolate. */
const TOLD = { times: 2, waits: 3 };
/** Instant restore: bytes written in this many days are kept. */
const RESTORE_DAYS = 1;
const SMALLEST_COMPUTE = 0.25;
/** A compute unit is one core, which should be busy for half of the busiest hour at most. */
const COMPUTE_LOAD = 0.5;

/** What Workers and objects are asked for, a month. */
function monthly(load: Workload) {
  const messages = load.users * load.messagesPerDay * DAYS;
  const contexts = load.users * load.contextsPerDay * DAYS;
  const wakes = load.users * load.sessionsPerDay * DAYS;
  /** over the time that messages are held, an object holds half of what it does at the end */
  const stored = (load.messagesPerDay * DAYS * load.months) / 2;
  const isolates = isolatesFor((PEAK_FACTOR * (messages + contexts)) / SECONDS);
  const saves = messages + contexts > 0 ? SECONDS / HUB_SECONDS : 0;
  return { messages, contexts, wakes, stored, held: messages * load.months, isolates, saves };
}

/** Compute units that Postgres needs at the busiest hour, in steps of a quarter. */
export function computeUnits(messagesPerSecond: number): number {
  const busy = (messagesPerSecond * times.assumed.postgresWork) / 1_000 / COMPUTE_LOAD;
  return Math.max(SMALLEST_COMPUTE, Math.ceil(busy / SMALLEST_COMPUTE) * SMALLEST_COMPUTE);
}

/** The bill for a month, line by line. Each quantity is an operation count times how often that happens. */
export function bill(load: Workload): Line[] {
  const { messages, contexts, wakes, stored, held, isolates, saves } = monthly(load);
  const { message, context, wake, stored: bytes } = operations;
  const remote = load.embedding === 'workers-ai';
  const embedCpu = remote ? 0 : times.workerCpu.embedding;
  const seconds = {
    message: (times.message + times.embedding + message.alarms * times.alarm) / 1_000,
    sync: (times.sync + times.assumed.postgresRoundTrip) / 1_000,
    context: (times.context + times.embedding) / 1_000,
    wake: times.wake / 1_000,
  };
  const tokens = TOKENS * (messages + contexts);
  const units = computeUnits((PEAK_FACTOR * messages) / SECONDS);
  const wakeRows = wake.rowsRead + Math.round(wake.rowsReadPerStoredMessage * stored);
  const [m, c] = [count(messages), count(contexts)];

  return [
    line('workersPlan', 1, 'one account'),
    line(
      'workerRequest',
      messages * (1 + message.queueMessages) + contexts + wakes,
      `${m} messages × (1 request + ${message.queueMessages} queue delivery) + ${c} contexts + ${count(wakes)} sockets opened`,
    ),
    line(
      'workerCpu',
      messages * (times.workerCpu.message + times.workerCpu.sync + embedCpu) +
        contexts * (times.workerCpu.context + embedCpu),
      `${m} × (${times.workerCpu.message} request + ${times.workerCpu.sync} delivery + ${embedCpu} model) ms + ${c} × (${times.workerCpu.context} + ${embedCpu}) ms`,
    ),
    line(
      'objectRequest',
      messages * (message.objectRequests + message.alarms) +
        contexts * context.objectRequests +
        wakes +
        messages * TOLD.times +
        saves * (isolates + 1),
      `${m} × (${message.objectRequests} calls + ${message.alarms} alarms) + ${c} × ${context.objectRequests} + ${count(wakes)} sockets + metrics: ${m} × ${TOLD.times} at most + ${count(saves)} × (${isolates} isolates + 1 alarm)`,
    ),
    line(
      'objectDuration',
      OBJECT_GB *
        (messages * (seconds.message + seconds.sync + TOLD.waits) + contexts * seconds.context + wakes * seconds.wake),
      `${OBJECT_GB} GB × (${m} × (${seconds.message} + ${seconds.sync} sync + ${TOLD.waits} metrics at most) s + ${c} × ${seconds.context} s + ${count(wakes)} × ${seconds.wake} s)`,
    ),
    line(
      'rowsRead',
      messages * message.rowsRead + contexts * context.rowsRead + wakes * wakeRows,
      `${m} × ${message.rowsRead} + ${c} × ${context.rowsRead} + ${count(wakes)} wakes × (${wake.rowsRead} + ${wake.rowsReadPerStoredMessage} × ${count(stored)} stored)`,
    ),
    line(
      'rowsWritten',
      messages * (message.rowsWritten + message.alarmsSet) + saves * (HUB_ROWS + 1),
      `${m} × (${message.rowsWritten} rows + ${message.alarmsSet} alarms set) + metrics: ${count(saves)} × (${HUB_ROWS} + 1) at most`,
    ),
    line(
      'objectStorage',
      (held * bytes.objectBytesPerMessage) / GB,
      `${m} × ${load.months} months × ${bytes.objectBytesPerMessage} bytes`,
    ),
    line(
      'kvRead',
      isolates * 60 * HOURS,
      `${isolates} isolates × 60 × ${HOURS} h: an API key, looked up once a minute`,
    ),
    line(
      'kvWrite',
      isolates * 12 * HOURS,
      `${isolates} isolates × 12 × ${HOURS} h at most: the key, noted five minutes apart`,
    ),
    line(
      'queueOperation',
      messages * message.queueMessages * 3,
      `${m} × ${message.queueMessages} × (write, read, delete)`,
    ),
    line(
      'neurons',
      remote ? (tokens / 1e6) * NEURONS_PER_MILLION_TOKENS.value : 0,
      remote
        ? `(${m} + ${c}) × ${TOKENS} tokens × ${NEURONS_PER_MILLION_TOKENS.value} a million (${NEURONS_PER_MILLION_TOKENS.source})`
        : 'none: the model in the Worker embeds',
    ),
    line('postgresCompute', units * HOURS, `${units} CU × ${HOURS} h, never asleep`),
    line(
      'postgresStorage',
      (held * bytes.postgresBytesPerMessage) / GB,
      `${m} × ${load.months} months × ${bytes.postgresBytesPerMessage} bytes`,
    ),
    line(
      'postgresHistory',
      ((messages / DAYS) * RESTORE_DAYS * 2 * bytes.postgresBytesPerMessage) / GB,
      `${RESTORE_DAYS} day of changes, each message written twice at most`,
    ),
  ];
}

export const total = (lines: readonly Line[]): number => lines.reduce((sum, { dollars }) => sum + dollars, 0);

function line(name: PriceName, quantity: number, formula: string): Line {
  const { unit, included, source, asOf, note }: Price = PRICES[name];
  const dollars = charge(PRICES[name], quantity);
  return { name, unit, formula, quantity, included, dollars, source, asOf, ...(note ? { note } : {}) };
}

/** What a month's quantity costs, in dollars, beyond what is included. Not rounded up to whole units, as some bills are. */
export const charge = ({ dollars, per, included }: Price, quantity: number): number =>
  (Math.max(0, quantity - included) * dollars) / per;

/** A number as people read it: three digits and a letter. */
export function count(n: number): string {
  for (const [size, letter] of [
    [1e12, 'T'],
    [1e9, 'G'],
    [1e6, 'M'],
    [1e3, 'k'],
  ] as const) {
    if (n >= size) return `${Number((n / size).toPrecision(3))} ${letter}`;
  }
  return String(Number(n.toPrecision(3)));
}
