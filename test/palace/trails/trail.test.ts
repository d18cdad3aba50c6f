import { describe, expect, it } from 'vitest';
import { dueStops, nextStop, practised, previousStop, type WalkedStop } from '../../../src/palace/trails/trail.ts';

const DAY = 86_400_000;
const START = Date.UTC(2026, 0, 1);
const stop = (number: number, changes: Partial<WalkedStop> = {}): WalkedStop => ({
  number,
  gone: false,
  trace: null,
  ...changes,
});
const stops = [stop(1), stop(2, { gone: true }), stop(3), stop(4, { gone: true })];

describe('a walk', () => {
  it.each([
    [0, 1],
    [1, 3],
    [2, 3],
    [3, null],
    [99, null],
  ])('goes on after stop %i with %s, passing over what is gone', (after, expected) => {
    expect(nextStop(stops, after)?.number ?? null).toBe(expected);
  });

  it.each([
    [99, 3],
    [3, 1],
    [2, 1],
    [1, null],
  ])('goes back before stop %i to %s', (before, expected) => {
    expect(previousStop(stops, before)?.number ?? null).toBe(expected);
  });
});

describe('practice', () => {
  it('is due at once for what was never practised, in walking order, and never for what is gone', () => {
    expect(dueStops(stops, 1_000, 1_000)).toEqual([1, 3]);
  });

  it('is due again when the strength has fallen, the longest overdue first', () => {
    const easy = practised(null, 'easy', START);
    const hard = practised(null, 'hard', START);
    const both = [stop(1, { trace: easy }), stop(2, { trace: hard })];
    expect(dueStops(both, START, hard.due - 1)).toEqual([]);
    expect(dueStops(both, START, hard.due)).toEqual([2]);
    expect(dueStops(both, START, easy.due)).toEqual([2, 1]);
  });

  it('comes ever more rarely with each recall, and soon again after forgetting', () => {
    let trace = practised(null, 'good', START);
    let pause = trace.due - START;
    for (let i = 0; i < 4; i++) {
      const at = trace.due;
      trace = practised(trace, 'good', at);
      expect(trace.due - at).toBeGreaterThan(pause);
      pause = trace.due - at;
    }
    expect(trace).toMatchObject({ reps: 5, lapses: 0 });
    const forgotten = practised(trace, 'again', trace.due);
    expect(forgotten.due - trace.due).toBeLessThan(pause / 3);
    expect(forgotten.lapses).toBe(1);
    expect(forgotten.due - trace.due).toBeGreaterThan(DAY / 100);
  });
});
