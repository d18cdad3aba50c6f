import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Bm25Index } from '../../src/text/bm25.ts';

const term = fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f', 'rare', '猫');
const text = fc.array(term, { maxLength: 12 });
const query = fc.array(term, { maxLength: 4 });

/** BM25 from its definition, text by text. */
function naive(texts: ReadonlyMap<number, readonly string[]>, terms: readonly string[], row: number): number {
  const all = [...texts.values()];
  const average = all.reduce((sum, each) => sum + each.length, 0) / all.length;
  const own = texts.get(row)!;
  let score = 0;
  for (const each of terms) {
    const count = own.filter((other) => other === each).length;
    const holders = all.filter((other) => other.includes(each)).length;
    const idf = Math.log(1 + (all.length - holders + 0.5) / (holders + 0.5));
    if (count > 0) score += (idf * count * 2.2) / (count + 1.2 * (1 - 0.75 + (0.75 * own.length) / average));
  }
  return score;
}

const scored = (index: Bm25Index, terms: readonly string[], length: number) => {
  const out = new Float64Array(length);
  index.score(terms, out);
  return [...out];
};

describe('Bm25Index', () => {
  it('scores as the definition does, after any adding and removing', () => {
    const steps = fc.array(fc.tuple(text, fc.option(fc.nat(40))), { minLength: 1, maxLength: 40 });
    fc.assert(
      fc.property(steps, query, (changes, terms) => {
        const index = new Bm25Index();
        const texts = new Map<number, string[]>();
        for (const [row, [added, removed]] of changes.entries()) {
          index.add(row, added);
          texts.set(row, added);
          if (removed !== null) expect(index.remove(removed)).toBe(texts.delete(removed));
        }
        expect(index.size).toBe(texts.size);
        for (const [row, score] of scored(index, terms, changes.length).entries()) {
          expect(score).toBeCloseTo(texts.has(row) ? naive(texts, terms, row) : 0, 9);
        }
      }),
      { numRuns: 500 },
    );
  });

  it('is as if it had never held what was removed', () => {
    const texts = fc.array(text, { minLength: 1, maxLength: 30 });
    fc.assert(
      fc.property(texts, texts, query, (kept, gone, terms) => {
        const index = new Bm25Index();
        const fresh = new Bm25Index();
        for (const [row, each] of kept.entries()) {
          index.add(row, each);
          fresh.add(row, each);
        }
        for (const [i, each] of gone.entries()) index.add(kept.length + i, each);
        for (const i of gone.keys()) index.remove(kept.length + i);
        expect(index.termCount).toBe(fresh.termCount);
        expect(scored(index, terms, 100)).toEqual(scored(fresh, terms, 100));
      }),
    );
  });

  it('takes a row again once it was removed, and not before', () => {
    const index = new Bm25Index();
    index.add(5_000, ['a']);
    expect(() => index.add(5_000, ['b'])).toThrow(RangeError);
    index.remove(5_000);
    index.add(5_000, ['b']);
    expect([index.documentFrequency('a'), index.documentFrequency('b'), index.lengthOf(5_000)]).toEqual([0, 1, 1]);
  });

  it('gives an unknown term the highest rarity', () => {
    const index = new Bm25Index();
    index.add(0, ['a']);
    index.add(1, ['a', 'b']);
    expect(index.idf('zebra')).toBeGreaterThan(index.idf('b'));
    expect(index.idf('b')).toBeGreaterThan(index.idf('a'));
    expect(index.idf('a')).toBeGreaterThan(0);
  });
});
