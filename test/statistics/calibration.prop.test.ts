import fc from 'fast-check';
import { expect, it } from 'vitest';
import { auc, fitIsotonic, isotonicAt, reliabilityTable } from '../../src/statistics/calibration.ts';

// few distinct scores, so that ties are the rule
const cases = fc.array(fc.tuple(fc.integer({ min: 0, max: 12 }), fc.boolean()), { minLength: 1, maxLength: 60 });

it('ranks as counting every pair does', () => {
  fc.assert(
    fc.property(cases, (all) => {
      const yes = all.filter(([, label]) => label);
      const no = all.filter(([, label]) => !label);
      const wins = yes.flatMap(([a]) => no.map(([b]) => (a > b ? 1 : a === b ? 0.5 : 0)));
      const expected = wins.reduce<number>((sum, win) => sum + win, 0) / wins.length;
      const found = auc(
        all.map(([score]) => score),
        all.map(([, label]) => label),
      );
      if (wins.length === 0) expect(found).toBeNaN();
      else expect(found).toBeCloseTo(expected, 12);
    }),
  );
});

/** max over starts of min over ends of the mean between: the closed form of the least-squares rising fit. */
function minMax(all: readonly [number, boolean][], score: number): number {
  const levels = [...new Set(all.map(([x]) => x))].sort((a, b) => a - b);
  const meanOf = (from: number, to: number) => {
    const inside = all.filter(([x]) => x >= from && x <= to);
    return inside.filter(([, label]) => label).length / inside.length;
  };
  const starts = levels.filter((x) => x <= score);
  const ends = levels.filter((x) => x >= score);
  return Math.max(...starts.map((from) => Math.min(...ends.map((to) => meanOf(from, to)))));
}

it('fits the rising curve of the min-max formula', () => {
  fc.assert(
    fc.property(cases, (all) => {
      const fit = fitIsotonic(
        all.map(([score]) => score),
        all.map(([, label]) => label),
      );
      for (const [score] of all) expect(isotonicAt(fit, score)).toBeCloseTo(minMax(all, score), 12);
    }),
  );
});

it('puts every case into one bin, in order, and no more bins than asked', () => {
  const binning = fc.constantFrom('mass' as const, 'width' as const);
  fc.assert(
    fc.property(cases, fc.integer({ min: 1, max: 15 }), binning, (all, bins, how) => {
      const p = all.map(([score]) => score / 12);
      const table = reliabilityTable(
        p,
        all.map(([, label]) => label),
        bins,
        how,
      );
      expect(table.length).toBeLessThanOrEqual(bins);
      expect(table.reduce((sum, { n }) => sum + n, 0)).toBe(all.length);
      for (const [i, bin] of table.entries()) {
        expect(i === 0 || table[i - 1]!.to < bin.from).toBe(true);
        expect(p.filter((one) => one >= bin.from && one <= bin.to)).toHaveLength(bin.n);
      }
    }),
  );
});
