import { setTimeout as sleep } from 'node:timers/promises';
import { slopeOf } from './analysis.ts';
import { Ledger } from './ledger.ts';
import type { Stage } from './stage.ts';
import { type Books, EVERY_MS, MESSAGES_EACH, visitFloor, visitProduct } from './visits.ts';

/** People who talk at any time; each leaves after a while, and another comes … */
const PRESENT = 40;
/** … of so many, who come back every few minutes, when their objects have long been asleep. */
const TOWN = 400;

/** Of `--minutes`, before memory is looked at: caches fill, the optimiser runs, all have been there some times. */
const WARM_UP_SHARE = 1 / 3;

export interface Town {
  product: Books;
  floor: Books;
  /** resolves when the last of them has gone */
  empty: Promise<void>;
}

/**
 * People come, talk for twenty seconds, look something up, and go, until it is `until`. Whoever is awake is held in memory
 * with all they have said, so each asks to be forgotten every third time: nobody's history grows on, and what grows in
 * memory is a leak. Each visit is paid to the floor app at the same time: what grows there as well is the runtime's.
 *
 * @param until as `performance.now()` tells it
 */
export function openTown(stage: Stage, until: number): Town {
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
  const seats = Array.from({ length: stage.options.users ?? PRESENT }, (_, seat) => present(seat));
  return { product, floor, empty: Promise.all(seats).then(() => {}) };
}

/** What became of what they said. */
export function reportTown(stage: Stage, prefix: string, { product, floor }: Town): void {
  const [ours, theirs] = [product.ledger.balance(null), floor.ledger.balance(null)];
  const report = (metric: string, value: number, unit: string, n: number, baseline: number | null = null) =>
    stage.report({ metric: `${prefix}/${metric}`, value, unit, n, baseline });
  report('errors', ours.sent - ours.acknowledged + product.errors, 'messages', ours.sent, 0);
  report('floor/errors', theirs.sent - theirs.acknowledged + floor.errors, 'messages', theirs.sent, 0);
  report('rate', ours.acknowledged / (stage.options.minutes * 60), 'messages/s', ours.acknowledged);
  report('sessions', product.visits, 'visits', product.visits, floor.visits);
}

/** When something was looked at. */
export interface Moment {
  minutes: number;
  /** to the product, ended so far */
  visits: number;
}

/** How memory grows after the warm-up, an hour and a visit. @param pick MiB */
export function reportGrowth<L extends Moment>(
  stage: Stage,
  name: string,
  looks: readonly L[],
  pick: (look: L) => number,
): void {
  reportSlope(stage, name, 'MiB/h', looks, (one) => [one.minutes / 60, pick(one)]);
  reportSlope(stage, `${name}/a-visit`, 'KiB/visit', looks, (one) => [one.visits, pick(one) * 1_024]);
}

/** How something grows after the warm-up, with the 95 % interval; `grows` is 1 where that lies wholly above 0. */
export function reportSlope<L extends Moment>(
  stage: Stage,
  name: string,
  unit: string,
  looks: readonly L[],
  point: (look: L) => [number, number],
): void {
  const warm = looks.filter(({ minutes }) => minutes >= stage.options.minutes * WARM_UP_SHARE);
  const slope = slopeOf(warm.map(point));
  if (!slope) {
    stage.note(`${name}: too few readings for a slope`);
    return;
  }
  const report = (metric: string, value: number, unit: string, baseline: number | null = null) =>
    stage.report({ metric: `${name}/${metric}`, value, unit, n: slope.n, baseline });
  report('slope', slope.slope, unit, 0);
  report('slope-low', slope.low, unit);
  report('slope-high', slope.high, unit);
  report('grows', slope.low > 0 ? 1 : 0, '0 or 1', 0);
}
