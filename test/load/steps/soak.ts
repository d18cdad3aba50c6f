import { setTimeout as sleep } from 'node:timers/promises';
import { type Slope, slopeOf } from '../analysis.ts';
import { Ledger } from '../ledger.ts';
import { statsOf } from '../process-stats.ts';
import type { Stage } from '../stage.ts';
import { type Books, EVERY_MS, MESSAGES_EACH, visitFloor, visitProduct } from '../visits.ts';

/** People who talk at any time; each leaves after a while, and another comes … */
const PRESENT = 40;
/** … of so many, who come back every few minutes, when their objects have long been asleep. */
const TOWN = 400;
/** Of `--minutes`, before memory is looked at: caches fill, the optimiser runs. */
const WARM_UP_SHARE = 1 / 3;
const LOOK_EVERY_MS = 2_000;

interface Held {
  rssMiB: number;
  handles: number;
}

interface Look {
  minutes: number;
  /** of the product, ended so far */
  visits: number;
  product: Held;
  floor: Held;
}

/**
 * People come, talk for twenty seconds, look something up, and go, for `--minutes`; all have been there some times when the
 * warm-up ends. Whoever is awake is held in memory with all they have said, so each asks to be forgotten every third time:
 * nobody's history grows on, and what grows in memory is a leak. Each visit is paid to the floor app at the same time: what
 * grows there as well is the runtime's.
 */
export async function soakStep(stage: Stage): Promise<void> {
  const { minutes } = stage.options;
  const began = performance.now();
  const until = began + minutes * 60_000;
  const product: Books = { ledger: new Ledger(), visits: 0, errors: 0 };
  const floor: Books = { ledger: new Ledger(), visits: 0, errors: 0 };
  let next = 0;
  const present = async (seat: number) => {
    await sleep((seat * MESSAGES_EACH * EVERY_MS) / PRESENT);
    while (performance.now() < until) {
      const nth = next++;
      const visit = { person: nth % TOWN, before: Math.floor(nth / TOWN) };
      await Promise.all([
        visitProduct(stage.product, stage.api, visit, product),
        visitFloor(stage.floor, visit, floor),
      ]);
    }
  };
  const looks: Look[] = [];
  const look = async () => {
    while (performance.now() < until) {
      const one: Look = {
        minutes: (performance.now() - began) / 60_000,
        visits: product.visits,
        product: statsOf(stage.product.workerd),
        floor: statsOf(stage.floor.workerd),
      };
      looks.push(one);
      if (looks.length % 30 === 0) stage.note(noteOf(one));
      await sleep(LOOK_EVERY_MS);
    }
  };
  await Promise.all([look(), ...Array.from({ length: stage.options.users ?? PRESENT }, (_, seat) => present(seat))]);
  reportBooks(stage, product, floor);
  reportGrowth(stage, looks);
  stage.plot('Soak: memory of workerd', 'MiB', [
    { name: 'product', points: looks.map((one) => [one.minutes, one.product.rssMiB]) },
    { name: 'floor app', points: looks.map((one) => [one.minutes, one.floor.rssMiB]) },
  ]);
}

const noteOf = ({ minutes, visits, product, floor }: Look) =>
  `${minutes.toFixed(0)} min, ${visits} visits: ${product.rssMiB.toFixed(0)} MiB, ${product.handles} handles; ` +
  `floor app ${floor.rssMiB.toFixed(0)} MiB, ${floor.handles}`;

function reportBooks(stage: Stage, product: Books, floor: Books): void {
  const [ours, theirs] = [product.ledger.balance(null), floor.ledger.balance(null)];
  const report = reporter(stage);
  report('errors', ours.sent - ours.acknowledged + product.errors, 'messages', ours.sent, 0);
  report('floor/errors', theirs.sent - theirs.acknowledged + floor.errors, 'messages', theirs.sent, 0);
  report('rate', ours.acknowledged / (stage.options.minutes * 60), 'messages/s', ours.acknowledged);
  report('sessions', product.visits, 'visits', product.visits, floor.visits);
}

function reportGrowth(stage: Stage, looks: readonly Look[]): void {
  const report = reporter(stage);
  const warm = looks.filter((one) => one.minutes >= stage.options.minutes * WARM_UP_SHARE);
  const anHour = (pick: (look: Look) => number) => slopeOf(warm.map((one) => [one.minutes / 60, pick(one)]));
  const aVisit = (pick: (look: Look) => number) => slopeOf(warm.map((one) => [one.visits, pick(one) * 1_024]));
  const memory = (one: Look) => one.product.rssMiB;
  const floorMemory = (one: Look) => one.floor.rssMiB;
  const difference = (one: Look) => memory(one) - floorMemory(one);
  reportSlope('memory', 'MiB/h', anHour(memory));
  reportSlope('floor/memory', 'MiB/h', anHour(floorMemory));
  reportSlope('difference/memory', 'MiB/h', anHour(difference));
  reportSlope('memory/a-visit', 'KiB/visit', aVisit(memory));
  reportSlope('floor/memory/a-visit', 'KiB/visit', aVisit(floorMemory));
  reportSlope('difference/memory/a-visit', 'KiB/visit', aVisit(difference));
  reportSlope(
    'handles',
    'handles/h',
    anHour((one) => one.product.handles),
  );
  const last = looks.at(-1);
  report('memory/end', last?.product.rssMiB ?? Number.NaN, 'MiB', looks.length, last?.floor.rssMiB ?? null);

  /** `grows` is 1 where the interval of the slope lies wholly above 0. */
  function reportSlope(name: string, unit: string, slope: Slope | null): void {
    if (!slope) return;
    report(`${name}/slope`, slope.slope, unit, slope.n, 0);
    report(`${name}/slope-low`, slope.low, unit, slope.n);
    report(`${name}/slope-high`, slope.high, unit, slope.n);
    report(`${name}/grows`, slope.low > 0 ? 1 : 0, '0 or 1', slope.n, 0);
  }
}

const reporter =
  (stage: Stage) =>
  (metric: string, value: number, unit: string, n: number, baseline: number | null = null): void =>
    stage.report({ metric: `soak/${metric}`, value, unit, n, baseline });
