import { execFileSync } from 'node:child_process';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { dayCurve } from '../../scripts/capacity/day-curve.ts';
import { demandOf, LIMITS, metAt, nearest } from '../../scripts/capacity/limits.ts';
import { type OutboxModel, type OutboxResult, simulateOutbox } from '../../scripts/capacity/simulate-outbox.ts';
import { TimeQueue } from '../../scripts/capacity/time-queue.ts';
import type { Workload } from '../../scripts/cost/model.ts';
import { seeded } from '../../src/statistics/seeded.ts';

/** M/M/c: one queue, nothing gathered, no batches, an even load. */
const MMC: OutboxModel = {
  ...{ rate: 8, peakFactor: 1, duration: 10_000, gather: 0, consumers: 10, seed: 7, budget: 1e9 },
  batch: { size: 1, wait: 0 },
  service: { mean: 1, variation: 'exponential' },
};
const DAY: OutboxModel = {
  ...{ rate: 2, peakFactor: 3, duration: 86_400, gather: 2, consumers: 20, seed: 1, budget: 1e9 },
  batch: { size: 10, wait: 1 },
  service: { mean: 0.2, variation: 1 },
};

/** Mean wait of M/M/c by Erlang's C formula. */
function erlangWait(rate: number, mean: number, servers: number): number {
  const load = rate * mean;
  let [term, sum] = [1, 0];
  for (let k = 0; k < servers; k++) {
    sum += term;
    term *= load / (k + 1);
  }
  const waits = (term * servers) / (servers - load);
  return (waits / (sum + waits)) * (mean / (servers - load));
}

describe('the simulated outbox', () => {
  it.for([
    [3, 1, 5],
    [14, 0.1, 2],
    [0.5, 1, 1],
  ] as const)('waits as Erlang says at %d messages a second, %d s each, %d consumers', ([rate, mean, consumers]) => {
    const model = { ...MMC, rate, consumers, duration: 60_000 / rate };
    const runs = [1, 2, 3, 4].map((seed) =>
      simulateOutbox({ ...model, seed, service: { mean, variation: 'exponential' } }),
    );
    const average = (of: (run: OutboxResult) => number) => runs.reduce((sum, run) => sum + of(run), 0) / runs.length;
    expect(average(({ meanWait }) => meanWait) / erlangWait(rate, mean, consumers)).toBeCloseTo(1, 1);
    expect(average(({ utilisation }) => utilisation)).toBeCloseTo((rate * mean) / consumers, 2);
  });

  it('has a lag of gathering, waiting for a batch and its service where nobody queues', () => {
    const { lag } = simulateOutbox({ ...DAY, rate: 0.01, service: { mean: 0.2, variation: 0 } });
    expect(lag.p50).toBeCloseTo(2 + 1 + 0.2, 6);
  });

  it('loses nothing in an outage, lags by its length, and catches up', () => {
    const outage = { from: 72_000, to: 72_600, failAfter: 1 };
    const away = simulateOutbox({ ...DAY, outage });
    const without = simulateOutbox(DAY);
    expect(away.longestLag).toBeGreaterThan(600);
    expect(away.longestLag).toBeLessThan(600 + 300 + 60);
    expect(away.drain).toBeGreaterThan(0);
    expect(away.drain).toBeLessThan(360);
    expect(away.backlog).toBeGreaterThan(0.9 * 3 * DAY.rate * 600);
    expect(without.backlog).toBeLessThan(100);
    expect(away.messages).toBeGreaterThan(0.97 * DAY.rate * DAY.duration);
  });

  it('is the same each time', () => {
    const short = { ...DAY, duration: 3_600 };
    expect(simulateOutbox(short)).toEqual(simulateOutbox(short));
  });

  it('errs on the safe side when only a share is simulated', () => {
    const whole = simulateOutbox({ ...MMC, consumers: 20, rate: 18 });
    const tenth = simulateOutbox({ ...MMC, consumers: 20, rate: 18, budget: (18 * MMC.duration) / 10 });
    expect(tenth.share).toBeCloseTo(0.1, 6);
    expect(tenth.meanWait).toBeGreaterThan(whole.meanWait);
  });
});

describe('the curve of a day', () => {
  it.for([1, 1.5, 3, 6])('is one on average and %d at 20:00', (peak) => {
    const curve = dayCurve(peak);
    let sum = 0;
    for (let second = 0; second < 86_400; second += 60) sum += curve(second);
    expect(sum / 1_440).toBeCloseTo(1, 6);
    expect(curve(72_000)).toBeCloseTo(peak, 6);
    expect(curve(28_800)).toBeLessThanOrEqual(1);
  });
});

describe('TimeQueue', () => {
  it('gives back everything, soonest first', () => {
    const random = seeded(3);
    const queue = new TimeQueue<number>();
    const times = Array.from({ length: 500 }, () => Math.floor(100 * random()));
    for (const time of times) queue.add(time, time);
    const given = times.map(() => queue.take());
    expect(given).toEqual(times.toSorted((a, b) => a - b));
    expect([queue.take(), queue.nextAt]).toEqual([undefined, Number.POSITIVE_INFINITY]);
  });
});

describe('the limits', () => {
  const load: Workload = {
    ...{ users: 1_000, messagesPerDay: 50, contextsPerDay: 25, sessionsPerDay: 5, months: 12, embedding: 'onnx' },
  };
  const limit = (name: string) => LIMITS.find((one) => one.name === name)!;

  it('are published, with the page and its date', () => {
    for (const { source, asOf, value } of LIMITS) {
      expect(source).toMatch(/^https:\/\/(developers\.cloudflare\.com|neon\.com)\//);
      expect(asOf).toMatch(/^202\d-\d\d-\d\d$/);
      expect(value).toBeGreaterThan(0);
    }
  });

  it('are far away for a thousand users', () => {
    for (const { share } of nearest(demandOf(load))) expect(share).toBeLessThan(0.8);
  });

  it('are met where as much is asked for as there is', () => {
    const queue = limit('messages through a queue');
    // 5,000 a second, at three times the average of 50 a day
    expect(metAt(queue, load)).toBeCloseTo((5_000 * 86_400) / (3 * 50), -1);
    expect(metAt(limit('memory of an isolate'), load)).toBe(Number.POSITIVE_INFINITY);
  });

  it('move away with more queues', () => {
    const queue = limit('messages through a queue');
    expect(queue.asked(demandOf(load, 4))).toBeCloseTo(queue.asked(demandOf(load)) / 4, 9);
  });

  it('stand nearest first', () => {
    const shares = nearest(demandOf({ ...load, users: 1e7 })).map(({ share }) => share);
    expect(shares).toEqual(shares.toSorted((a, b) => b - a));
  });
});

describe('npm run capacity', () => {
  it('says which limits are met, and labels what it has simulated', () => {
    const script = path.join(import.meta.dirname, '../../scripts/capacity.ts');
    const text = execFileSync(process.execPath, [script, '--users', '10000000'], { encoding: 'utf8' });
    expect(text).toMatch(/messages through a queue .*met at 2\.88 M users/);
    expect(text).toMatch(/SYNC_QUEUES/);
    expect(text).toMatch(/simulated, not measured/);
    expect(text).toMatch(/Postgres away for ten minutes .* drained \d+ s after it is back/);
  });
});
