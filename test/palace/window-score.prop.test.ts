import fc from 'fast-check';
import { expect, it } from 'vitest';
import { Neighbours } from '../../src/palace/neighbours.ts';
import { scoreStretches, scoreWindows } from '../../src/palace/window-score.ts';
import { Bm25Index } from '../../src/text/bm25.ts';

const term = fc.constantFrom('a', 'b', 'c', 'd');
const conversation = fc.array(fc.array(term, { maxLength: 6 }), { minLength: 1, maxLength: 25 });
const WEIGHTS = new Map([
  [0, 1],
  [-1, 0.7],
  [-2, 0.2],
  [1, 0.4],
  [2, 0.1],
]);

it('scores each message with its neighbours as the definitions do', () => {
  fc.assert(
    fc.property(conversation, fc.uniqueArray(term), (texts, query) => {
      const words = new Bm25Index();
      const neighbours = new Neighbours();
      for (const [row, text] of texts.entries()) {
        words.add(row, text);
        neighbours.add(row, 0, row);
      }
      const length = texts.length;
      const scratch = { counts: new Float64Array(length), marks: new Int32Array(length) };
      const terms = query.map((each) => ({ term: each, idf: words.idf(each) }));
      const windows = new Float64Array(length);
      const stretches = new Float64Array(length);
      scoreWindows(terms, words, neighbours, scratch, windows);
      scoreStretches(terms, words, neighbours, scratch, stretches);

      for (let row = 0; row < length; row++) {
        expect(windows[row]).toBeCloseTo(naiveWindow(texts, terms, row, words.averageLength), 9);
        const around = texts.slice(Math.max(0, row - 8), row + 9).flat();
        const held = terms.filter((each) => around.includes(each.term));
        expect(stretches[row]).toBeCloseTo(
          held.reduce((sum, { idf }) => sum + idf, 0),
          9,
        );
      }
      expect([...scratch.counts, ...scratch.marks].every((value) => value === 0)).toBe(true);
    }),
    { numRuns: 500 },
  );
});

function naiveWindow(texts: string[][], terms: { term: string; idf: number }[], row: number, average: number): number {
  let length = 0;
  for (const [offset, weight] of WEIGHTS) length += weight * (texts[row + offset]?.length ?? 0);
  let score = 0;
  for (const { term: wanted, idf } of terms) {
    let count = 0;
    for (const [offset, weight] of WEIGHTS) {
      count += weight * (texts[row + offset]?.filter((each) => each === wanted).length ?? 0);
    }
    if (count > 0) score += (idf * count * 2.2) / (count + 1.2 * (0.25 + (0.75 * length) / (average * 2.4)));
  }
  return score;
}
