import fc from 'fast-check';
import { expect, it } from 'vitest';
import { emotionInference } from '../../../src/mirror/emotion/emotion-state.ts';
import { emotionView } from '../../../src/mirror/emotion/emotion-view.ts';
import { utterance } from '../utterance.ts';

const content = fc.oneof(
  fc.constantFrom('I love it', 'this is terrible, I am so sad', 'ok', '😀', 'Вчера я ходил на рынок', '', '!!!'),
  fc.string({ unit: 'binary', maxLength: 60 }),
);
const sentAt = fc.integer({ min: Date.UTC(1900, 0), max: Date.UTC(2100, 0) - 1 });
const messages = fc.array(
  fc.record({ content, sentAt }).map((fields) => utterance(fields)),
  { maxLength: 20 },
);

it('is exactly as before when a message is added and taken back, in any order', () => {
  fc.assert(
    fc.property(messages, messages, fc.infiniteStream(fc.nat()), (kept, taken, order) => {
      const before = emotionInference.empty();
      for (const one of kept) emotionInference.apply(before, one, 1);
      const after = emotionInference.empty();
      for (const one of [...taken, ...kept]) emotionInference.apply(after, one, 1);
      const shuffled = taken.map((one) => ({ one, at: order.next().value })).sort((a, b) => a.at - b.at);
      for (const { one } of shuffled) emotionInference.apply(after, one, -1);
      expect(emotionInference.toBytes(after)).toEqual(emotionInference.toBytes(before));
    }),
  );
});

it('comes back from its bytes as it was', () => {
  fc.assert(
    fc.property(messages, (all) => {
      const state = emotionInference.empty();
      for (const one of all) emotionInference.apply(state, one, 1);
      expect(emotionInference.fromBytes(emotionInference.toBytes(state))).toEqual(state);
    }),
  );
});

it('shows numbers in their ranges at any moment', () => {
  const many = fc.array(
    fc.record({ content: content.map((text) => `${text} and this is what I said to them all day`), sentAt }),
    { minLength: 12, maxLength: 40 },
  );
  fc.assert(
    fc.property(many, sentAt, (all, now) => {
      const state = emotionInference.empty();
      for (const fields of all) emotionInference.apply(state, utterance(fields), 1);
      const { moods } = emotionView(state, now);
      for (const [name, mood] of Object.entries(moods ?? {})) {
        const floor = name === 'valence' ? -1 : 0;
        for (const value of [mood.usual, mood.low, mood.high, mood.now]) {
          expect(value).toBeGreaterThanOrEqual(floor);
          expect(value).toBeLessThanOrEqual(1);
        }
        expect(mood.low <= mood.usual && mood.usual <= mood.high).toBe(true);
        expect(mood.deviationLow <= mood.deviation && mood.deviation <= mood.deviationHigh).toBe(true);
      }
    }),
    { numRuns: 50 },
  );
});
