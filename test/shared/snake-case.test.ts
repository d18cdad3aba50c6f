import { expect, expectTypeOf, it } from 'vitest';
import { snakeCase, snakeCased } from '../../src/shared/snake-case.ts';

it('writes names as the API does', () => {
  expect(['meanWordLength', 'p10', 'simpsonD', 'plain', 'already_so'].map(snakeCase)).toEqual([
    ...['mean_word_length', 'p10', 'simpson_d', 'plain', 'already_so'],
  ]);
});

it('reaches keys at any depth, leaves values alone, and is typed alike', () => {
  const view = { oneTwo: [{ threeFour: 'fiveSix' }], seven: null as null | { eightNine: number } };
  const cased = snakeCased(view);
  expect(cased).toEqual({ one_two: [{ three_four: 'fiveSix' }], seven: null });
  expectTypeOf(cased).toEqualTypeOf<{ one_two: { three_four: string }[]; seven: null | { eight_nine: number } }>();
});
