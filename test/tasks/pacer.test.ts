import { expect, it } from 'vitest';
import { Pacer } from '../../src/tasks/pacer.ts';
import { BUSY_BATCH, MICRO_BATCH } from '../../src/tasks/process.ts';

const NOW = 1_000_000;
/** Messages arrive evenly for two seconds, until `NOW`. */
function arriving(perSecond: number): Pacer {
  const pacer = new Pacer();
  for (let i = 2 * perSecond; i >= 0; i--) pacer.accepted(NOW - (1_000 * i) / perSecond);
  return pacer;
}
/** Starts of the slots that so many objects get, in ms from now. */
const starts = (pacer: Pacer, objects: number, now = NOW) =>
  Array.from({ length: objects }, () => pacer.reserve(now, 1).at - now);

it('lets work begin at once where nothing is planned, however many messages arrive', () => {
  for (const rate of [1, 100, 1_000]) expect(arriving(rate).reserve(NOW, 1).at).toBe(NOW);
});

it('gives objects their turns in order of asking', () => {
  const given = starts(arriving(500), 20);
  expect(given).toEqual([...given].sort((a, b) => a - b));
  expect(new Set(given).size).toBe(20);
});

it('leaves background work a smaller share the more messages arrive, and never none', () => {
  const gap = (rate: number) => starts(arriving(rate), 2)[1]!;
  const gaps = [10, 50, 100, 200, 1_000, 10_000].map(gap);
  expect(gaps).toEqual([...gaps].sort((a, b) => a - b));
  expect(gap(10)).toBeLessThan(7);
  expect(gap(1_000)).toBeGreaterThan(20 * gap(10));
  expect(gap(10_000)).toBe(gap(1_000));
});

it('takes whole batches when nothing arrives, smaller ones while messages do, and one at a time when many do', () => {
  const calm = arriving(100);
  expect(calm.batch(NOW + 5_000, false)).toBe(MICRO_BATCH);
  expect([arriving(50).batch(NOW, true), arriving(50).batch(NOW, false)]).toEqual([MICRO_BATCH, BUSY_BATCH]);
  expect(arriving(1_000).batch(NOW, true)).toBe(1);
});

it('plans anew when no more messages arrive', () => {
  const pacer = arriving(1_000);
  const planned = Array.from({ length: 100 }, () => pacer.reserve(NOW, 1));
  const later = NOW + 5_000;
  const slot = pacer.check(planned.at(-1)!, later, 1);
  expect(planned.at(-1)!.at).toBeGreaterThan(NOW + 10_000);
  expect(slot.at).toBe(later);
  expect(pacer.check(slot, later, 1)).toBe(slot);
});

it('does not take a stream that background work has held up for its end', () => {
  const pacer = arriving(100);
  expect([pacer.isBusy(NOW + 1_000), pacer.isBusy(NOW + 5_000)]).toEqual([true, false]);
});

it('plans anew when messages begin to arrive', () => {
  const pacer = new Pacer();
  const slot = pacer.reserve(NOW, 1);
  for (let i = 0; i < 500; i++) pacer.accepted(NOW);
  expect(pacer.check(slot, NOW, 1).plan).not.toBe(slot.plan);
});

it('spaces batches by what texts have cost lately', () => {
  const gapAfter = (ms: number) => {
    const pacer = new Pacer();
    for (let i = 0; i < 50; i++) pacer.worked(16, 16 * ms);
    return starts(pacer, 2)[1]!;
  };
  expect(gapAfter(40) / gapAfter(4)).toBeCloseTo(10, 0);
});

it('lets objects save one after another while messages arrive, and all of them at once when none do', () => {
  const pacer = arriving(100);
  expect([0, 10, 39, 40, 41].map((ms) => pacer.maySave(NOW + ms))).toEqual([true, false, false, true, false]);
  expect([0, 0].map(() => pacer.maySave(NOW + 60_000))).toEqual([true, true]);
});
