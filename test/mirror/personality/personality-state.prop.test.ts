import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { Utterance } from '../../../src/mirror/inference.ts';
import { featuresOf } from '../../../src/mirror/personality/features.ts';
import { type PersonalityState, personalityInference } from '../../../src/mirror/personality/personality-state.ts';
import { utterance } from '../utterance.ts';
import { sentence } from './messages.ts';

const MODEL = 'use-lite-en/int8/1';
const vectorOf = (seed: number) => Float32Array.from({ length: 512 }, (_, d) => Math.sin(seed * 512 + d) / 16);

const anUtterance: fc.Arbitrary<Utterance> = fc
  .record({
    content: fc.oneof(
      fc.nat(9).map(sentence),
      fc.string({ unit: 'grapheme', maxLength: 60 }),
      fc.constantFrom('', '🙂', 'Ich weiß nicht, ob wir morgen noch Zeit dafür haben werden.', 'a'.repeat(500)),
    ),
    sentAt: fc.integer({ min: Date.UTC(1990, 0), max: Date.UTC(2090, 0) }),
    seed: fc.nat(50),
    isEmbedded: fc.boolean(),
  })
  .map(({ seed, isEmbedded, ...rest }) =>
    utterance({ ...rest, vector: isEmbedded ? vectorOf(seed) : null, model: isEmbedded ? MODEL : null }),
  );
const some = fc.array(anUtterance, { maxLength: 12 });

const after = (utterances: readonly Utterance[]): PersonalityState => {
  const state = personalityInference.empty();
  for (const each of utterances) personalityInference.apply(state, each, 1);
  return state;
};

/** Adding and taking back may leave -0, which is nothing too. */
function zeroed(state: PersonalityState): PersonalityState {
  const vectors = [...state.vectors].map(
    ([model, kept]) => [model, { ...kept, sum: kept.sum.map((v) => v + 0) }] as const,
  );
  return { ...state, counts: state.counts.map((value) => value + 0), vectors: new Map(vectors) };
}

it('a message that is taken back leaves no trace', () => {
  fc.assert(
    fc.property(some, some, (kept, taken) => {
      const state = after([...kept, ...taken]);
      for (const each of taken) personalityInference.apply(state, each, -1);
      expect(zeroed(state)).toEqual(zeroed(after(kept)));
    }),
    { numRuns: 40 },
  );
});

it('the order of the messages is of no account', () => {
  fc.assert(
    fc.property(some, (utterances) => {
      expect(after(utterances.toReversed())).toEqual(after(utterances));
    }),
    { numRuns: 40 },
  );
});

it('comes back from its bytes as it was', () => {
  fc.assert(
    fc.property(some, (utterances) => {
      const state = after(utterances);
      expect(personalityInference.fromBytes(personalityInference.toBytes(state))).toEqual(state);
    }),
    { numRuns: 40 },
  );
});

it('words are counted as a plain list of words gives them', () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom('i', "don't", 'the', 'running', 'house'), { maxLength: 30 }), (words) => {
      const { words: counted, buckets } = featuresOf(words.join(' '), true);
      expect(counted).toBe(words.length);
      const grams = words.length === 0 ? 0 : words.join(' ').length + 2 - 3;
      expect(buckets.length).toBe(words.length + grams);
    }),
  );
});
