import { describe, expect, it } from 'vitest';
import { distinctiveWords } from '../../../src/palace/room-names/distinctive-words.ts';
import { themeName } from '../../../src/palace/room-names/theme-name.ts';
import { type Placed, typical } from '../../../src/palace/room-names/typical.ts';

const INSIDE = [
  'The boat to Lisbon',
  'A boat and a cello',
  'We took the boat',
  'her cello in lisbon',
  'the cello, again',
];
const OUTSIDE = ['the dentist said', 'the tax letter came again', 'a letter for the dentist', 'dinner and letters'];
const wordsOf = (inside: string[], outside: string[]) => distinctiveWords(inside, outside, 3).map(({ word }) => word);

describe('words of a room', () => {
  it('are those that it holds and other rooms do not, as they are written, with where they stand', () => {
    const found = distinctiveWords(INSIDE, OUTSIDE, 3);
    expect(found.map(({ word }) => word)).toEqual(['boat', 'cello', 'lisbon']);
    expect(found.map(({ texts }) => texts)).toEqual([
      [0, 1, 2],
      [1, 3, 4],
      [0, 3],
    ]);
  });

  it('are none that stand everywhere, in one text, or that carry no topic', () => {
    const outside = INSIDE.map((text) => `${text} and more of it`);
    expect(wordsOf(INSIDE, outside)).toEqual([]);
    expect(wordsOf(['only once', 'the same the same'], OUTSIDE)).toEqual([]);
    expect(wordsOf(['they were there', 'they were here'], OUTSIDE)).toEqual([]);
  });

  it('are the commonest where there is no other room', () => {
    expect(wordsOf(INSIDE, [])).toEqual(['boat', 'cello', 'lisbon']);
  });

  it('are found in scripts that write a word in a sign', () => {
    expect(wordsOf(['猫', '猫'], ['犬', '鳥', '犬'])).toEqual(['猫']);
  });
});

describe('memories that are typical of a room', () => {
  const placed = (id: string, text: string, ...vector: number[]): Placed => ({
    ...{ id, text, vector: Int8Array.from(vector.map((value) => value * 127)), scale: 1 / 127 },
  });

  it('are nearest to the middle of all that says something', () => {
    const memories = [
      placed('far', 'something else entirely', 0, 1),
      placed('near', 'what most of them say', 1, 0),
      placed('short', 'ok', 0, 1),
      placed('too', 'what most of them say too', 1, 0),
    ];
    expect(typical(memories, 2).map(({ id }) => id)).toEqual(['near', 'too']);
    expect(typical([], 2)).toEqual([]);
  });
});

it('a room without a name is called after its theme', () => {
  expect([0, 1].map((ordinal) => themeName({ theme: 'people', ordinal }))).toEqual(['People', 'People 2']);
});
