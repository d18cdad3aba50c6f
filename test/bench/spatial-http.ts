import { setTimeout as sleep } from 'node:timers/promises';
import { type BareWorkerd, startBareWorkerd } from './bare-workerd.ts';
import { KeepAlive } from './keep-alive.ts';
import { percentile } from './load-client.ts';
import type { Report } from './report.ts';
import { workerdMeter } from './workerd.ts';

const MEMORIES = 2_000;
const BATCH = 500;
/** Rounds of queries, each after as many answers of the floor; the first ones compile. */
const ROUNDS = 14;
const WARM_UP_ROUNDS = 4;
const A_ROUND = 1_000;
/** Bytes of an answer with ten memories. */
const ANSWER_BYTES = 7_300;

/**
 * A spatial query (`POST /memories/query`, 10 nearest of 2,000) by one client that waits for each answer, over a connection
 * straight into the workerd that runs the product's bundle. Server-side time cannot be told inside: a Worker's clock
 * stands still between two I/Os. So, in ms of wall time, each the median over the rounds:
 *
 * - `http/raw/{p50,p99}`: from the first byte sent to the last byte received
 * - `http/floor/{p50,p99}`: the same of a Worker beside it that reads the request and sends as many bytes
 * - `http/{p50,p99}`: raw less the median of the floor in the same round: what the Worker, the hop to the object and the
 *   object take, and not what this client, the sockets and workerd's HTTP take
 * - `http/cpu`: mean CPU of all threads of workerd for a request, HTTP, compiler and garbage collection included; unlike
 *   wall time it does not grow much when other programs want the same cores
 */
export async function reportHttp(report: Report): Promise<void> {
  const workerd = await startBareWorkerd(ANSWER_BYTES);
  let lines: Record<'product' | 'floor', KeepAlive> | undefined;
  try {
    await fill(workerd);
    lines = { product: new KeepAlive(workerd.product), floor: new KeepAlive(workerd.floor) };
    const meter = workerdMeter();
    const rounds: Round[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      const floor = await timed(lines.floor, workerd.key, meter);
      const raw = await timed(lines.product, workerd.key, meter);
      if (round >= WARM_UP_ROUNDS) rounds.push({ raw, floor, least: percentile(floor.ms, 0.5) });
    }
    const n = rounds.length * A_ROUND;
    for (const [name, p] of [
      ['p50', 0.5],
      ['p99', 0.99],
    ] as const) {
      const typical = (of: (round: Round) => number) => percentile(Float64Array.from(rounds, of).sort(), 0.5);
      report({
        metric: `http/${name}`,
        value: typical(({ raw, least }) => percentile(raw.ms, p) - least),
        unit: 'ms',
        n,
      });
      report({ metric: `http/raw/${name}`, value: typical(({ raw }) => percentile(raw.ms, p)), unit: 'ms', n });
      report({ metric: `http/floor/${name}`, value: typical(({ floor }) => percentile(floor.ms, p)), unit: 'ms', n });
    }
    const cpu = Float64Array.from(rounds, ({ raw }) => raw.cpu).sort();
    report({ metric: 'http/cpu', value: percentile(cpu, 0.5), unit: 'ms CPU', n });
  } finally {
    for (const line of Object.values(lines ?? {})) line.close();
    await workerd.stop();
  }
}

interface Times {
  /** wall time of each request, sorted */
  ms: Float64Array;
  /** ms a request */
  cpu: number;
}

interface Round {
  raw: Times;
  floor: Times;
  /** median of the floor */
  least: number;
}

async function timed(line: KeepAlive, key: string, meter: () => number): Promise<Times> {
  const ms = new Float64Array(A_ROUND);
  const spent = meter();
  for (let i = 0; i < A_ROUND; i++) {
    const shape = { type: 'nearest', point: [(i * 7) % 40, (i * 3) % 40, 1.5], k: 10 };
    const authorization = `Bearer ${key}`;
    const request = line.post('/api/v1/users/bench/memories/query', JSON.stringify({ shape }), { authorization });
    const sent = performance.now();
    const answer = await line.ask(request);
    ms[i] = performance.now() - sent;
    if (Math.abs(answer.length - ANSWER_BYTES) > ANSWER_BYTES / 20) throw new Error('Not an answer with ten memories.');
  }
  return { ms: ms.sort(), cpu: (meter() - spent) / A_ROUND };
}

async function fill(workerd: BareWorkerd): Promise<void> {
  for (let from = 0; from < MEMORIES; from += BATCH) {
    const messages = Array.from({ length: BATCH }, (_, j) => ({
      content: `Day ${from + j}: we walked along the river and talked about plan ${(from + j) * 7}`,
      message_id: `${from + j}`,
    }));
    await call(workerd, 'POST', '/messages', { user_id: 'bench', messages });
  }
  while ((await call<{ pending: number }>(workerd, 'GET', '/users/bench')).pending > 0) await sleep(250);
}

async function call<T>({ product, key }: BareWorkerd, method: string, route: string, body?: unknown): Promise<T> {
  const answer = await fetch(new URL(`/api/v1${route}`, product), {
    method,
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  if (!answer.ok) throw new Error(`${method} ${route}: ${answer.status}`);
  return (await answer.json()) as T;
}
