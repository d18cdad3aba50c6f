import fc from 'fast-check';
import { expect, it } from 'vitest';
import { benjaminiHochberg } from '../../src/statistics/false-discovery.ts';
import { chanceOfSoFew, chanceOfSoUneven } from '../../src/statistics/fisher-exact.ts';

/** Every sample of so many of so few, written out. */
function bySamples(hits: number, sample: number, traits: number, all: number): number {
  let [few, total] = [0, 0];
  for (let set = 0; set < 2 ** all; set++) {
    let [size, found] = [0, 0];
    for (let i = 0; i < all; i++) {
      if ((set & (1 << i)) === 0) continue;
      size++;
      if (i < traits) found++;
    }
    if (size !== sample) continue;
    total++;
    if (found <= hits) few++;
  }
  return few / total;
}

it('counts samples as enumeration does', () => {
  const table = fc
    .integer({ min: 1, max: 10 })
    .chain((all) =>
      fc
        .tuple(fc.nat(all), fc.nat(all), fc.constant(all))
        .chain(([sample, traits]) =>
          fc.tuple(
            fc.integer({ min: Math.max(0, sample + traits - all), max: Math.min(sample, traits) }),
            fc.constant(sample),
            fc.constant(traits),
            fc.constant(all),
          ),
        ),
    );
  fc.assert(
    fc.property(table, ([hits, sample, traits, all]) => {
      expect(chanceOfSoFew(hits, sample, traits, all)).toBeCloseTo(bySamples(hits, sample, traits, all), 10);
    }),
  );
});

it('stays exact for large tables', () => {
  // (9000 choose 20) / (10000 choose 20), as a product
  let expected = 1;
  for (let i = 0; i < 20; i++) expected *= (9000 - i) / (10_000 - i);
  expect(chanceOfSoFew(0, 1000, 20, 10_000)).toBeCloseTo(expected, 9);
});

it('finds ten heads or tails of ten in one of 512 fair series', () => {
  expect([chanceOfSoUneven(10, 10), chanceOfSoUneven(0, 10), chanceOfSoUneven(5, 10)]).toEqual([
    expect.closeTo(2 / 1024, 12),
    expect.closeTo(2 / 1024, 12),
    1,
  ]);
});

it('gives discovery levels by their definition', () => {
  const p = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 12 });
  fc.assert(
    fc.property(p, fc.double({ min: 0.001, max: 0.999, noNaN: true }), (values, level) => {
      const sorted = values.toSorted((a, b) => a - b);
      const last = sorted.findLastIndex((each, i) => each <= (((i + 1) * level) / values.length) * (1 + 1e-12));
      const expected = values.map((each) => last >= 0 && each <= sorted[last]!);
      expect(benjaminiHochberg(values).map((each) => each <= level * (1 + 1e-12))).toEqual(expected);
    }),
  );
});

it('counts the tests whose p-values were not given', () => {
  expect(benjaminiHochberg([0.001, 0.01], 100)).toEqual([0.1, 0.5]);
});
