import { CACHES } from '../../src/cache/policy.ts';
import { DEFAULT_USER_RATE_PER_MINUTE } from '../../src/http/rate-limit.ts';
import { isolatesFor, PEAK_FACTOR, type Workload } from '../cost/model.ts';
import operations from '../cost/operations.json' with { type: 'json' };
import times from '../cost/service-times.json' with { type: 'json' };

/** What so many users ask for at the busiest time of the day, and hold. */
export interface Demand {
  messagesPerSecond: number;
  requestsPerSecond: number;
  isolates: number;
  /** messages held, by all users and by one */
  held: number;
  heldByOne: number;
  /** requests in flight at Postgres */
  postgresInFlight: number;
  queues: number;
}

/** A limit that a platform publishes, and what comes up to it. */
export interface Limit {
  name: string;
  value: number;
  unit: string;
  source: string;
  /** date of the page, where it bears one, else of the day on which a copy of it was read */
  asOf: string;
  /** how much of it is asked for */
  asked(demand: Demand): number;
  /** what the design does there */
  answer: string;
}

const CLOUDFLARE = 'https://developers.cloudflare.com';
const DAY = 86_400;
const MB = 1e6;
/** An isolate's copy of the API key is read anew after so many seconds (src/auth/key-lookup.ts), and its counts are told (src/metrics/flush.ts). */
const KEY_SECONDS = 60;
const FLUSH_SECONDS = 5;
/** Of all isolates so many note a key, in the minute that a new note takes to be seen everywhere. */
const NOTING = 0.1;
/** The embedding model in the isolate that serves it (src/cache/policy.ts). */
const MODEL_BYTES = 42 * MB;
/** A person's vectors and index in an object, at most (DESIGN.md, "Palace"). */
const OBJECT_BYTES = 64 * MB;
/** One tenant may have all users, and one in ten contexts is summarised by a text model: a claim and a settlement each. */
const TEXT_MODEL_SHARE = 0.1;

export function demandOf(load: Workload, queues = 1): Demand {
  const perSecond = (perDay: number) => (PEAK_FACTOR * load.users * perDay) / DAY;
  const messagesPerSecond = perSecond(load.messagesPerDay);
  const requestsPerSecond = messagesPerSecond + perSecond(load.contextsPerDay);
  const heldByOne = load.messagesPerDay * 30 * load.months;
  return {
    ...{ messagesPerSecond, requestsPerSecond, heldByOne, queues },
    isolates: isolatesFor(requestsPerSecond),
    held: load.users * heldByOne,
    postgresInFlight: (messagesPerSecond * (times.assumed.postgresRoundTrip + times.assumed.postgresWork)) / 1_000,
  };
}

/** The limits that could be met first. Read on 2026-11-22 from stored copies of the pages. */
export const LIMITS: readonly Limit[] = [
  {
    name: 'text embeddings of Workers AI',
    ...{ value: 3_000 / 60, unit: 'requests/s an account', asOf: '2026-09-17' },
    source: `${CLOUDFLARE}/workers-ai/platform/limits/`,
    asked: ({ requestsPerSecond }) => requestsPerSecond,
    answer:
      'Messages that arrive together share a request (up to 16), and what is refused is repeated from the outbox of tasks. Set EMBEDDING_TIERS=onnx before this: the model in the Worker has no such limit, and scales with isolates; or ask Cloudflare for more.',
  },
  {
    name: 'writes of one KV key',
    ...{ value: 1, unit: 'writes/s a key', asOf: '2026-11-22' },
    source: `${CLOUDFLARE}/kv/platform/limits/`,
    asked: ({ isolates }) => (NOTING * isolates) / KEY_SECONDS,
    answer:
      'Isolates note the API key that they have read, by chance and some ten minutes apart (src/auth/key-lookup.ts). What KV refuses beyond that, no request notices. Other keys are written once, and nothing of a person is published in KV.',
  },
  {
    name: 'requests to the hub of metrics',
    ...{ value: 1_000, unit: 'requests/s an object', asOf: '2026-11-22' },
    source: `${CLOUDFLARE}/durable-objects/platform/limits/`,
    // twice a message where no two objects share an isolate, which is the most it can be
    asked: ({ isolates, messagesPerSecond }) => isolates / FLUSH_SECONDS + 2 * messagesPerSecond,
    answer:
      'Set METRICS_SHARDS, to 64 at most: isolates spread over so many hubs, and a scrape adds them up. METRICS=off counts nothing. A hub that does not answer delays nobody.',
  },
  {
    name: 'requests to the ledger of one tenant',
    ...{ value: 1_000, unit: 'requests/s an object', asOf: '2026-11-22' },
    source: `${CLOUDFLARE}/durable-objects/platform/limits/`,
    asked: ({ requestsPerSecond }) => 2 * TEXT_MODEL_SHARE * requestsPerSecond,
    answer:
      'A budget is claimed for each answer of a text model. Beyond this a tenant must be split, or its budget given out in larger parts to each person (src/llm/budget.ts): not built.',
  },
  {
    name: 'requests to the object of one person',
    ...{ value: 1_000, unit: 'requests/s an object', asOf: '2026-11-22' },
    source: `${CLOUDFLARE}/durable-objects/platform/limits/`,
    asked: () => DEFAULT_USER_RATE_PER_MINUTE / 60,
    answer: 'Does not grow with users: each has an object. Who asks more about one person is told 429.',
  },
  {
    name: 'messages through a queue',
    ...{ value: 5_000, unit: 'messages/s a queue', asOf: '2026-11-22' },
    source: `${CLOUDFLARE}/queues/platform/limits/`,
    asked: ({ messagesPerSecond, queues }) => messagesPerSecond / queues,
    answer:
      'Set SYNC_QUEUES: people spread over so many queues by a hash of who they are (src/tasks/sync-queue.ts). Several messages of one person within two seconds are one message of the queue.',
  },
  {
    name: 'consumers of a queue at work',
    ...{ value: 250, unit: 'invocations a queue', asOf: '2026-11-22' },
    source: `${CLOUDFLARE}/queues/platform/limits/`,
    asked: ({ messagesPerSecond, queues }) => (messagesPerSecond / queues) * syncSeconds(),
    answer: 'As above: each queue has consumers of its own. max_batch_size may be raised to 100.',
  },
  {
    name: 'connections to Postgres',
    ...{ value: 0.9 * 4_000, unit: 'connections of the pool, 9 CU or more', asOf: '2026-11-22' },
    source: 'https://neon.com/docs/connect/connection-pooling',
    asked: ({ postgresInFlight }) => postgresInFlight,
    answer:
      'The driver holds none: each statement is an HTTP request, and Neon pools them. Then a database for each group of tenants.',
  },
  {
    name: 'compute of Postgres',
    ...{ value: 16, unit: 'CU that scale by themselves', asOf: '2026-11-12' },
    source: 'https://neon.com/docs/introduction/plans',
    asked: ({ messagesPerSecond }) => (messagesPerSecond * times.assumed.postgresWork) / 1_000 / 0.5,
    answer:
      'A fixed size of up to 56 CU; then a database for each group of tenants: all rows bear the tenant, and no query spans two. DATABASE_URL by tenant is not built.',
  },
  {
    name: 'storage of Postgres',
    ...{ value: 16e12, unit: 'bytes a branch', asOf: '2026-03-20' },
    source: 'https://neon.com/docs/introduction/plans',
    asked: ({ held }) => held * operations.stored.postgresBytesPerMessage,
    answer:
      'Messages and memories partitioned by hash of tenant and user, then a database for each group of tenants. Objects hold all that is served: RETENTION shortens what Postgres keeps of it.',
  },
  {
    name: 'storage of the object of one person',
    ...{ value: 10e9, unit: 'bytes an object', asOf: '2026-11-22' },
    source: `${CLOUDFLARE}/durable-objects/platform/limits/`,
    asked: ({ heldByOne }) => heldByOne * operations.stored.objectBytesPerMessage,
    answer: 'Does not grow with users. Millions of messages of one person: RETENTION.',
  },
  {
    name: 'memory of an isolate',
    ...{ value: 128 * MB, unit: 'bytes', asOf: '2026-11-22' },
    source: `${CLOUDFLARE}/workers/platform/limits/`,
    asked: () =>
      Math.max(OBJECT_BYTES, MODEL_BYTES) + Object.values(CACHES).reduce((sum, { l1Bytes }) => sum + l1Bytes, 0),
    answer:
      'Does not grow with users. A person has a budget of 64 MB, beyond which vectors rest in SQLite; the model and its caches live in isolates of their own once EMBEDDER is a Worker of its own.',
  },
];

/** How long a message keeps a consumer busy, in seconds, where ten at a time take two rounds of six connections. */
export const syncSeconds = (): number => (2 * (times.sync + times.assumed.postgresRoundTrip)) / 1_000 / 10;

export interface Met {
  limit: Limit;
  /** share of the limit that is asked for */
  share: number;
}

/** The limits, nearest first. */
export const nearest = (demand: Demand): Met[] =>
  LIMITS.map((limit) => ({ limit, share: limit.asked(demand) / limit.value })).sort((a, b) => b.share - a.share);

/** At how many users a limit is met, other things being equal; Infinity: never. Found by halving. */
export function metAt(limit: Limit, load: Workload): number {
  const isMet = (users: number) => limit.asked(demandOf({ ...load, users })) >= limit.value;
  let [low, high] = [1, 1e10];
  if (!isMet(high) || isMet(low)) return isMet(low) ? low : Number.POSITIVE_INFINITY;
  for (let i = 0; i < 100; i++) {
    const middle = Math.sqrt(low * high);
    if (isMet(middle)) high = middle;
    else low = middle;
  }
  return high;
}
