import { describe, expect, it } from 'vitest';
import { personalityInference } from '../../../src/mirror/personality/personality-state.ts';
import { posteriorOf, trustOf } from '../../../src/mirror/personality/posterior.ts';
import { personalityProfile, weeklyTraits } from '../../../src/mirror/personality/profile.ts';
import { TRAITS } from '../../../src/mirror/personality/traits.ts';
import { shippedWeights } from '../../../src/mirror/personality/weights.ts';
import { utterance } from '../utterance.ts';
import { sentence } from './messages.ts';

const MODEL = 'use-lite-en/int8/1';
const vector = Float32Array.from({ length: 512 }, (_, d) => Math.cos(d) / 16);
const WEEK = 7 * 86_400_000;

function stateOf(messages: number, fields: Parameters<typeof utterance>[0] = {}) {
  const state = personalityInference.empty();
  for (let i = 0; i < messages; i++) {
    const sentAt = Date.UTC(2026, 0, 5) + i * WEEK;
    personalityInference.apply(state, utterance({ content: sentence(i), sentAt, ...fields }), 1);
  }
  return state;
}
const profileOf = (...of: Parameters<typeof stateOf>) => personalityProfile(stateOf(...of));

describe('what is shown', () => {
  it('is no number below 100 words', () => {
    expect(profileOf(5)).toMatchObject({ state: 'insufficient', traits: null });
  });

  it('is tentative from 100 words and settled from 1,200', () => {
    expect([profileOf(12).state, profileOf(120).state]).toEqual(['tentative', 'settled']);
  });

  it('lies in its interval, within the scale', () => {
    for (const trait of TRAITS) {
      const { low, mean, high, probabilityHigh } = profileOf(60).traits![trait];
      expect([0 <= low, low < mean, mean < high, high <= 1]).toEqual([true, true, true, true]);
      expect(probabilityHigh).toSatisfy((p: number) => p > 0.02 && p < 0.98);
    }
  });

  it('names the messages that moved a trait most, strongest first', () => {
    const { movedBy } = profileOf(40).traits!.E;
    const pulls = movedBy.map(({ pull }) => Math.abs(pull));
    expect(pulls).toHaveLength(5);
    expect(pulls).toEqual(pulls.toSorted((a, b) => b - a));
  });
});

describe('what it rests on', () => {
  it('is vectors and words where the model has weights', () => {
    expect(profileOf(20, { vector, model: MODEL })).toMatchObject({ basis: 'embedding', model: MODEL });
  });

  it('is words alone for a model without weights', () => {
    expect(profileOf(20, { vector, model: 'another/1' })).toMatchObject({ basis: 'lexical', model: null });
  });

  it('is words alone while most messages have no vector', () => {
    const state = stateOf(20);
    for (let i = 0; i < 5; i++) {
      personalityInference.apply(state, utterance({ content: sentence(i), vector, model: MODEL }), 1);
    }
    expect(personalityProfile(state).basis).toBe('lexical');
  });

  it('is the surface alone in another language, and the words are said', () => {
    const german = 'Ich weiß nicht, ob wir morgen noch genug Zeit für den langen Spaziergang haben werden.';
    const view = profileOf(20, { content: german });
    expect(view).toMatchObject({ basis: 'surface', otherWords: 300, words: 300 });
  });
});

describe('bad input', () => {
  it.each([
    ['nothing', ''],
    ['one emoji', '🙂'],
    ['32 KB of one letter', 'a'.repeat(32_768)],
  ])('%s gives no number', (_, content) => {
    expect(profileOf(3, { content })).toMatchObject({ state: 'insufficient', traits: null });
  });

  it('a clock a century ahead does not drown the rest', () => {
    const state = stateOf(60);
    const before = personalityProfile(state).traits!.O.mean;
    const odd = utterance({ content: 'shout', sentAt: Date.UTC(2099, 0, 1) });
    personalityInference.apply(state, odd, 1);
    personalityInference.apply(state, odd, -1);
    expect(personalityProfile(state).traits!.O.mean).toBeCloseTo(before, 6);
  });
});

describe('the interval', () => {
  const { lexical, population, trainingWords } = shippedWeights();
  const widthAt = (words: number) => {
    const trust = trustOf(words, lexical, { trainingWords });
    const { low, high } = posteriorOf(0.5, lexical.calibration[4]!, population[4]!, trust);
    return high - low;
  };

  it('narrows with words', () => {
    expect(widthAt(600)).toBeLessThan(widthAt(150));
  });

  it('narrows no further than was measured', () => {
    expect(widthAt(1_000_000)).toBe(widthAt(trainingWords));
  });
});

it('weeks give a row each, oldest first, with every trait on its scale', () => {
  const rows = weeklyTraits(stateOf(8));
  expect(rows.map(({ messages }) => messages)).toEqual(Array(8).fill(1));
  expect(rows.map(({ start }) => start)).toEqual(rows.map(({ start }) => start).toSorted((a, b) => a - b));
  for (const value of Object.values(rows[0]!.values)) expect(value).toSatisfy((v: number) => v >= 0 && v <= 1);
});

it('the weights are those of the layout', () => {
  expect(shippedWeights().version).toBe('mirror-v1');
});
