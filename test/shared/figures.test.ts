import { expect, it } from 'vitest';
import { shownFigures } from '../../src/shared/figures.ts';

it('shows every number at any depth to four decimals', () => {
  expect(shownFigures({ mean: 0.123456, parts: [{ pull: -12.34567 }] })).toEqual({
    mean: 0.1235,
    parts: [{ pull: -12.3457 }],
  });
});

it('shows what is as good as nothing as zero, without a sign', () => {
  expect(Object.is(shownFigures(-6e-303), 0)).toBe(true);
});

it('leaves whole numbers, texts, truth values and null as they are', () => {
  const value = { at: 1_795_000_000_123, name: 'a', is: true, none: null };
  expect(shownFigures(value)).toEqual(value);
});
