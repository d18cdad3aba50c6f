import { describe, expect, it } from 'vitest';
import { typingInference, typingView } from '../../../src/mirror/typing/typing-view.ts';
import { seeded } from '../../../src/statistics/seeded.ts';
import { utterance } from '../utterance.ts';

const stateOf = (messages: readonly { intervals_ms: number[]; corrections?: number }[]) => {
  const state = typingInference.empty();
  for (const keystrokes of messages) typingInference.apply(state, utterance({ keystrokes }), 1);
  return state;
};

describe('the rhythm of typing', () => {
  it('is not told from fewer than 200 intervals', () => {
    expect(typingView(stateOf([{ intervals_ms: Array(199).fill(100) }]))).toMatchObject({
      state: 'insufficient',
      rhythm: null,
      intervals: 199,
    });
  });

  it('has the speed, the pauses and the bursts that were typed', () => {
    const message = [...Array<number>(9).fill(150), 5_000, ...Array<number>(9).fill(150)];
    const { rhythm } = typingView(stateOf(Array(20).fill({ intervals_ms: message, corrections: 2 })));
    expect(rhythm!.keysPerMinute).toBeCloseTo(400);
    expect(rhythm!.pauseShare).toBeCloseTo(1 / 19);
    expect(rhythm!.keysPerBurst).toBeCloseTo(10);
    expect(rhythm!.corrections!.rate).toBeCloseTo(2 / 20);
    expect(rhythm!.middlePauseMs! / 5_000).toBeGreaterThan(0.9);
    expect(rhythm!.middlePauseMs! / 5_000).toBeLessThan(1.1);
  });

  it('has quantiles as exact ones are, to the width of a bin', () => {
    const random = seeded(9);
    const intervals = Array.from({ length: 2_000 }, () => Math.round(60 + 400 * random() ** 3));
    const { quantiles } = typingView(stateOf([{ intervals_ms: intervals }])).rhythm!;
    const sorted = intervals.toSorted((a, b) => a - b);
    for (const [name, share] of [
      ['p10', 0.1],
      ['p25', 0.25],
      ['p50', 0.5],
      ['p75', 0.75],
      ['p90', 0.9],
    ] as const) {
      expect(Math.abs(Math.log2(quantiles[name] / sorted[share * 2_000]!))).toBeLessThan(1 / 8);
    }
  });

  it('leaves out what is no interval', () => {
    const odd = [0, -5, Number.NaN, Number.POSITIVE_INFINITY, 1e9, ...Array<number>(250).fill(120)];
    const view = typingView(stateOf([{ intervals_ms: odd, corrections: -3 }]));
    expect(view.intervals).toBe(250);
    expect(view.rhythm!.corrections).toBeNull();
  });

  it('has no share of corrections above all keys', () => {
    const { rhythm } = typingView(stateOf([{ intervals_ms: Array(250).fill(120), corrections: 100_000 }]));
    expect(rhythm!.corrections!.rate).toBe(1);
  });

  it('is nothing for messages without timings', () => {
    const state = stateOf([{ intervals_ms: [] }]);
    typingInference.apply(state, utterance({ keystrokes: null }), 1);
    expect(state).toEqual(typingInference.empty());
  });
});
