import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import type { Server } from '../../scripts/server.ts';
import { seeded } from '../../src/statistics/seeded.ts';
import type { Report } from '../bench/report.ts';
import { drained } from './equal.ts';
import { Load, verdict } from './load.ts';
import { onStage } from './stage.ts';
import { Talk } from './talk.ts';

const USERS = ['kim', 'lou', 'max'];
const SENDERS = 6;
const MOST_BATCH = 8;
/** Each sender pauses for so long after a batch: enough for a load, and few enough to drain in minutes on a small machine. */
const SENDER_PAUSE_MS = 60;
/** Each of them also talks over a socket of theirs, a message after each of these times: faster than the model works. */
const TALK_PAUSE_MS = 40;
/** Between two blows, at most; a third of it on average is too short for all to have recovered. */
const LONGEST_PAUSE_MS = 3_000;
const TARGETS = ['server', 'postgres', 'proxy'] as const;
type Target = (typeof TARGETS)[number];

/**
 * `npm run drill -- chaos [--kills N] [--seed N]`: kill -9 of the server, of Postgres and of the proxy at random moments
 * while messages arrive, in batches and over sockets, some of them twice. Afterwards every acknowledged message must be there once, and object and
 * Postgres must be equal.
 *
 * @returns what went wrong, a line each
 */
export async function chaos(args: readonly string[], report: Report): Promise<string[]> {
  const { values } = parseArgs({
    args: [...args],
    options: { kills: { type: 'string', default: '50' }, seed: { type: 'string', default: '20261122' } },
  });
  const random = seeded(Number(values.seed));
  return onStage({}, async ({ server, client }) => {
    const load = new Load({
      ...{ client, users: USERS, senders: SENDERS, mostBatch: MOST_BATCH, pauseMs: SENDER_PAUSE_MS, random },
    });
    const talks = USERS.map(
      (user) =>
        new Talk({
          ...{ server, user, name: `socket-${user}`, pauseMs: TALK_PAUSE_MS, random },
          onAcknowledged: (id) => void load.acknowledged.get(user)!.add(id),
        }),
    );
    const blows = await strike(server, Number(values.kills), random);
    await Promise.all([load.stop(), ...talks.map((talk) => talk.stop())]);
    const said = talks.reduce((sum, talk) => sum + talk.sent, 0);
    report({ metric: 'said', value: said, unit: 'messages', n: talks.length });
    for (const target of TARGETS) report({ metric: `kills/${target}`, value: blows[target], unit: 'kills', n: 1 });
    const begun = performance.now();
    await drained(client, USERS);
    report({ metric: 'drain', value: performance.now() - begun, unit: 'ms', n: load.sent });
    return [...load.wrong, ...talks.flatMap(({ wrong }) => wrong), ...(await verdict(client, load, report))];
  });
}

async function strike(server: Server, kills: number, random: () => number): Promise<Record<Target, number>> {
  const blows: Record<Target, number> = { server: 0, postgres: 0, proxy: 0 };
  for (let i = 0; i < kills; i++) {
    await sleep(random() * LONGEST_PAUSE_MS);
    const target = TARGETS[Math.floor(random() * TARGETS.length)]!;
    blows[target]++;
    if (target === 'server') {
      await server.killHard();
      await server.startWorker();
    } else if (target === 'postgres') {
      await server.postgres.killHard();
      await sleep(random() * 1_000);
      await server.postgres.start();
    } else {
      await server.proxy.stop();
      await sleep(random() * 1_000);
      await server.proxy.start();
    }
  }
  return blows;
}
