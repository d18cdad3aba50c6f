// `npm run capacity -- [--users N] [--messages-per-day 50] [--json]`: which published limit is met first, what the design
// does there, and (simulated) how far Postgres lags behind on such a day. Without --users: 10^3 to 10^8.
import { parseArgs } from 'node:util';
import { type Demand, demandOf, metAt, nearest, syncSeconds } from './capacity/limits.ts';
import { type OutboxModel, type OutboxResult, simulateOutbox } from './capacity/simulate-outbox.ts';
import { count, PEAK_FACTOR, type Workload } from './cost/model.ts';
import { runCommand, UserError } from './user-error.ts';

const USAGE = 'usage: npm run capacity -- [--users N] [--messages-per-day N] [--queues N] [--seed N] [--json]';
const SIZES = [1e3, 1e4, 1e5, 1e6, 1e7, 1e8];
/** Messages of one simulated day: some seconds of computing for all sizes. */
const BUDGET = 200_000;
const DAY = 86_400;
/** Postgres is away for ten minutes at the busiest time; a try fails after so many seconds, as when nothing answers. */
const OUTAGE = { from: 72_000, to: 72_600, failAfter: 15 };
/** As in wrangler.toml and durable-objects/sync/sync-desk.ts. */
const QUEUE = { gather: 2, batch: { size: 10, wait: 1 } };
const CONSUMERS_PER_QUEUE = 250;
const MESSAGES_PER_QUEUE = 5_000;

interface Report {
  users: number;
  queues: number;
  demand: Demand;
  limits: {
    name: string;
    share: number;
    met_at_users: number | null;
    unit: string;
    source: string;
    as_of: string;
    answer: string;
  }[];
  simulated: { usual: OutboxResult; outage: OutboxResult };
}

function readArgs(args: string[]) {
  const text = { type: 'string' } as const;
  try {
    const options = {
      users: text,
      'messages-per-day': text,
      queues: text,
      seed: text,
      json: { type: 'boolean' },
    } as const;
    const { values } = parseArgs({ args, options });
    return {
      users: values.users === undefined ? null : positive(values.users),
      messagesPerDay: positive(values['messages-per-day'] ?? '50'),
      queues: values.queues === undefined ? null : positive(values.queues),
      seed: Number(values.seed ?? 1),
      json: values.json === true,
    };
  } catch (error) {
    throw new UserError(`${error instanceof Error ? error.message : error}\n${USAGE}`);
  }
}

function positive(text: string): number {
  const value = Number(text);
  if (!Number.isFinite(value) || value <= 0) throw new Error(`"${text}" is no number above 0`);
  return value;
}

const workload = (messagesPerDay: number): Workload => ({
  ...{
    users: 0,
    messagesPerDay,
    contextsPerDay: messagesPerDay / 2,
    sessionsPerDay: 5,
    months: 12,
    embedding: 'workers-ai',
  },
});

function reportOf(load: Workload, wantedQueues: number | null, seed: number): Report {
  const { messagesPerSecond } = demandOf(load);
  const queues = wantedQueues ?? Math.max(1, Math.ceil(messagesPerSecond / (0.7 * MESSAGES_PER_QUEUE)));
  const asked = demandOf(load, wantedQueues ?? 1);
  const model: OutboxModel = {
    ...{
      ...QUEUE,
      rate: messagesPerSecond / PEAK_FACTOR,
      peakFactor: PEAK_FACTOR,
      duration: DAY,
      seed,
      budget: BUDGET,
    },
    consumers: queues * CONSUMERS_PER_QUEUE,
    // a consumer is as long with ten messages as with the slowest two of them, one after the other
    service: { mean: 10 * syncSeconds(), variation: 1 },
  };
  return {
    ...{ users: load.users, queues, demand: { ...asked, queues } },
    limits: nearest(asked).map(({ limit, share }) => ({
      ...{ name: limit.name, share, met_at_users: finite(metAt(limit, load)), unit: limit.unit },
      ...{ source: limit.source, as_of: limit.asOf, answer: limit.answer },
    })),
    simulated: { usual: simulateOutbox(model), outage: simulateOutbox({ ...model, outage: OUTAGE }) },
  };
}

const finite = (n: number): number | null => (Number.isFinite(n) ? n : null);

function print({ users, queues, demand, limits, simulated }: Report, isLong: boolean): void {
  console.log(
    `${count(users)} users: ${count(demand.messagesPerSecond)} messages/s at the busiest time, ${count(demand.requestsPerSecond)} requests/s, ${count(demand.isolates)} isolates (assumed)`,
  );
  const met = limits.filter(({ share }) => share >= 1);
  for (const limit of isLong ? limits : limits.slice(0, Math.max(1, met.length))) {
    const at = limit.met_at_users === null ? 'at no number of users' : `at ${count(limit.met_at_users)} users`;
    console.log(`  ${percent(limit.share).padStart(8)} of ${limit.name} (${limit.unit}); met ${at}`);
    if (isLong || limit.share >= 1) console.log(`           ${limit.answer}`);
    if (isLong) console.log(`           ${limit.source} (${limit.as_of})`);
  }
  const { usual, outage } = simulated;
  const part = usual.share < 1 ? `, 1 message in ${count(1 / usual.share)}` : '';
  console.log(
    `  simulated, not measured: a day, ${queues} queue${queues > 1 ? 's' : ''}, ${count(queues * CONSUMERS_PER_QUEUE)} consumers${part}`,
  );
  console.log(
    `           lag p50 ${seconds(usual.lag.p50)}, p99 ${seconds(usual.lag.p99)}; at most ${count(usual.backlog)} messages under way; consumers busy ${percent(usual.utilisation)}`,
  );
  console.log(
    `           Postgres away for ten minutes at 20:00: lag at most ${seconds(outage.longestLag)}, backlog ${count(outage.backlog)}, drained ${seconds(outage.drain)} after it is back\n`,
  );
}

const percent = (share: number) => `${Number((100 * share).toPrecision(3))} %`;
const seconds = (s: number) => `${Number(s.toPrecision(3))} s`;

await runCommand(async () => {
  const { users, messagesPerDay, queues, seed, json } = readArgs(process.argv.slice(2));
  for (const size of users === null ? SIZES : [users]) {
    const report = reportOf({ ...workload(messagesPerDay), users: size }, queues, seed);
    if (json) console.log(JSON.stringify(report));
    else print(report, users !== null);
  }
});
