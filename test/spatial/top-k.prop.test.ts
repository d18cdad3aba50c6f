import fc from 'fast-check';
import { expect, it } from 'vitest';
import { TopK } from '../../src/spatial/top-k.ts';

it('keeps what sorting would put first, equal scores by row', () => {
  const scores = fc.array(fc.integer({ min: 0, max: 9 }), { maxLength: 80 });
  fc.assert(
    fc.property(scores, fc.nat(12), fc.boolean(), (list, k, reversed) => {
      const entries = list.map((score, row) => ({ row, score }));
      const best = new TopK(k);
      for (const { row, score } of reversed ? entries.toReversed() : entries) best.push(row, score);
      expect(best.ranked()).toEqual(entries.sort((a, b) => b.score - a.score || a.row - b.row).slice(0, k));
    }),
    { numRuns: 1000 },
  );
});
