import fc from 'fast-check';
import { expect, it } from 'vitest';
import { standing, styleEvidence } from '../../../src/mirror/style/evidence.ts';
import { GROUPS, RATES } from '../../../src/mirror/style/rates.ts';
import { SHORT, SLOTS } from '../../../src/mirror/style/slots.ts';

const INDEX = RATES.findIndex(({ name }) => name === 'comma');
const { hits, of, group } = RATES[INDEX]!;
const only = (value: number) => RATES.map((_, i) => (i === INDEX ? value : 0));

function textOf(share: number, n: number, from = 0): Float64Array {
  const counts = new Float64Array(SLOTS);
  counts[from + of] = n;
  counts[from + hits] = Math.round(share * n);
  return counts;
}

/** log density of a bivariate normal with the given covariance, by its inverse. */
function logNormal([x, y]: number[], vx: number, vy: number, c: number): number {
  const determinant = vx * vy - c * c;
  const [a, b, d] = [vy / determinant, -c / determinant, vx / determinant];
  return -Math.log(2 * Math.PI) - Math.log(determinant) / 2 - (a * x! * x! + 2 * b * x! * y! + d * y! * y!) / 2;
}

it('is the log ratio of two normal densities', () => {
  const share = fc.double({ min: 0, max: 0.3, noNaN: true });
  const n = fc.integer({ min: 1, max: 2_000 });
  const variance = fc.double({ min: 1e-3, max: 0.1, noNaN: true });
  fc.assert(
    fc.property(share, share, n, n, variance, variance, (p, q, n1, n2, between, within) => {
      const [usual, mean, noise] = [0.05, 0.01, 0.8];
      const model = {
        usual: only(usual),
        mean: only(mean),
        between: only(between),
        within: only(within),
        noise: only(noise),
      };
      const [a, b] = [textOf(p, n1), textOf(q, n2)];
      const point = [standing(a[hits]!, n1, usual) - mean, standing(b[hits]!, n2, usual) - mean];
      const [vx, vy] = [n1, n2].map((size) => between + within + noise / (4 * size));
      const expected = logNormal(point, vx!, vy!, between) - logNormal(point, vx!, vy!, 0);
      const evidence = styleEvidence(a, b, model);
      expect(evidence[group]).toBeCloseTo(Math.max(-3, Math.min(3, expected)), 8);
      for (const other of GROUPS) if (other !== group) expect(evidence[other]).toBe(0);
    }),
  );
});

it('reads the counts of short messages by the same model', () => {
  const model = { usual: only(0.05), mean: only(0), between: only(0.1), within: only(0.1), noise: only(1) };
  const short = styleEvidence(textOf(0, 50, SHORT), textOf(0.3, 40, SHORT), model, SHORT);
  expect(short).toEqual(styleEvidence(textOf(0, 50), textOf(0.3, 40), model));
  expect(short[group]).not.toBe(0);
});

it('a rate that never had an occasion says nothing', () => {
  const model = { usual: only(0.05), mean: only(0), between: only(0.1), within: only(0.1), noise: only(1) };
  expect(styleEvidence(textOf(0, 0), textOf(0.1, 100), model)[group]).toBe(0);
});
