import fc from 'fast-check';
import { expect, it } from 'vitest';
import { plainMessage, SpokenMessage } from '../../src/live/contract.ts';
import { LIMITS } from '../../src/messages/contract.ts';

/** Texts of every kind, and some at the bounds: empty, too long by one, not well-formed. */
const text = (bytes: number) =>
  fc.oneof(
    { weight: 6, arbitrary: fc.string({ unit: 'binary', maxLength: 40 }) },
    fc.constantFrom('', ' ', '\u0000', 'a\ud800', 'x'.repeat(bytes), 'x'.repeat(bytes + 1), 'é'.repeat(bytes / 2)),
    fc.integer({ min: -2, max: 2 }).map((n) => '€'.repeat(Math.floor(bytes / 3) + n)),
  );
const anything = fc.oneof(fc.constant(undefined), fc.constant(null), fc.integer(), fc.constantFrom([], {}));
const said = fc.record(
  {
    type: fc.constant('message'),
    message_id: fc.oneof({ weight: 8, arbitrary: text(256) }, anything),
    content: fc.oneof({ weight: 8, arbitrary: text(LIMITS.messageBytes) }, anything),
    role: fc.constantFrom('user', 'assistant', 'nobody'),
    conversation_id: text(128),
    other: fc.integer(),
  },
  { requiredKeys: ['type'] },
);

it('makes of a message what the schema makes of it, or leaves it to the schema', () => {
  fc.assert(
    fc.property(said, (message) => {
      const plain = plainMessage(message);
      if (plain !== null) expect(plain).toEqual(SpokenMessage.parse(message));
    }),
    { numRuns: 1_000 },
  );
});

it('knows every message that says nothing but a text', () => {
  const [name, content] = [text(256), text(LIMITS.messageBytes)];
  fc.assert(
    fc.property(name, content, (message_id, words) => {
      const message = { type: 'message', message_id, content: words };
      expect(plainMessage(message) !== null).toBe(SpokenMessage.safeParse(message).success);
    }),
    { numRuns: 500 },
  );
});

it('takes no name for a field because every object has it', () => {
  const message = JSON.parse('{"type":"message","message_id":"a","content":"b","__proto__":{"role":"system"}}');
  expect(plainMessage(message)).toBeNull();
});
