import fc from 'fast-check';
import { expect, it } from 'vitest';
import { Sayings } from '../../src/palace/sayings.ts';
import { TopK } from '../../src/spatial/top-k.ts';

/** Rows 1..n: its score, whether filters let it pass, and the row it points to, which is one that points nowhere. */
const history = fc
  .array(fc.record({ score: fc.integer({ min: 0, max: 5 }), passes: fc.boolean(), points: fc.nat(12) }), {
    maxLength: 40,
  })
  .map((rows) =>
    rows.map(({ score, passes, points }, i) => ({
      row: i + 1,
      score,
      passes,
      first: points > 0 && points <= Math.min(4, i) ? points : null,
    })),
  )
  .map((rows) => rows.map((one) => (rows[(one.first ?? 0) - 1]?.first == null ? one : { ...one, first: null })));

it('shows the best of what says the same, names the others, and leaves all else as it is', () => {
  fc.assert(
    fc.property(history, fc.integer({ min: 1, max: 50 }), (rows, k) => {
      const passing = rows.filter(({ passes }) => passes);
      const byStrength = passing.toSorted((a, b) => b.score - a.score || a.row - b.row);
      const said = ({ row, first }: (typeof rows)[number]) => first ?? row;
      // a plain list: of each saying, only the first in order of strength stays
      const wanted = byStrength.filter((one, i) => byStrength.findIndex((other) => said(other) === said(one)) === i);

      const duplicateOf = new Map(rows.flatMap(({ row, first }) => (first === null ? [] : [[row, first] as const])));
      const sayings = new Sayings(duplicateOf);
      const best = new TopK(k);
      for (const { row, score } of passing) if (!sayings.take(row, score)) best.push(row, score);
      sayings.pushInto(best);

      expect(best.ranked()).toEqual(wanted.slice(0, k).map(({ row, score }) => ({ row, score })));
      for (const one of wanted) {
        const others = passing.filter((other) => said(other) === said(one) && other.row !== one.row);
        expect(sayings.othersOf(one.row)).toEqual(others.map(({ row }) => row));
      }
    }),
    { numRuns: 500 },
  );
});
