import { setTimeout as sleep } from 'node:timers/promises';
import { type InUse, inUseOf } from '../in-use.ts';
import { statsOf } from '../process-stats.ts';
import type { Stage } from '../stage.ts';
import { type Moment, openTown, reportGrowth, reportTown } from '../town.ts';

const LOOKS_A_MINUTE = 2;

interface Look extends Moment {
  product: InUse;
  floor: InUse;
}

/**
 * The people of `soak`, and what the apps use, with all garbage collected: what grows here is held for good. The collections
 * change how memory grows that the operating system sees, which is what `soak` is for.
 */
export async function leakStep(stage: Stage): Promise<void> {
  const { minutes } = stage.options;
  const began = performance.now();
  const until = began + minutes * 60_000;
  const town = openTown(stage, until);
  const looks: Look[] = [];
  while (performance.now() < until) {
    const due = sleep(60_000 / LOOKS_A_MINUTE);
    const product = await inUseOf(stage.product);
    const floor = await inUseOf(stage.floor);
    looks.push({ minutes: (performance.now() - began) / 60_000, visits: town.product.visits, product, floor });
    if (looks.length % LOOKS_A_MINUTE === 0) stage.note(noteOf(looks.at(-1)!, statsOf(stage.product.workerd).rssMiB));
    await due;
  }
  await town.empty;
  reportTown(stage, 'leak', town);
  reportGrowth(stage, 'leak/in-use', looks, ({ product }) => total(product));
  reportGrowth(stage, 'leak/in-use/native', looks, ({ product }) => product.native);
  reportGrowth(stage, 'leak/in-use/heap', looks, ({ product }) => product.heap);
  reportGrowth(stage, 'leak/floor/in-use', looks, ({ floor }) => total(floor));
  stage.plot('Memory in use after a full collection', 'MiB', [
    { name: 'product', points: looks.map((one) => [one.minutes, total(one.product)]) },
    { name: 'floor app', points: looks.map((one) => [one.minutes, total(one.floor)]) },
  ]);
}

const total = ({ native, heap }: InUse) => native + heap;

const noteOf = ({ minutes, visits, product, floor }: Look, rssMiB: number) =>
  `${minutes.toFixed(0)} min, ${visits} visits: in use ${product.native.toFixed(1)} + ${product.heap.toFixed(1)} MiB, ` +
  `resident ${rssMiB.toFixed(0)}; floor app ${floor.native.toFixed(1)} + ${floor.heap.toFixed(1)}`;
