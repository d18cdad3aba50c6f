import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { seeded } from '../../src/statistics/seeded.ts';
import type { Report } from '../bench/report.ts';
import { drained } from './equal.ts';
import { Load, verdict } from './load.ts';
import { onStage, type Stage } from './stage.ts';

const USERS = ['kim', 'lou', 'max'];
const SENDERS = 3;
const PAUSE_MS = 250;
const WARM_UP_MS = 10_000;
/** What was gathered for minutes may take as long to save. */
const DRAIN_MS = 1_800_000;

/**
 * `npm run drill -- outage [--minutes N] [--seed N]`: Postgres is away for some minutes while messages arrive. Nothing is
 * refused, what arrives is searchable meanwhile, and all of it is in Postgres afterwards without anybody's help.
 *
 * @returns what went wrong, a line each
 */
export function outage(args: readonly string[], report: Report): Promise<string[]> {
  const { values } = parseArgs({
    args: [...args],
    options: { minutes: { type: 'string', default: '2' }, seed: { type: 'string', default: '20261122' } },
  });
  const minutes = Number(values.minutes);
  return onStage({}, (stage) => play(stage, minutes * 60_000, seeded(Number(values.seed)), report));
}

async function play({ server, client }: Stage, awayMs: number, random: () => number, report: Report) {
  const load = new Load({ client, users: USERS, senders: SENDERS, mostBatch: 4, pauseMs: PAUSE_MS, random });
  const wrong: string[] = [];
  let phase = performance.now();
  await sleep(WARM_UP_MS);
  load.report('before', phase, report);
  await server.postgres.stop();
  phase = performance.now();
  console.error(`outage: Postgres is away for ${awayMs / 60_000} min`);
  for (let checks = 0; performance.now() - phase < awayMs; checks++) {
    await sleep(Math.min(10_000, awayMs));
    wrong.push(...(await readable(server.url, client, checks)));
  }
  const { refused, failed } = load.report('away', phase, report);
  if (refused + failed > 0) wrong.push(`${refused + failed} requests were refused while Postgres was away`);
  await server.postgres.start();
  phase = performance.now();
  await sleep(WARM_UP_MS);
  await load.stop();
  load.report('back', phase, report);
  await drained(client, USERS, DRAIN_MS);
  report({ metric: 'drain', value: performance.now() - phase, unit: 'ms', n: load.sent });
  return [...new Set([...load.wrong, ...wrong, ...(await verdict(client, load, report))])];
}

/** Reads go on, and health says what is missing. */
async function readable(url: string, client: Stage['client'], round: number): Promise<string[]> {
  const user = USERS[round % USERS.length]!;
  const found = await client.search(user, 'how high was the tide', 3).catch((error: unknown) => String(error));
  const health = (await (await fetch(`${url}/health/ready`)).json()) as { status: string };
  return [
    ...(typeof found === 'string' ? [`a search failed: ${found.slice(0, 200)}`] : []),
    ...(typeof found !== 'string' && found.length === 0 ? ['a search found nothing'] : []),
    ...(health.status === 'degraded' ? [] : [`/health/ready says ${health.status}`]),
  ];
}
