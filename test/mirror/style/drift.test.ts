import { expect, it } from 'vitest';
import { drift, ownLogits } from '../../../src/mirror/style/drift.ts';
import { addCounts, countsOf } from '../../../src/mirror/style/same-author.ts';
import { VOICES } from './voices.ts';

const inThrees = (texts: readonly string[]) =>
  Array.from({ length: Math.floor(texts.length / 3) }, (_, i) => texts.slice(3 * i, 3 * i + 3).join('\n'));
const history = [1, 2, 3, 4, 5].flatMap((seed) => inThrees(VOICES.casual(seed)));
const known = countsOf(history);
const own = ownLogits(known, history);
const [mine, foreign] = [inThrees(VOICES.casual(9))[0]!, inThrees(VOICES.careful(9))[0]!];

it('raises the alarm at a message in another manner, and not at one in the person’s own', () => {
  expect(drift(known, mine, false, own)).toMatchObject({ state: 'scored', alarm: false });
  expect(drift(known, foreign, false, own)).toMatchObject({ state: 'scored', alarm: true, rank: 1 / (own.length + 1) });
});

it('does so, too, where it has none of the person’s messages to rank against', () => {
  expect(drift(known, mine, false, [])).toMatchObject({ alarm: false, rank: null });
  expect(drift(known, foreign, false, [])).toMatchObject({ alarm: true, rank: null });
});

it('of the person’s own messages at most about one in fifty raises it', () => {
  const alarms = history.filter((text, i) => {
    const judged = drift(known, text, true, own.toSpliced(i, 1));
    return judged.state === 'scored' && judged.alarm;
  });
  expect(alarms.length).toBeLessThanOrEqual(Math.ceil(0.02 * history.length));
});

it('holds a message against the others, not against itself', () => {
  const withIt = known.slice();
  addCounts(withIt, countsOf([foreign]), 1);
  expect(drift(withIt, foreign, true, own)).toEqual(drift(known, foreign, false, own));
});

it.each(['', '😀', '?', 'a'.repeat(32_768)])('has no opinion on a text without words: %#', (text) => {
  expect(drift(known, text, false, own).state).toBe('insufficient');
});
