import { describe, expect, it } from 'vitest';
import { heaps, vocabulary } from '../../../src/archaeology/patterns/vocabulary-patterns.ts';
import { seeded } from '../../../src/statistics/seeded.ts';
import { steadyHistory } from './history.ts';

describe('vocabulary', () => {
  it('finds the exponent by which new words come', () => {
    for (const beta of [0.4, 0.6, 0.9]) {
      let distinct = 0;
      const numbers = Int32Array.from({ length: 50_000 }, (_, i) => {
        if ((beta > 0.8 ? 1 : 5) * (i + 1) ** beta >= distinct + 1) distinct++;
        return distinct - 1;
      });
      expect(heaps(numbers).beta).toBeCloseTo(beta, 1);
    }
  });

  it('holds the true diversity in its interval about nineteen times in twenty', () => {
    // words drawn evenly of 100: a window of 50 holds 100 (1 - 0.99^50) different ones
    const truth = (100 * (1 - 0.99 ** 50)) / 50;
    let inside = 0;
    for (let seed = 0; seed < 60; seed++) {
      const random = seeded(seed);
      const own = Array.from({ length: 60 }, (_, i) => ({
        id: `m${i}`,
        conversationId: 'c',
        isOwn: true,
        at: i,
        content: Array.from({ length: 25 }, () => `w${Math.floor(random() * 100)}`).join(' '),
      }));
      const { low, high } = vocabulary(own)[1]!.numbers;
      if (low! <= truth && truth <= high!) inside++;
    }
    expect(inside).toBeGreaterThanOrEqual(53);
  });

  it('names messages of its own as evidence', () => {
    const history = steadyHistory(1, 200).filter(({ isOwn }) => isOwn);
    const ids = new Set(history.map(({ id }) => id));
    for (const { evidence } of vocabulary(history)) expect(evidence.every((id) => ids.has(id))).toBe(true);
  });
});
