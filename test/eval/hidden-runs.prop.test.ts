import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { Gap } from '../../src/archaeology/gaps/gap-message.ts';
import { scoreGaps } from './gap-score.ts';
import { hideRuns } from './hidden-runs.ts';

const turns = Array.from({ length: 450 }, (_, i) => ({ id: `t${i}`, row: i }));
const gapAfter = (afterId: string, probability = 0.9): Gap => ({
  afterId,
  beforeId: '',
  from: 0,
  to: 0,
  probability,
  missing: { expected: 5, low: 1, high: 20 },
  reasons: [],
});

it('what is left and what the holes say make up the chat', () => {
  fc.assert(
    fc.property(fc.nat(), (seed) => {
      const { left, runs } = hideRuns(turns, seed);
      expect(runs).toHaveLength(5);
      const jumps = left.flatMap(({ row }, i) => (i > 0 && row !== left[i - 1]!.row + 1 ? [i - 1] : []));
      expect(runs.map(({ after }) => after)).toEqual(jumps);
      for (const { after, length } of runs) expect(left[after + 1]!.row - left[after]!.row - 1).toBe(length);
    }),
    { numRuns: 50 },
  );
});

it('a run is found once, within one turn', () => {
  const hidden = hideRuns(turns, 1);
  const { after } = hidden.runs[0]!;
  const at = (i: number) => hidden.left[i]!.id;
  const { told, runs } = scoreGaps(
    [gapAfter(at(after + 1)), gapAfter(at(after), 0.5), gapAfter(at(after + 2), 0.4)],
    hidden,
  );
  expect(told.map(({ found }) => found > 0)).toEqual([true, false, false]);
  expect(runs.filter(({ probability }) => probability > 0)).toHaveLength(1);
});
