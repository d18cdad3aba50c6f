import { execFileSync, spawnSync } from 'node:child_process';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { bill, charge, computeUnits, total, type Workload } from '../../scripts/cost/model.ts';
import { GOAL_DOLLARS, PRICES, STARTING_DESIGN_DOLLARS } from '../../scripts/cost/prices.ts';

const LOAD: Workload = {
  ...{ users: 1_000, messagesPerDay: 50, contextsPerDay: 25, sessionsPerDay: 5, months: 12, embedding: 'workers-ai' },
};
const SCRIPT = path.join(import.meta.dirname, '../../scripts/cost.ts');
const lineOf = (load: Workload, name: string) => bill(load).find((line) => line.name === name)!;

describe('prices', () => {
  // Cloudflare's own examples on its pricing pages, before it rounds up to whole units
  it.for([
    ['15 million requests', PRICES.workerRequest, 15e6, 1.5],
    ['7 ms of CPU for each of them', PRICES.workerCpu, 105e6, 1.5],
    ['90 million queue operations', PRICES.queueOperation, 90e6, 35.6],
    ['1.5 million requests to objects', PRICES.objectRequest, 1.5e6, 0.075],
    ['a million seconds of one object', PRICES.objectDuration, 128_000, 0],
    ['100 objects at work all month', PRICES.objectDuration, 33_177_600, 409.72],
  ] as const)('charge for %s what the price list says', ([, price, quantity, dollars]) => {
    expect(charge(price, quantity)).toBeCloseTo(dollars, 2);
  });

  it('name their page and its date', () => {
    for (const { source, asOf } of Object.values(PRICES)) {
      expect(source).toMatch(/^https:\/\/(developers\.cloudflare\.com|neon\.com)\//);
      expect(asOf).toMatch(/^202\d-\d\d-\d\d$/);
    }
  });
});

describe('the bill', () => {
  it('stays within the goal for 1,000 users with 50 messages a day, and far below the starting design', () => {
    expect(total(bill(LOAD))).toBeLessThan(GOAL_DOLLARS);
    expect(GOAL_DOLLARS).toBe(STARTING_DESIGN_DOLLARS / 10);
  });

  it('has a line for everything that has a price', () => {
    expect(bill(LOAD).map(({ name }) => name)).toEqual(Object.keys(PRICES));
  });

  it('can be followed from the numbers of a line to its quantity', () => {
    const { formula, quantity } = lineOf(LOAD, 'rowsWritten');
    const [messages, rows, alarms, saves, families, alarm] = [...formula.matchAll(/[\d.]+/g)].map(Number);
    expect(quantity / (messages! * 1e6 * (rows! + alarms!) + saves! * 1e3 * (families! + alarm!))).toBeCloseTo(1, 2);
  });

  it('is for the plan alone where nobody writes, but for a database that waits', () => {
    const idle = { ...LOAD, users: 0 };
    expect(total(bill(idle))).toBeCloseTo(5 + 0.25 * 720 * 0.106, 6);
  });

  it('grows no faster than the users, once nothing is free any more', () => {
    const [one, two] = [1e7, 2e7].map((users) => total(bill({ ...LOAD, users })));
    expect(two! / one!).toBeCloseTo(2, 2);
  });

  it('moves the work of embedding from neurons to CPU with the model in the Worker', () => {
    const local: Workload = { ...LOAD, embedding: 'onnx' };
    expect(lineOf(local, 'neurons').quantity).toBe(0);
    expect(lineOf(local, 'workerCpu').quantity).toBeGreaterThan(lineOf(LOAD, 'workerCpu').quantity);
  });
});

describe('computeUnits', () => {
  it('is a quarter at least, and has room for the busiest hour', () => {
    expect(computeUnits(0)).toBe(0.25);
    const perSecond = 1_000;
    expect(computeUnits(2 * perSecond) / computeUnits(perSecond)).toBeCloseTo(2, 1);
  });
});

describe('npm run cost', () => {
  const run = (...args: string[]) => execFileSync(process.execPath, [SCRIPT, ...args], { encoding: 'utf8' });

  it('prints every line with its source, and the starting design beside the sum', () => {
    const text = run('--users', '1000', '--messages-per-day', '50');
    for (const { source } of Object.values(PRICES)) expect(text).toContain(source);
    expect(text).toMatch(/1400\.00 USD {2}the starting design/);
  });

  it('prints one JSON object', () => {
    const { total: sum, lines } = JSON.parse(run('--users', '10', '--json'));
    expect(sum).toBeCloseTo(
      lines.reduce((all: number, line: { dollars: number }) => all + line.dollars, 0),
      9,
    );
  });

  it('refuses what is no number', () => {
    const { status, stderr } = spawnSync(process.execPath, [SCRIPT, '--users', 'many'], { encoding: 'utf8' });
    expect([status, stderr.split('\n')[0]]).toEqual([1, 'palimpsest: "many" is no number from 0 up']);
  });
});
