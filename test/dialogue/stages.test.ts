import { describe, expect, it } from 'vitest';
import { MOVE_COUNT, movesOf, STAGE_COUNT, stageMoves } from '../../src/dialogue/stages.ts';

const stagesOf = (...before: string[]) => new Set(stageMoves(before, []).stages);
const without = (one: Set<number>, other: Set<number>) => [...one].filter((stage) => !other.has(stage)).length;

describe('moves', () => {
  it.each([
    ['Hey Ann! How are you?', ['greets', 'asks_state', 'asks', 'ends_asking', 'short']],
    ["I'm doing great, thanks for asking.", ['tells_state', 'thanks', 'short']],
    ['That sounds lovely, see you tomorrow!', ['parts', 'reacts', 'short']],
    ['Yesterday we took a photo of the old mill by the river.', ['tells_news', 'pictures']],
    ['', ['short']],
    ['Où est la gare ?', ['asks', 'ends_asking', 'short']],
  ])('of "%s" are %j', (text, expected) => {
    const moves = movesOf(text);
    expect(Object.keys(moves).filter((name) => moves[name as keyof typeof moves])).toEqual(expected);
  });

  it('are the same with curly and straight apostrophes', () => {
    expect(movesOf('I’m good')).toEqual(movesOf("I'm good"));
  });

  it('of a turn of forty-one words are those of a long one', () => {
    const words = (count: number) => movesOf(Array.from({ length: count }, () => 'word').join(' ')).long;
    expect([words(40), words(41)]).toEqual([false, true]);
  });
});

describe('stages', () => {
  it('are none before anything was said', () => {
    expect(stageMoves([], ['Hello']).stages).toEqual([]);
  });

  it('tell a greeting that was answered from one that was not', () => {
    const [open, answered] = [stagesOf('Hi there!', 'Bye!'), stagesOf('Hi there!', 'Hello Ann.')];
    expect([without(open, answered), without(answered, open)]).toEqual([2, 1]);
  });

  it('see whether they were asked how they are', () => {
    expect(without(stagesOf('How are you?', 'Nice.'), stagesOf('It rains.', 'Nice.'))).toBeGreaterThan(1);
  });

  it('lie within the table', () => {
    const { stages, moves } = stageMoves(
      ['Hey! How are you? Look at this photo', 'Hi', 'Bye', 'Hello'],
      ['Hi?', 'Bye'],
    );
    expect(stages.every((stage) => stage >= 0 && stage < STAGE_COUNT)).toBe(true);
    expect(moves.flat().every((move) => move >= 0 && move < MOVE_COUNT)).toBe(true);
  });

  it('do not depend on what stands before the fourth turn back', () => {
    const four = ['It rains.', 'Here too.', 'Hello', 'Hi'];
    expect(stagesOf(...four, 'Bye')).toEqual(stagesOf(...four));
  });
});
