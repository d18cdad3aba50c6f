import { setTimeout as sleep } from 'node:timers/promises';
import { statsOf } from '../process-stats.ts';
import type { Stage } from '../stage.ts';
import { type Moment, openTown, reportGrowth, reportSlope, reportTown } from '../town.ts';

const LOOK_EVERY_MS = 2_000;

interface Held {
  rssMiB: number;
  handles: number;
}

interface Look extends Moment {
  product: Held;
  floor: Held;
}

/** People come and go for `--minutes`; all the time both apps' processes are looked at from outside, as an operator would. */
export async function soakStep(stage: Stage): Promise<void> {
  const { minutes } = stage.options;
  const began = performance.now();
  const until = began + minutes * 60_000;
  const town = openTown(stage, until);
  const looks: Look[] = [];
  while (performance.now() < until) {
    const one: Look = {
      minutes: (performance.now() - began) / 60_000,
      visits: town.product.visits,
      product: statsOf(stage.product.workerd),
      floor: statsOf(stage.floor.workerd),
    };
    looks.push(one);
    if (looks.length % 30 === 0) stage.note(noteOf(one));
    await Promise.race([sleep(LOOK_EVERY_MS), town.empty]);
  }
  await town.empty;
  reportTown(stage, 'soak', town);
  reportLooks(stage, looks);
  stage.plot('Soak: memory of workerd', 'MiB', [
    { name: 'product', points: looks.map((one) => [one.minutes, one.product.rssMiB]) },
    { name: 'floor app', points: looks.map((one) => [one.minutes, one.floor.rssMiB]) },
  ]);
}

const noteOf = ({ minutes, visits, product, floor }: Look) =>
  `${minutes.toFixed(0)} min, ${visits} visits: ${product.rssMiB.toFixed(0)} MiB, ${product.handles} handles; ` +
  `floor app ${floor.rssMiB.toFixed(0)} MiB, ${floor.handles}`;

function reportLooks(stage: Stage, looks: readonly Look[]): void {
  reportGrowth(stage, 'soak/memory', looks, (one) => one.product.rssMiB);
  reportGrowth(stage, 'soak/floor/memory', looks, (one) => one.floor.rssMiB);
  reportGrowth(stage, 'soak/difference/memory', looks, (one) => one.product.rssMiB - one.floor.rssMiB);
  reportSlope(stage, 'soak/handles', 'handles/h', looks, (one) => [one.minutes / 60, one.product.handles]);
  const last = looks.at(-1);
  const [end, floorEnd] = [last?.product.rssMiB ?? Number.NaN, last?.floor.rssMiB ?? null];
  stage.report({ metric: 'soak/memory/end', value: end, unit: 'MiB', n: looks.length, baseline: floorEnd });
}
