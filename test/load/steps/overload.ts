import { setTimeout as sleep } from 'node:timers/promises';
import { percentile } from '../analysis.ts';
import { httpClients } from '../http-clients.ts';
import { Ledger } from '../ledger.ts';
import { drained, seed, sentence, storedMessages, userName } from '../people.ts';
import { statsOf } from '../process-stats.ts';
import { reportTimes, type Stage } from '../stage.ts';

const PEOPLE = 500;
const CALM_CLIENTS = 50;
const CALM_SECONDS = 8;
/**
 * Bound of requests in flight, far below the published one: a local workerd leaves a larger crowd waiting in the kernel,
 * where the Worker cannot see it.
 */
const BOUND = 64;
/** Rude: who is refused comes again soon, whatever the server asked for. */
const CROWD = 1_000;
const CROWD_SECONDS = 30;
const CROWD_PAUSE_MS = 500;
const LONGEST_RECOVERY_MS = 60_000;

/** Far more clients than can be served: what is refused is told when to come again, what is accepted is kept. */
export async function overloadStep(stage: Stage): Promise<void> {
  const people = stage.options.users ?? PEOPLE;
  const ledger = new Ledger();
  const send = (clients: number, seconds: number, series: string, pauseMs?: number) => {
    stage.note(`${clients} clients for ${seconds} s`);
    return httpClients({
      url: () => `${stage.product.url}/api/v1/message`,
      key: stage.product.key,
      clients,
      seconds,
      series,
      ledger,
      ...(pauseMs === undefined ? {} : { pauseMs }),
      body: (client, k, name) =>
        JSON.stringify({ user_id: userName(client % people), message_id: name, content: sentence(client, k) }),
    });
  };
  await stage.restart('product', { MAX_IN_FLIGHT: String(BOUND) });
  await seed(stage.api, people);
  const calm = await send(CALM_CLIENTS, CALM_SECONDS, 'calm');
  const before = statsOf(stage.product.workerd).rssMiB;
  const crowd = await send(CROWD, CROWD_SECONDS, 'crowd', CROWD_PAUSE_MS);
  const peak = statsOf(stage.product.workerd).rssMiB;

  const over = performance.now();
  const usual = percentile(calm.latencies, 0.95);
  let recovery = Number.NaN;
  for (let i = 0; performance.now() - over < LONGEST_RECOVERY_MS && Number.isNaN(recovery); i++) {
    const probe = await send(CALM_CLIENTS, 1, `probe${i}`);
    const isWell = probe.refused.size === 0 && percentile(probe.latencies, 0.95) <= 2 * usual;
    if (isWell) recovery = (performance.now() - over) / 1_000 - 1;
    else await sleep(500);
  }
  const wait = stage.options.drainMinutes * 60_000;
  const drain = await drained(stage.api, people, people + ledger.acknowledgedCount, wait, stage.note);
  stage.note('looking into every store');
  const balance = ledger.balance(await storedMessages(stage.api, people));

  const count = (...statuses: number[]) => statuses.reduce((sum, status) => sum + (crowd.refused.get(status) ?? 0), 0);
  const all = [...crowd.refused.values()].reduce((sum, some) => sum + some, 0);
  const report = (metric: string, value: number, unit: string, n: number, baseline: number | null = null) =>
    stage.report({ metric: `overload/${metric}`, value, unit, n, baseline });
  report('lost', balance.lost, 'messages', balance.acknowledged, 0);
  report('duplicated', balance.duplicated, 'messages', balance.acknowledged, 0);
  report('shed', count(429, 503), 'requests', crowd.accepted + all);
  report('shed/without-retry-after', crowd.withoutRetryAfter, 'requests', count(429, 503), 0);
  report('errors', all - count(429, 503), 'requests', crowd.accepted + all, 0);
  reportTimes(stage, 'overload/', crowd.latencies, calm.latencies);
  report('rate', crowd.accepted / crowd.seconds, 'messages/s', crowd.accepted, calm.accepted / calm.seconds);
  report('recovery', recovery, 's', 1);
  report('memory/growth', peak - before, 'MiB', 1);
  report('drain', drain.seconds, 's', balance.acknowledged);
  report('unprocessed', drain.unprocessed + drain.failed, 'messages', balance.acknowledged, 0);
}
