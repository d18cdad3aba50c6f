import { expect, it } from 'vitest';
import { cuesOf } from '../../src/dialogue/cues.ts';

/** Places in the table of cues. */
const YES_NO_QUESTION = 2;
const WH_QUESTION = 3;
const asks = (text: string) => [cuesOf(text)[YES_NO_QUESTION], cuesOf(text)[WH_QUESTION]];

it.each([
  ['Do you swim?', [1, 0]],
  ['I row.\n\n  Well, do you swim?', [1, 0]],
  ['do what\nyou want?', [1, 1]],
  ['What is it? Nothing.', [0, 1]],
  ['Do swim. And you?', [0, 0]],
  ['What a day! And you?', [0, 0]],
  ['What is he?', [0, 1]],
  ['', [0, 0]],
])('tells what "%s" asks for: yes or no, or a thing', (text, expected) => {
  expect(asks(text)).toEqual(expected);
});

// each of these takes half a minute or more where every line or word is a start from which the rest is read
it.each([
  ['blank lines', `x${'\n'.repeat(100_000)}y`],
  ['question words without a question', 'what '.repeat(100_000)],
  ['auxiliaries without a question', 'do\n'.repeat(150_000)],
])('reads a long text of %s once', { timeout: 5_000 }, (_, text) => {
  expect(asks(text)).toEqual([0, 0]);
});
