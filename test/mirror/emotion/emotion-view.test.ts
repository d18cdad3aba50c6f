import { describe, expect, it } from 'vitest';
import { emotionInference } from '../../../src/mirror/emotion/emotion-state.ts';
import { emotionView, emotionWeeks } from '../../../src/mirror/emotion/emotion-view.ts';
import { utterance } from '../utterance.ts';

const DAY = 86_400_000;
const MONDAY = Date.UTC(2026, 0, 5);
const PLAIN = 'we went to the market and then we walked home along the road with the others';
const GLAD = 'I love this wonderful day and I am so happy that we went to the market';
const SAD = 'I am so sad and miserable, it was a horrible day and I cried about it';

const stateOf = (said: readonly (readonly [day: number, content: string])[]) => {
  const state = emotionInference.empty();
  for (const [day, content] of said) {
    emotionInference.apply(state, utterance({ content, sentAt: MONDAY + day * DAY + 3_600_000 }), 1);
  }
  return state;
};
const year = Array.from({ length: 360 }, (_, day) => [day, day % 6 === 0 ? GLAD : PLAIN] as const);
const endOfYear = MONDAY + 360 * DAY;

describe('the mood of a person', () => {
  it('is not told from less than 100 words', () => {
    const view = emotionView(stateOf([[0, GLAD]]), MONDAY + DAY);
    expect(view).toMatchObject({ state: 'insufficient', moods: null, halfLife: null, messages: 1 });
  });

  it('stands above the usual after glad days and back at the usual after silence', () => {
    const glad = stateOf([...year, ...[357, 358, 359, 359, 359].map((day) => [day, GLAD] as const)]);
    const { moods, halfLife } = emotionView(glad, endOfYear);
    expect(moods!.valence.standing).toBe('above');
    expect(moods!.joy.deviation).toBeGreaterThan(0);
    const later = emotionView(glad, endOfYear + 20 * halfLife!.days * DAY).moods!;
    expect(Math.abs(later.valence.deviation)).toBeLessThan(0.01);
    expect(later.valence.standing).toBe('usual');
  });

  it('falls below the usual after sad days', () => {
    const sad = stateOf([...year, ...[358, 359, 359, 359].map((day) => [day, SAD] as const)]);
    expect(emotionView(sad, endOfYear).moods!.valence.standing).toBe('below');
    expect(emotionView(sad, endOfYear).moods!.sadness.deviation).toBeGreaterThan(0.05);
  });

  it('takes messages of clocks that run ahead as said today', () => {
    const half = year.map(([day], i) => [day, i < 180 ? PLAIN : GLAD] as const);
    const { moods } = emotionView(stateOf(half), MONDAY);
    const glad = emotionView(stateOf(year.map(([day]) => [day, GLAD] as const)), MONDAY).moods!.valence.usual;
    expect(moods!.valence.usual).toBeCloseTo(glad / 2, 6);
  });

  it('names the languages and counts what could not be read', () => {
    const state = stateOf([...year, [3, 'Вчера я ходил на рынок и купил яблоки'], [4, 'Сегодня опять']]);
    const view = emotionView(state, endOfYear);
    expect(view.languages.slice(0, 2)).toEqual([
      { language: 'en', messages: 360 },
      { language: 'ru', messages: 2 },
    ]);
    expect(view.unread).toBe(2);
  });

  it('comes by weeks from Monday on', () => {
    const weeks = emotionWeeks(
      stateOf([
        [0, GLAD],
        [6, PLAIN],
        [7, SAD],
      ] as const),
    );
    expect(weeks.map(({ start, messages }) => [start, messages])).toEqual([
      [MONDAY, 2],
      [MONDAY + 7 * DAY, 1],
    ]);
    expect(weeks[0]!.values.valence!).toBeGreaterThan(0.3);
    expect(weeks[1]!.values.valence!).toBeLessThan(-0.5);
  });
});

it('a state of ten years of every day stays small', () => {
  const state = stateOf(Array.from({ length: 3_650 }, (_, day) => [day, day % 3 === 0 ? GLAD : SAD] as const));
  expect(emotionInference.toBytes(state).length).toBeLessThan(150_000);
});
