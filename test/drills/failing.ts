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
const WARM_UP_MS = 5_000;

type Part = 'kv' | 'embedder';

/**
 * `npm run drill -- kv-failing [--seconds N]`: every operation on KV fails at once, then hangs for half a minute, while
 * messages arrive and are searched for. KV is a cache: nobody may notice.
 *
 * @returns what went wrong, a line each
 */
export const kvFailing = (args: readonly string[], report: Report) => failing('kv', args, report);

/**
 * `npm run drill -- embedder-failing [--seconds N]`: the same with the model. Messages are acknowledged, searches answer
 * by words, and vectors come when the model is back.
 *
 * @returns what went wrong, a line each
 */
export const embedderFailing = (args: readonly string[], report: Report) => failing('embedder', args, report);

function failing(part: Part, args: readonly string[], report: Report): Promise<string[]> {
  const { values } = parseArgs({
    args: [...args],
    options: { seconds: { type: 'string', default: '60' }, seed: { type: 'string', default: '20261122' } },
  });
  const ms = Number(values.seconds) * 1_000;
  return onStage({ faulty: true }, (stage) => play(stage, part, ms, seeded(Number(values.seed)), report));
}

async function play({ server, client }: Stage, part: Part, ms: number, random: () => number, report: Report) {
  const load = new Load({ client, users: USERS, senders: SENDERS, mostBatch: 4, pauseMs: PAUSE_MS, random });
  const wrong: string[] = [];
  const tell = (query: string) => fetch(`${server.url}/__faults${query}`).then((answer) => answer.text());
  await sleep(WARM_UP_MS);
  for (const fault of ['error', 'hang'] as const) {
    await tell(`?${part}=${fault}`);
    const begun = performance.now();
    while (performance.now() - begun < ms) {
      await sleep(2_000);
      wrong.push(...(await used(client, load)));
    }
    const { refused, failed } = load.report(fault, begun, report);
    if (refused + failed > 0) wrong.push(`${refused + failed} requests were refused (${fault})`);
  }
  await tell('');
  const begun = performance.now();
  await sleep(WARM_UP_MS);
  await load.stop();
  await drained(client, USERS);
  report({ metric: 'drain', value: performance.now() - begun, unit: 'ms', n: load.sent });
  return [...new Set([...load.wrong, ...wrong, ...(await verdict(client, load, report))])];
}

/** A search finds something, within the time that a request may take. */
async function used(client: Stage['client'], load: Load): Promise<string[]> {
  const user = USERS[load.sent % USERS.length]!;
  const begun = performance.now();
  const found = await client.search(user, 'how high was the tide', 3).catch((error: unknown) => String(error));
  const ms = performance.now() - begun;
  return [
    ...(typeof found === 'string' ? [`a search failed: ${found.slice(0, 200)}`] : []),
    ...(typeof found !== 'string' && found.length === 0 ? ['a search found nothing'] : []),
    ...(ms > 10_000 ? [`a search took ${Math.round(ms / 1_000)} s`] : []),
  ];
}
