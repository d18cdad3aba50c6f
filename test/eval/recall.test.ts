import { describe, expect, it } from 'vitest';
import { bootstrapGain, bootstrapMean } from './bootstrap-ci.ts';
import { byCategory, meanRecall, recallAtCuts } from './recall.ts';

describe('recall', () => {
  it('is the share of gold turns among the first k shown', () => {
    const ranked = ['a', 'x', 'x2', 'b', 'x3', 'x4', 'c'];
    expect(recallAtCuts(ranked, ['a', 'b', 'c', 'd'])).toEqual([0.25, 0.5, 0.75, 0.75, 0.75]);
  });

  it('counts a turn shown twice once', () => {
    expect(recallAtCuts(['a', 'a'], ['a', 'b'])[4]).toBe(0.5);
  });

  it('is averaged over questions, by category, with and without the adversarial', () => {
    const groups = byCategory([
      { sample: 's', category: 'temporal', recall: [1, 1, 1, 1, 1] },
      { sample: 's', category: 'adversarial', recall: [0, 0, 0, 0, 0] },
    ]);
    expect([...groups].map(([name, answered]) => [name, meanRecall(answered)[0]])).toEqual([
      ['all', 0.5],
      ['cat14', 1],
      ['temporal', 1],
      ['adversarial', 0],
    ]);
  });
});

describe('bootstrap', () => {
  const values = Array.from({ length: 400 }, (_, i) => (i % 4 === 0 ? 0 : 1));

  it('brackets the mean and gives the same numbers in every run', () => {
    const { mean, low, high } = bootstrapMean(values);
    expect(mean).toBe(0.75);
    expect(low).toBeGreaterThan(0.69);
    expect(low).toBeLessThan(0.74);
    expect(high).toBeGreaterThan(0.76);
    expect(high).toBeLessThan(0.81);
    expect(bootstrapMean(values)).toEqual({ mean, low, high });
  });

  it('sees a small gain on every question and none in noise', () => {
    const better = values.map((value) => value + 0.01);
    expect(bootstrapGain(better, values).low).toBeGreaterThan(0);
    const noise = values.map((value, i) => value + (i % 2 === 0 ? 0.1 : -0.1));
    expect(bootstrapGain(noise, values).low).toBeLessThan(0);
    expect(() => bootstrapGain([1], [1, 2])).toThrow(RangeError);
  });
});
