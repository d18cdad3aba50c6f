import { expect, it } from 'vitest';
import { seeded } from '../../src/statistics/seeded.ts';
import { percentile, slopeOf, sorted } from './analysis.ts';
import { Ledger } from './ledger.ts';
import { plotSvg } from './plot.ts';

const noise = (seed: number) => {
  const random = seeded(seed);
  return () => random() + random() + random() - 1.5;
};

it('takes the nearest rank for a percentile', () => {
  const values = sorted([5, 1, 3, 2, 4]);
  expect([0, 0.2, 0.5, 0.95, 1].map((p) => percentile(values, p))).toEqual([1, 1, 3, 5, 5]);
  expect(percentile(sorted([]), 0.5)).toBeNaN();
});

it('finds a slope within its interval', () => {
  const wobble = noise(1);
  const points = Array.from({ length: 600 }, (_, i) => [i / 600, 100 + 12 * (i / 600) + wobble()] as const);
  const { low, high, slope, n } = slopeOf(points)!;
  expect([low < 12, high > 12, Math.abs(slope - 12) < 1, n]).toEqual([true, true, true, 600]);
  expect(low).toBeGreaterThan(0);
});

it('does not take a walk without direction for growth, more than about one time in forty on either side', () => {
  const rises = Array.from({ length: 200 }, (_, seed) => {
    const wobble = noise(seed + 10);
    let alike = 0; // each reading resembles the one before
    const points = Array.from({ length: 400 }, (_, i) => {
      alike = 0.8 * alike + wobble();
      return [i, 300 + alike] as const;
    });
    return slopeOf(points)!.low > 0;
  });
  expect(rises.filter(Boolean).length).toBeLessThan(16);
});

it('has no slope of too few readings', () => {
  expect(slopeOf([[0, 1]])).toBeNull();
});

it('counts what was lost, doubled and never answered, each message once', () => {
  const ledger = new Ledger();
  for (const name of ['kept', 'lost', 'stored twice', 'said twice', 'refused', 'silent']) ledger.sent(name);
  ledger.sent('said twice');
  for (const name of ['kept', 'lost', 'stored twice', 'said twice', 'said twice']) ledger.acknowledged(name);
  ledger.refused('refused');
  expect(ledger.unanswered).toBe(1);
  const stored = new Map([
    ['kept', 1],
    ['stored twice', 2],
    ['said twice', 1],
    ['refused', 1],
  ]);
  expect(ledger.balance(stored)).toEqual({ sent: 6, acknowledged: 4, errors: 2, lost: 1, duplicated: 1 });
});

it('counts an acknowledgement too many as a duplicate, and one for a stranger not at all', () => {
  const ledger = new Ledger();
  ledger.sent('one');
  expect([ledger.acknowledged('one'), ledger.acknowledged('one'), ledger.acknowledged('other')]).toEqual([
    true,
    true,
    false,
  ]);
  expect(ledger.balance(null)).toEqual({ sent: 1, acknowledged: 1, errors: 0, lost: 0, duplicated: 1 });
});

it('draws every series, with names made safe', () => {
  const svg = plotSvg('A & B', 's', 'ms', [
    {
      name: '<one>',
      points: [
        [0, 1],
        [2, 3],
      ],
    },
  ]);
  expect(svg).toContain('A &amp; B');
  expect(svg).toContain('&lt;one>');
  expect(svg.match(/<polyline points="([^"]*)"/)?.[1]).toBe('60.0,225.3 570.0,36.0');
});
