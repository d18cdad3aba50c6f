import { describe, expect, it } from 'vitest';
import { changePoints } from '../../src/statistics/change-points.ts';
import { seeded } from '../../src/statistics/seeded.ts';

function normals(seed: number, n: number, meanAt: (i: number) => number, weightAt: (i: number) => number = () => 1) {
  const random = seeded(seed);
  return Array.from({ length: n }, (_, i) => {
    const normal = Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
    return meanAt(i) + normal / Math.sqrt(weightAt(i));
  });
}

describe('the changes of a series', () => {
  it('are found where they are, with their levels and sizes', () => {
    const found = changePoints(normals(1, 120, (i) => (i < 50 ? 0 : i < 90 ? 2 : -1)));
    expect(found).toHaveLength(2);
    expect(Math.abs(found[0]!.at - 50)).toBeLessThanOrEqual(2);
    expect(Math.abs(found[1]!.at - 90)).toBeLessThanOrEqual(2);
    expect(found[1]!.before).toBeCloseTo(2, 0);
    expect(found[1]!.after).toBeCloseTo(-1, 0);
    expect(found[1]!.size).toBeGreaterThan(2);
    expect(found.every(({ p }) => p === 1 / 500)).toBe(true);
  });

  it('are not seen in noise, but for one series in a few', () => {
    const false_ = Array.from({ length: 100 }, (_, seed) => changePoints(normals(seed, 100, () => 0)));
    expect(false_.filter((found) => found.some(({ p }) => p <= 0.05)).length).toBeLessThanOrEqual(8);
  });

  it('do not follow values that rest on little', () => {
    const weightAt = (i: number) => (i >= 20 && i < 26 ? 0.01 : 1);
    const values = normals(4, 60, (i) => (i >= 20 && i < 26 ? 4 : 0), weightAt);
    expect(changePoints(values, { weights: values.map((_, i) => weightAt(i)) })).toEqual([]);
    expect(changePoints(values).length).toBeGreaterThan(0);
  });

  it('are as sure near the end of a series', () => {
    const [change] = changePoints(normals(5, 60, (i) => (i < 55 ? 0 : 1.5)));
    expect(change!.at).toBe(55);
    expect(change!.p).toBeLessThan(0.01);
  });

  it('stand in an exact step too', () => {
    const found = changePoints([...Array<number>(10).fill(1), ...Array<number>(10).fill(5)]);
    expect(found.map(({ at, before, after }) => [at, before, after])).toEqual([[10, 1, 5]]);
  });

  it('are none in a series that is short, level or empty', () => {
    expect(changePoints([])).toEqual([]);
    expect(changePoints([1, 9, 1, 9, 1])).toEqual([]);
    expect(changePoints(Array(50).fill(0.3))).toEqual([]);
  });

  it('are the same in every run', () => {
    const values = normals(7, 80, (i) => (i < 40 ? 0 : 0.9));
    expect(changePoints(values)).toEqual(changePoints(values));
  });
});
