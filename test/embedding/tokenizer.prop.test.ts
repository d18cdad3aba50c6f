import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { Tokenizer, type Vocabulary } from '../../src/embedding/tokenizer.ts';

const RESERVED: Vocabulary = Array.from({ length: 6 }, (_, i) => [`<${i}>`, 0]);

/** Every way to cut `source` into pieces; where no piece starts, one character may pass unknown at no cost. */
function bestScore(source: string, scores: Map<string, number>): number {
  if (source === '') return 0;
  const heads = [...scores].filter(([piece]) => source.startsWith(piece));
  if (heads.length === 0) return bestScore(source.slice(1), scores);
  return Math.max(...heads.map(([piece, score]) => score + bestScore(source.slice(piece.length), scores)));
}

const piece = fc.string({ unit: fc.constantFrom('a', 'b', 'c', '\u2581'), minLength: 1, maxLength: 4 });
// sixteenths add up without rounding, so that equal sums are equal
const score = fc.integer({ min: -160, max: -1 }).map((value) => value / 16);
const vocabularies = fc.dictionary(piece, score, { minKeys: 1, maxKeys: 12, noNullPrototype: true });
const texts = fc.string({ unit: fc.constantFrom('a', 'b', 'c', 'd', ' '), maxLength: 8 });

it('finds a segmentation that covers the text and that no other one beats', async () => {
  await fc.assert(
    fc.property(vocabularies, texts, (pieces, text) => {
      const vocabulary: Vocabulary = [...RESERVED, ...Object.entries(pieces)];
      const ids = Array.from(new Tokenizer(vocabulary).encode(text));
      const source = text === '' ? '' : `\u2581${text.replaceAll(' ', '\u2581')}`;

      const pattern = ids.map((id) => (id === 0 ? '.+' : vocabulary[id]![0])).join('');
      expect(source).toMatch(new RegExp(`^${pattern}$`));
      const total = ids.reduce((sum, id) => sum + vocabulary[id]![1], 0);
      expect(total).toBe(bestScore(source, new Map(Object.entries(pieces))));
    }),
    { numRuns: 2000 },
  );
});
