import { describe, expect, it } from 'vitest';
import {
  auc,
  brier,
  expectedCalibrationError,
  fitIsotonic,
  fitPlatt,
  isotonicAt,
  plattAt,
  reliabilityTable,
  wilson,
} from '../../src/statistics/calibration.ts';
import { seeded } from '../../src/statistics/seeded.ts';

describe('the scores of probabilities', () => {
  const p = [0.9, 0.5, 0.5, 0.1];
  const y = [true, false, true, false];

  it('are as the definitions say', () => {
    expect(auc(p, y)).toBe((1 + 1 + 0.5 + 1) / 4);
    expect(brier(p, y)).toBeCloseTo((0.01 + 0.25 + 0.25 + 0.01) / 4);
    expect(expectedCalibrationError([0.25], [1])).toBe(0.75);
    expect(expectedCalibrationError([0.25], [1], 10, 'width')).toBe(0.75);
  });

  it('are no number where there is nothing to score', () => {
    expect([brier([], []), expectedCalibrationError([], []), auc([1, 2], [1, 1])]).toEqual([NaN, NaN, NaN]);
  });

  it('know the Wilson interval of 8 of 10 at 95 %', () => {
    const [low, high] = wilson(8, 10, 1.959964);
    expect(low).toBeCloseTo(0.4902, 4);
    expect(high).toBeCloseTo(0.9433, 4);
  });
});

describe('a reliability table', () => {
  const p = Array.from({ length: 100 }, (_, i) => (i / 100) ** 3);
  const y = p.map((_, i) => i % 2 === 0);

  it('holds equally many cases in each bin', () => {
    expect(reliabilityTable(p, y, 5).map(({ n }) => n)).toEqual([20, 20, 20, 20, 20]);
  });

  it('cuts at equal widths where that is asked for', () => {
    const bins = reliabilityTable(p, y, 5, 'width');
    expect(bins.map(({ n }) => n)).toEqual([59, 15, 11, 8, 7]);
    expect(bins.every(({ from, to }) => Math.floor(from * 5) === Math.floor(to * 5))).toBe(true);
  });

  it('keeps equal probabilities together', () => {
    const tied = [...Array<number>(30).fill(0.2), ...Array<number>(3).fill(0.8)];
    const bins = reliabilityTable(
      tied,
      tied.map((one) => one > 0.5),
      10,
    );
    expect(bins.map(({ n, shown, happened }) => [n, Number(shown.toFixed(6)), happened])).toEqual([
      [30, 0.2, 0],
      [3, 0.8, 1],
    ]);
  });
});

describe("Platt's sigmoid", () => {
  it('finds the curve that labels were drawn from', () => {
    const random = seeded(5);
    const scores = Array.from({ length: 20_000 }, () => random() * 6 - 3);
    const y = scores.map((score) => random() < plattAt({ a: 1.5, b: -0.4 }, score));
    const { a, b } = fitPlatt(scores, y);
    expect(a).toBeCloseTo(1.5, 1);
    expect(b).toBeCloseTo(-0.4, 1);
  });

  it('stays finite where a score tells everything, where all scores are equal, and far out', () => {
    for (const scores of [
      [-2, -1, 1, 2],
      [3, 3, 3, 3],
      [-1e6, -1, 1, 1e6],
    ]) {
      const fit = fitPlatt(scores, [0, 0, 1, 1]);
      const shown = scores.map((score) => plattAt(fit, score));
      expect(shown.every((one) => one >= 0 && one <= 1)).toBe(true);
      expect(Number.isFinite(fit.a) && Number.isFinite(fit.b)).toBe(true);
    }
  });
});

describe('an isotonic curve', () => {
  it('pools what falls', () => {
    const fit = fitIsotonic([1, 2, 3, 4], [0, 1, 0, 1]);
    expect([1, 2, 2.5, 3, 4].map((score) => isotonicAt(fit, score))).toEqual([0, 0.5, 0.5, 0.5, 1]);
    expect([-9, 9].map((score) => isotonicAt(fit, score))).toEqual([0, 1]);
    expect(isotonicAt(fit, 1.5)).toBe(0.25);
  });

  it('has no value without knots', () => {
    expect(() => isotonicAt(fitIsotonic([], []), 1)).toThrow(RangeError);
  });
});
