import { expect, it } from 'vitest';
import { movingTypeTokenRatio } from '../../src/text/moving-ttr.ts';

it('averages the share of different words over all windows', () => {
  expect(movingTypeTokenRatio(['a', 'b', 'a', 'a'], 2)).toBeCloseTo((1 + 1 + 0.5) / 3, 12);
  expect(movingTypeTokenRatio(['a', 'b'], 2)).toBe(1);
});

it('has no value for fewer words than a window', () => {
  expect(movingTypeTokenRatio(['a'], 2)).toBeNaN();
});
