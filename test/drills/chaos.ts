import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { type Server, startServer } from '../../scripts/server.ts';
import { seeded } from '../../src/statistics/seeded.ts';
import type { Report } from '../bench/report.ts';
import { clientOf, type ServerClient } from '../e2e/server-client.ts';
import { drained, held, reconcile } from './equal.ts';

const USERS = ['kim', 'lou', 'max'];
const SENDERS = 6;
const MOST_BATCH = 8;
/** Each sender pauses for so long after a batch: enough for a load, and few enough to drain in minutes on a small machine. */
const SENDER_PAUSE_MS = 60;
/** Between two blows, at most; a third of it on average is too short for all to have recovered. */
const LONGEST_PAUSE_MS = 3_000;
const TARGETS = ['server', 'postgres', 'proxy'] as const;
type Target = (typeof TARGETS)[number];

/** What was sent and acknowledged, by user. */
interface Load {
  acknowledged: Map<string, Set<string>>;
  refused: string[];
  sent: number;
}

/**
 * `npm run drill -- chaos [--kills N] [--seed N]`: kill -9 of the server, of Postgres and of the proxy at random moments
 * while messages arrive, some of them twice. Afterwards every acknowledged message must be there once, and object and
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
  const stateDir = mkdtempSync(path.join(tmpdir(), 'palimpsest-chaos-'));
  const server = await startServer({ stateDir, quiet: true });
  try {
    const client = clientOf(server);
    const load: Load = { acknowledged: new Map(USERS.map((user) => [user, new Set()])), refused: [], sent: 0 };
    const state = { isOver: false };
    const senders = Array.from({ length: SENDERS }, (_, i) => send(client, load, state, i, random));
    const blows = await strike(server, Number(values.kills), random);
    state.isOver = true;
    await Promise.all(senders);
    for (const target of TARGETS) report({ metric: `kills/${target}`, value: blows[target], unit: 'kills', n: 1 });
    const begun = performance.now();
    await drained(client, USERS);
    report({ metric: 'drain', value: performance.now() - begun, unit: 'ms', n: load.sent });
    return [...load.refused, ...(await verdict(client, load, report))];
  } finally {
    await server.stop();
    rmSync(stateDir, { recursive: true, force: true });
  }
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

/** Sends until the end, each batch again until it is acknowledged, and now and then once more after that. */
async function send(
  client: ServerClient,
  load: Load,
  state: { isOver: boolean },
  sender: number,
  random: () => number,
): Promise<void> {
  const user = USERS[sender % USERS.length]!;
  for (let n = 0; !state.isOver; n++) {
    const messages = Array.from({ length: 1 + Math.floor(random() * MOST_BATCH) }, (_, j) => ({
      content: `Batch ${n} of sender ${sender}, line ${j}: the tide was ${n % 7} fingers high`,
      message_id: `${sender}-${n}-${j}`,
    }));
    for (let again = random() < 0.1 ? 2 : 1; again > 0; ) {
      const answer = await client.send('POST', '/messages', { user_id: user, messages }).catch(() => null);
      if (answer?.ok && (await answer.text().catch(() => null)) !== null) again--;
      else if (answer && !answer.ok && answer.status < 500) {
        load.refused.push(`refused: ${answer.status}`);
        return;
      } else await sleep(100);
    }
    load.sent += messages.length;
    for (const { message_id } of messages) load.acknowledged.get(user)!.add(message_id);
    await sleep(SENDER_PAUSE_MS);
  }
}

async function verdict(client: ServerClient, load: Load, report: Report): Promise<string[]> {
  const wrong: string[] = [];
  let [lost, doubled, equal, total] = [0, 0, 0, 0];
  for (const user of USERS) {
    const ids = (await client.messages(user)).map(({ message_id }) => message_id);
    const kept = new Set(ids);
    total += ids.length;
    doubled += ids.length - kept.size;
    for (const id of load.acknowledged.get(user)!) if (!kept.has(id)) lost++;
    const answer = await reconcile(client, user);
    if (answer.equal) equal += held(answer);
    else wrong.push(`${user}: object and Postgres differ: ${JSON.stringify(answer)}`);
  }
  report({ metric: 'messages', value: total, unit: 'messages', n: load.sent });
  report({ metric: 'lost', value: lost, unit: 'messages', n: load.sent, baseline: 0 });
  report({ metric: 'duplicated', value: doubled, unit: 'messages', n: load.sent, baseline: 0 });
  report({ metric: 'equal', value: equal, unit: 'rows', n: USERS.length });
  if (lost > 0) wrong.push(`${lost} acknowledged messages are lost`);
  if (doubled > 0) wrong.push(`${doubled} messages are there more than once`);
  return wrong;
}
