import { expect, it } from 'vitest';
import { fingerprintView } from '../../../src/mirror/style/fingerprint.ts';
import { styleInference } from '../../../src/mirror/style/state.ts';
import { weeklyStyle } from '../../../src/mirror/style/weekly.ts';
import { utterance } from '../utterance.ts';
import { VOICES } from './voices.ts';

const DAY = 86_400_000;
const MONDAY = Date.UTC(2026, 0, 5);

function stateOf(texts: readonly string[], sentAt = (_: number) => MONDAY) {
  const state = styleInference.empty();
  for (const [i, content] of texts.entries()) {
    styleInference.apply(state, utterance({ content, sentAt: sentAt(i) }), 1);
  }
  return state;
}

it('names what sets a person apart', () => {
  const texts = VOICES.casual(1);
  const view = fingerprintView(stateOf(texts), texts);
  expect(view.state).toBe('measured');
  expect(view.habits).toMatchObject({ shortYou: 1, bareContraction: 1, exclaimRepeated: 1 });
  expect(view.marked.map(({ name }) => name)).toContain('haha');
});

it('keeps every share in [0, 1] and every distribution summing to 1', () => {
  const texts = VOICES.careful(1);
  const { habits, lengths, functionWords } = fingerprintView(stateOf(texts), texts);
  const shares = [...Object.values(habits).filter((value) => value !== null), ...functionWords.map((one) => one.share)];
  expect(shares.every((value) => value >= 0 && value <= 1)).toBe(true);
  for (const classes of Object.values(lengths)) {
    expect(classes.reduce((sum, { share }) => sum + share, 0)).toBeCloseTo(1, 10);
  }
});

it('of nothing it shows nothing, and no number that is not one', () => {
  const view = fingerprintView(styleInference.empty(), []);
  expect(view).toMatchObject({ state: 'insufficient', words: 0, readability: null, marked: [], functionWords: [] });
  expect(JSON.parse(JSON.stringify(view))).toEqual(view);
});

it('estimates Simpson’s D from hashed words near its true value', () => {
  const texts = VOICES.careful(2);
  const words =
    texts
      .join(' ')
      .toLowerCase()
      .match(/[a-z]+/g) ?? [];
  const counts = [...Map.groupBy(words, (word) => word).values()].map(({ length }) => length);
  const truth = counts.reduce((sum, f) => sum + f * (f - 1), 0) / (words.length * (words.length - 1));
  expect(fingerprintView(stateOf(texts), texts).diversity.simpsonD / truth).toBeCloseTo(1, 1);
});

it('tells weeks apart', () => {
  const texts = ['Is it so?', 'Yes it is so', 'Are you sure?'];
  const weeks = weeklyStyle(stateOf(texts, (i) => MONDAY + 6.5 * DAY * i));
  expect(weeks.map(({ start, messages, words }) => [start, messages, words])).toEqual([
    [MONDAY, 2, 7],
    [MONDAY + 7 * DAY, 1, 3],
  ]);
  expect(weeks.map(({ values }) => values.asking)).toEqual([0.5, 1]);
});

it('leaves out a week in which nothing was worded', () => {
  expect(weeklyStyle(stateOf(['😀', '?!']))).toEqual([]);
});
