import fc from 'fast-check';
import { expect, it } from 'vitest';
import { inDigits, ordinal } from '../../../src/text/time/numbers.ts';

const WORDS: Record<number, [cardinal: string, ordinal: string]> = {
  1: ['one', 'first'],
  2: ['two', 'second'],
  3: ['three', 'third'],
  5: ['five', 'fifth'],
  8: ['eight', 'eighth'],
  12: ['twelve', 'twelfth'],
  13: ['thirteen', 'thirteenth'],
  19: ['nineteen', 'nineteenth'],
  20: ['twenty', 'twentieth'],
  21: ['twenty-one', 'twenty-first'],
  32: ['thirty two', 'thirty second'],
  40: ['forty', 'fortieth'],
  99: ['ninety-nine', 'ninety-ninth'],
};

it.each(Object.entries(WORDS))('writes %s in digits', (value, [cardinal, nth]) => {
  expect(inDigits(`the ${cardinal} days`)).toBe(`the ${value} days`);
  expect(inDigits(`the ${nth} day`)).toBe(`the ${ordinal(Number(value))} day`);
});

it('leaves other words alone', () => {
  expect(inDigits('someone tends a stone; at noon, forty-winks')).toBe('someone tends a stone; at noon, 40-winks');
});

it('gives every ordinal the ending of English', () => {
  const plural = new Intl.PluralRules('en', { type: 'ordinal' });
  const endings = { one: 'st', two: 'nd', few: 'rd', other: 'th', zero: 'th', many: 'th' };
  fc.assert(
    fc.property(fc.nat(10_000), (value) => {
      expect(ordinal(value)).toBe(`${value}${endings[plural.select(value)]}`);
    }),
  );
});
