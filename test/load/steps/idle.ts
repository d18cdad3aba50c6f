import { setTimeout as sleep } from 'node:timers/promises';
import type { WebSocket } from 'ws';
import { drained, seed, socketUrl, spoken } from '../people.ts';
import { type ProcessStats, statsOf } from '../process-stats.ts';
import type { RunningApp } from '../served.ts';
import type { Stage } from '../stage.ts';
import { connectAll } from '../ws-users.ts';

const USERS = 2_000;
/**
 * So slowly that, as in a normal day, a few hundred are awake at once: an allocator keeps what the most at once needed, and
 * this is about who sleeps.
 */
const GROUP = 25;
const GROUP_EVERY_MS = 1_000;
/** workerd lets an object sleep 10 s after its last event. */
const LONGEST_SETTLE_MS = 90_000;
const WOKEN = 50;
const REST_MS = 15_000;

interface Idle {
  memoryKiB: number;
  /** open file handles a user once all sleep: a socket has one, an object that is awake has its database's too */
  handles: number;
  handlesAwake: number;
  woken: number;
  stillOpen: number;
  points: [number, number][];
}

/**
 * 2,000 people connect and say nothing. The product starts anew for it, so that nothing of making them is left; memory
 * counts from what each app holds with nobody in it.
 */
export async function idleStep(stage: Stage): Promise<void> {
  const users = stage.options.users ?? USERS;
  await sleep(REST_MS); // what starting leaves behind is collected
  const [emptyProduct, emptyFloor] = [statsOf(stage.product.workerd), statsOf(stage.floor.workerd)];
  stage.note(`making ${users} people`);
  await seed(stage.api, users);
  await drained(stage.api, users, users, stage.options.drainMinutes * 60_000, stage.note);
  await stage.restart('product');
  const product = await idle(stage, stage.product, users, emptyProduct);
  const floor = await idle(stage, stage.floor, users, emptyFloor);
  const report = (metric: string, value: number, unit: string, n: number, baseline: number | null = null) =>
    stage.report({ metric: `idle-2000/${metric}`, value, unit, n, baseline });
  report('memory', product.memoryKiB, 'KiB/user', users, floor.memoryKiB);
  report('ratio-memory', product.memoryKiB / floor.memoryKiB, 'x floor', users, 1.2);
  report('handles/awake', product.handlesAwake, 'a user', users, floor.handlesAwake);
  report('handles/asleep', product.handles, 'a user', users, floor.handles);
  report('open', product.stillOpen, 'sockets', users, users);
  report('woken', product.woken, 'of ' + WOKEN, WOKEN, WOKEN);
  report('errors', users - product.stillOpen + WOKEN - product.woken, 'users', users, 0);
  stage.plot('Memory of workerd while 2,000 users connect and sleep', 'MiB', [
    { name: 'product', points: product.points },
    { name: 'floor app', points: floor.points },
  ]);
}

/** @param base the app as it began, with nobody in it */
async function idle(stage: Stage, app: RunningApp, users: number, base: ProcessStats): Promise<Idle> {
  await sleep(REST_MS); // alarms that were due while it was down have rung
  stage.note(`${users} people connect to the ${app.name}`);
  const began = performance.now();
  const points: [number, number][] = [];
  let handlesAwake = 0;
  const look = () => {
    const { rssMiB, handles } = statsOf(app.workerd);
    handlesAwake = Math.max(handlesAwake, handles - base.handles);
    points.push([(performance.now() - began) / 1_000, rssMiB]);
    return handles - base.handles;
  };
  const sockets: WebSocket[] = [];
  const url = socketUrl(app);
  try {
    for (let first = 0; first < users; first += GROUP) {
      const due = began + (first / GROUP) * GROUP_EVERY_MS - performance.now();
      if (due > 0) await sleep(due);
      const group = Math.min(GROUP, users - first);
      sockets.push(...(await connectAll({ url: (user) => url(first + user), key: app.key, users: group })));
      look();
    }
    for (const socket of sockets) socket.on('error', () => {});
    const connected = performance.now();
    let handles = look();
    // asleep: no more files open than sockets, or no change any more
    while (performance.now() - connected < LONGEST_SETTLE_MS && handles > 1.2 * users) {
      await sleep(2_000);
      handles = look();
    }
    await sleep(5_000);
    handles = look();
    const memoryKiB = ((statsOf(app.workerd).rssMiB - base.rssMiB) * 1_024) / users;
    const woken = await wake(sockets.slice(0, WOKEN));
    const stillOpen = sockets.filter((socket) => socket.readyState === socket.OPEN).length;
    return { memoryKiB, handles: handles / users, handlesAwake: handlesAwake / users, woken, stillOpen, points };
  } finally {
    for (const socket of sockets) socket.terminate();
  }
}

/** @returns how many acknowledge a message */
async function wake(sockets: readonly WebSocket[]): Promise<number> {
  const answers = sockets.map(
    (socket, user) =>
      new Promise<number>((resolve) => {
        socket.on('message', (data) => String(data).startsWith('{"type":"ack"') && resolve(1));
        socket.send(spoken(user, 1, `wake-${user}`));
        void sleep(10_000, undefined, { ref: false }).then(() => resolve(0));
      }),
  );
  return (await Promise.all(answers)).reduce((sum, one) => sum + one, 0);
}
