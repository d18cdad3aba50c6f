import { expect, it } from 'vitest';
import { LoopLag } from '../../src/http/loop-lag.ts';

it('knows how long the last turn took, for a second', async () => {
  const lag = new LoopLag();
  await lag.measure(
    10_000,
    async () => {},
    () => 14_500,
  );
  expect([lag.get(14_500), lag.get(15_499), lag.get(15_500)]).toEqual([4_500, 4_500, 0]);
});

it('measures ten times a second at most', async () => {
  const lag = new LoopLag();
  expect(
    [10_000, 10_099, 10_100].map(
      (now) =>
        lag.measure(
          now,
          async () => {},
          () => now,
        ) !== null,
    ),
  ).toEqual([true, false, true]);
});

it('measures again where a turn never came', async () => {
  const lag = new LoopLag();
  void lag.measure(
    10_000,
    () => new Promise(() => {}),
    () => 0,
  );
  await lag.measure(
    11_000,
    async () => {},
    () => 11_020,
  );
  expect(lag.get(11_020)).toBe(20);
});

it('forgets what it measured, and measures again, where the clock was set back', async () => {
  const lag = new LoopLag();
  await lag.measure(
    1_010_000,
    async () => {},
    () => 1_014_500,
  );
  expect(lag.get(14_500)).toBe(0);
  await lag.measure(
    14_600,
    async () => {},
    () => 14_610,
  );
  expect(lag.get(14_610)).toBe(10);
});

it('takes a clock that was set forward for no lag', async () => {
  const lag = new LoopLag();
  await lag.measure(
    10_000,
    async () => {},
    () => 3_610_000,
  );
  expect(lag.get(3_610_000)).toBe(0);
});
