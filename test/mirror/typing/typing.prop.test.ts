import fc from 'fast-check';
import { expect, it } from 'vitest';
import { typingInference } from '../../../src/mirror/typing/typing-view.ts';
import { utterance } from '../utterance.ts';

const messages = fc.array(
  fc
    .record({
      intervals_ms: fc.array(fc.oneof(fc.integer({ min: -10, max: 3_000 }), fc.integer({ max: 700_000 })), {
        maxLength: 30,
      }),
      corrections: fc.option(fc.integer({ min: -2, max: 9 }), { nil: undefined }),
    })
    .map((keystrokes) => utterance({ keystrokes })),
);

it('is exactly as before when messages are added and taken back, and when it comes back from its bytes', () => {
  fc.assert(
    fc.property(messages, messages, (kept, taken) => {
      const before = typingInference.empty();
      for (const one of kept) typingInference.apply(before, one, 1);
      const after = typingInference.empty();
      for (const one of [...taken, ...kept]) typingInference.apply(after, one, 1);
      for (const one of taken) typingInference.apply(after, one, -1);
      expect(typingInference.fromBytes(typingInference.toBytes(after))).toEqual(before);
    }),
  );
});
