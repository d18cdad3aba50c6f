import { WebSocket } from 'ws';
import { slopeOf } from '../analysis.ts';
import { seed, socketUrl } from '../people.ts';
import { statsOf } from '../process-stats.ts';
import type { RunningApp } from '../served.ts';
import type { Stage } from '../stage.ts';

const PEOPLE = 20;
const SOCKETS = 72_000;
/** Memory is looked at after so many. */
const BATCH = 600;
/** Open at once. */
const ABREAST = 6;

/**
 * Sockets are opened and closed, one after another, against each app: memory rises while the runtime's heaps grow to what
 * they allow themselves between two full collections, and stays there unless something is left of each socket.
 */
export async function socketsStep(stage: Stage): Promise<void> {
  await seed(stage.api, PEOPLE);
  for (const app of [stage.floor, stage.product]) {
    const looks: [number, number][] = [];
    for (let opened = 0; opened < SOCKETS; opened += BATCH) {
      await openAndClose(app, BATCH);
      looks.push([opened + BATCH, statsOf(app.workerd).rssMiB]);
      if (looks.length % 20 === 0)
        stage.note(`${app.name}: ${opened + BATCH} sockets, ${looks.at(-1)![1].toFixed(0)} MiB`);
    }
    const report = (metric: string, value: number, unit: string, baseline: number | null = null) =>
      stage.report({ metric: `sockets/${app.name}/${metric}`, value, unit, n: SOCKETS, baseline });
    const half = slopeOf(looks.slice(looks.length / 2).map(([sockets, mib]) => [sockets, mib * 1_024]));
    report('memory/first', looks[0]![1], 'MiB');
    report('memory/half', looks[looks.length / 2]![1], 'MiB');
    report('memory/end', looks.at(-1)![1], 'MiB');
    if (!half) continue;
    report('second-half/slope', half.slope, 'KiB/socket', 0);
    report('second-half/slope-low', half.low, 'KiB/socket');
    report('second-half/slope-high', half.high, 'KiB/socket');
  }
}

async function openAndClose(app: RunningApp, count: number): Promise<void> {
  const headers = app.key === null ? {} : { authorization: `Bearer ${app.key}` };
  const url = socketUrl(app);
  let next = 0;
  const one = async () => {
    while (next < count) {
      const socket = new WebSocket(url(next++ % PEOPLE), { headers, perMessageDeflate: false });
      await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject));
      const closed = new Promise((resolve) => socket.once('close', resolve));
      socket.close();
      await closed;
    }
  };
  await Promise.all(Array.from({ length: ABREAST }, one));
}
