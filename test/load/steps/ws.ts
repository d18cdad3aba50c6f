import { percentile, sorted } from '../analysis.ts';
import { drained, seed, socketUrl, spoken, storedMessages } from '../people.ts';
import { statsOf } from '../process-stats.ts';
import type { RunningApp } from '../served.ts';
import { reportTimes, type Stage } from '../stage.ts';
import { type WsResult, wsUsers } from '../ws-users.ts';

const USERS = 1_000;
const EVERY_MS = 1_000;
const SECONDS = 60;
const FLOOR_SECONDS = 30;
/** Of each app, before its times count: connecting has woken everybody at once. */
const WARM_UP_SECONDS = 20;

interface Talked {
  result: WsResult;
  /** CPU of workerd and of the driver for each message, ms */
  serverMs: number;
  driverMs: number;
}

/**
 * 1,000 people, each with a socket and an object of their own, say one message a second for a minute. The floor app is
 * measured before and after, with the same driver, while the product rests.
 */
export async function wsStep(stage: Stage): Promise<void> {
  const users = stage.options.users ?? USERS;
  const say = async (app: RunningApp, series: string, seconds: number): Promise<Talked> => {
    stage.note(`${users} people say a message a second to the ${app.name} for ${seconds} s`);
    const [server, driver] = [statsOf(app.workerd).cpuMs, process.cpuUsage()];
    const load = {
      users,
      everyMs: EVERY_MS,
      seconds,
      warmUpSeconds: WARM_UP_SECONDS,
      say: spoken,
      series,
      key: app.key,
    };
    const result = await wsUsers({ ...load, url: socketUrl(app) });
    const { user, system } = process.cpuUsage(driver);
    const messages = result.ledger.acknowledgedCount;
    const serverMs = (statsOf(app.workerd).cpuMs - server) / messages;
    return { result, serverMs, driverMs: (user + system) / 1_000 / messages };
  };

  stage.note(`making ${users} people`);
  await seed(stage.api, users);
  const wait = stage.options.drainMinutes * 60_000;
  await drained(stage.api, users, users, wait, stage.note);
  const before = await say(stage.floor, 'before', FLOOR_SECONDS);
  const product = await say(stage.product, 'load', SECONDS);
  const { ledger } = product.result;
  const drain = await drained(stage.api, users, users + ledger.acknowledgedCount, wait, stage.note);
  stage.note('looking into every store');
  const balance = ledger.balance(await storedMessages(stage.api, users));
  const after = await say(stage.floor, 'after', FLOOR_SECONDS);

  const floor = sorted([...before.result.latencies, ...after.result.latencies]);
  const { latencies, lateness, seconds, dropped } = product.result;
  const report = (metric: string, value: number, unit: string, n: number, baseline: number | null = null) =>
    stage.report({ metric: `ws-1000/${metric}`, value, unit, n, baseline });
  report('lost', balance.lost, 'messages', balance.sent, 0);
  report('duplicated', balance.duplicated, 'messages', balance.sent, 0);
  report('errors', balance.errors + dropped, 'messages', balance.sent, 0);
  reportTimes(stage, 'ws-1000/', latencies, floor);
  report('rate', balance.acknowledged / seconds, 'messages/s', balance.acknowledged, users * (1_000 / EVERY_MS));
  report('ratio-p95', percentile(latencies, 0.95) / percentile(floor, 0.95), 'x floor', latencies.length, 1.5);
  report('drain', drain.seconds, 's', balance.acknowledged);
  report('unprocessed', drain.unprocessed + drain.failed, 'messages', balance.acknowledged, 0);
  const floorMs = (before.serverMs + after.serverMs) / 2;
  report('cpu/server', product.serverMs, 'ms/message', balance.acknowledged, floorMs);
  report('cpu/driver', product.driverMs, 'ms/message', balance.acknowledged);
  report('lateness/p95', percentile(lateness, 0.95), 'ms', lateness.length);
  stage.plot('Acknowledgement time, 1,000 WebSocket users', 'ms', [
    { name: 'product', points: curveOf(latencies) },
    { name: 'floor app', points: curveOf(floor) },
  ]);
}

/** [share of messages in %, ms]: how long the slowest take, up to the 99.5th percentile. */
export const curveOf = (times: Float64Array): [number, number][] =>
  Array.from({ length: 200 }, (_, i) => [i / 2, percentile(times, Math.max(0.001, i / 200))]);
