/** What one unit costs, and how much of it a month is in the plan already. */
export interface Price {
  unit: string;
  /** US dollars for `per` units */
  dollars: number;
  per: number;
  /** units a month that cost nothing */
  included: number;
  source: string;
  /** date of the page, where it bears one, else of the day on which a copy of it was read */
  asOf: string;
  /** what could not be confirmed */
  note?: string;
}

const CLOUDFLARE = 'https://developers.cloudflare.com';
const MILLION = 1_000_000;
const DAYS = 30;

/**
 * Published list prices of Cloudflare (Workers Paid) and Neon (Launch), in US dollars without tax. The one place where
 * prices stand: a new price is an edit here, with its date. Read on 2026-11-22 from stored copies of the pages, since no
 * live page could be opened where this was written: check them before you sign anything.
 */
export const PRICES = {
  workersPlan: {
    unit: 'month of Workers Paid',
    ...{ dollars: 5, per: 1, included: 0, asOf: '2026-11-22' },
    source: `${CLOUDFLARE}/workers/platform/pricing/`,
  },
  workerRequest: {
    unit: 'requests to the Worker',
    ...{ dollars: 0.3, per: MILLION, included: 10 * MILLION, asOf: '2026-11-22' },
    source: `${CLOUDFLARE}/workers/platform/pricing/#workers`,
    note: 'a call over a service binding is free; whether a queue delivery is a request is not said: counted as one',
  },
  workerCpu: {
    unit: 'CPU milliseconds',
    ...{ dollars: 0.02, per: MILLION, included: 30 * MILLION, asOf: '2026-11-22' },
    source: `${CLOUDFLARE}/workers/platform/pricing/#workers`,
  },
  objectRequest: {
    unit: 'requests to objects',
    ...{ dollars: 0.15, per: MILLION, included: MILLION, asOf: '2026-11-22' },
    source: `${CLOUDFLARE}/durable-objects/platform/pricing/#compute-billing`,
    note: 'an RPC session, an alarm and 20 incoming WebSocket messages count one each',
  },
  objectDuration: {
    unit: 'GB-seconds of objects',
    ...{ dollars: 12.5, per: MILLION, included: 400_000, asOf: '2026-11-22' },
    source: `${CLOUDFLARE}/durable-objects/platform/pricing/#compute-billing`,
    note: '128 MB for as long as an object is at work; one that may hibernate is not billed',
  },
  rowsRead: {
    unit: 'rows read in objects',
    ...{ dollars: 0.001, per: MILLION, included: 25_000 * MILLION, asOf: '2026-11-22' },
    source: `${CLOUDFLARE}/durable-objects/platform/pricing/#storage-billing`,
  },
  rowsWritten: {
    unit: 'rows written in objects',
    ...{ dollars: 1, per: MILLION, included: 50 * MILLION, asOf: '2026-11-22' },
    source: `${CLOUDFLARE}/durable-objects/platform/pricing/#storage-billing`,
    note: 'rows of indexes, deletions and each setAlarm() count too',
  },
  objectStorage: {
    unit: 'GB-months in objects',
    ...{ dollars: 0.2, per: 1, included: 5, asOf: '2026-11-22' },
    source: `${CLOUDFLARE}/durable-objects/platform/pricing/#storage-billing`,
  },
  kvRead: {
    unit: 'KV reads',
    ...{ dollars: 0.5, per: MILLION, included: 10 * MILLION, asOf: '2026-11-22' },
    source: `${CLOUDFLARE}/kv/platform/pricing/`,
  },
  kvWrite: {
    unit: 'KV writes',
    ...{ dollars: 5, per: MILLION, included: MILLION, asOf: '2026-11-22' },
    source: `${CLOUDFLARE}/kv/platform/pricing/`,
  },
  queueOperation: {
    unit: 'queue operations',
    ...{ dollars: 0.4, per: MILLION, included: MILLION, asOf: '2026-11-22' },
    source: `${CLOUDFLARE}/queues/platform/pricing/`,
    note: 'a message below 64 KB is written, read and deleted: three',
  },
  neurons: {
    unit: 'neurons of Workers AI',
    ...{ dollars: 0.011, per: 1_000, included: DAYS * 10_000, asOf: '2026-09-20' },
    source: `${CLOUDFLARE}/workers-ai/platform/pricing/`,
    note: 'the 10,000 a day that are free do not carry over: this holds for an even load',
  },
  postgresCompute: {
    unit: 'CU-hours of Neon Launch',
    ...{ dollars: 0.106, per: 1, included: 0, asOf: '2026-11-12' },
    source: 'https://neon.com/docs/introduction/plans',
    note: 'the Scale plan, with a promise of uptime, asks 0.222',
  },
  postgresStorage: {
    unit: 'GB-months of Neon',
    ...{ dollars: 0.35, per: 1, included: 0, asOf: '2026-11-12' },
    source: 'https://neon.com/docs/introduction/plans',
  },
  postgresHistory: {
    unit: 'GB-months of Neon instant restore',
    ...{ dollars: 0.2, per: 1, included: 0, asOf: '2026-03-20' },
    source: 'https://neon.com/docs/introduction/plans',
  },
} as const satisfies Record<string, Price>;

export type PriceName = keyof typeof PRICES;

/** Neurons of a million input tokens of `@cf/baai/bge-small-en-v1.5`. */
export const NEURONS_PER_MILLION_TOKENS = {
  value: 1_841,
  source: `${CLOUDFLARE}/workers-ai/platform/pricing/`,
  asOf: '2025-02-22',
} as const;

/** Monthly cost that the starting design named for 1,000 concurrent users, and the goal for 1,000 users of 50 messages a day. */
export const STARTING_DESIGN_DOLLARS = 1_400;
export const GOAL_DOLLARS = 140;
