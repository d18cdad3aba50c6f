import fc from 'fast-check';
import { expect, it } from 'vitest';
import { mergeStyle, type StyleState, styleInference } from '../../../src/mirror/style/state.ts';
import { utterance } from '../utterance.ts';

const phrase = fc.constantFrom(
  'Hey!! how are you?',
  "i don't know... haha",
  'It’s FINE, I am sure.',
  'ok 😀😀',
  'see https://a.example/b :)',
  'Завтра в десять, да?',
  '',
  '\n\n',
  'more of the same, '.repeat(8),
);
const content = fc.oneof(
  fc.array(phrase, { minLength: 1, maxLength: 4 }).map((parts) => parts.join(' ')),
  fc.string({ unit: 'binary', maxLength: 60 }),
);
const sentAt = fc.integer({ min: Date.UTC(1900, 0), max: Date.UTC(2100, 0) - 1 });
const messages = fc.array(
  fc.record({ content, sentAt }).map((fields) => utterance(fields)),
  { maxLength: 10 },
);
type Message = ReturnType<typeof utterance>;

function stateOf(all: readonly Message[]): StyleState {
  const state = styleInference.empty();
  for (const one of all) styleInference.apply(state, one, 1);
  return state;
}
const shuffled = (all: readonly Message[], order: readonly number[]) =>
  all.toSorted((a, b) => (order[a.row % order.length] ?? 0) - (order[b.row % order.length] ?? 0));
const options = { numRuns: 40 };

it('is exactly as before when messages are added and taken back in another order', () => {
  fc.assert(
    fc.property(messages, messages, fc.array(fc.nat(), { minLength: 7, maxLength: 7 }), (kept, taken, order) => {
      const state = stateOf([...taken, ...kept]);
      for (const one of shuffled(taken, order)) styleInference.apply(state, one, -1);
      expect(styleInference.toBytes(state)).toEqual(styleInference.toBytes(stateOf(kept)));
    }),
    options,
  );
});

it('does not depend on the order of the messages', () => {
  fc.assert(
    fc.property(messages, fc.array(fc.nat(), { minLength: 7, maxLength: 7 }), (all, order) => {
      const [one, other] = [stateOf(all), stateOf(shuffled(all, order))];
      expect(styleInference.toBytes(one)).toEqual(styleInference.toBytes(other));
    }),
    options,
  );
});

it('merges to what one state would have seen', () => {
  fc.assert(
    fc.property(messages, messages, (left, right) => {
      const state = stateOf(left);
      mergeStyle(state, stateOf(right));
      expect(styleInference.toBytes(state)).toEqual(styleInference.toBytes(stateOf([...left, ...right])));
    }),
    options,
  );
});

it('comes back from its bytes as it was', () => {
  fc.assert(
    fc.property(messages, (all) => {
      const state = stateOf(all);
      expect(styleInference.fromBytes(styleInference.toBytes(state))).toEqual(state);
    }),
    options,
  );
});
