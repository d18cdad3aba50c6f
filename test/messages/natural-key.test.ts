import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { NewMessage } from '../../src/messages/contract.ts';
import { naturalKeyOfMessageId, prepareMessage } from '../../src/messages/natural-key.ts';
import { ulidEntropyHex } from '../../src/shared/ids.ts';

const NOW = Date.UTC(2026, 0, 2, 3, 4, 5, 6);
const BASE: NewMessage = { content: 'The heron came back.', role: 'user', conversation_id: 'default' };
const SAID = { ...BASE, timestamp: '2025-06-01T10:00:00Z' };
const keyOf = (message: NewMessage, now = NOW) => prepareMessage(message, now).naturalKey;

it('gives the same message the same key and id whenever it comes', () => {
  const [first, later] = [prepareMessage(SAID, NOW), prepareMessage({ ...SAID }, NOW + 86_400_000)];
  expect([later.naturalKey, later.id]).toEqual([first.naturalKey, first.id]);
});

it('takes the same instant in another time zone for the same time', () => {
  expect(keyOf({ ...SAID, timestamp: '2025-06-01T12:00:00+02:00' })).toBe(keyOf(SAID));
});

it.each([
  ['conversation', { conversation_id: 'other' }],
  ['role', { role: 'assistant' as const }],
  ['speaker', { speaker: 'Ana' }],
  ['time', { timestamp: '2025-06-01T10:00:00.001Z' }],
  ['content', { content: 'The heron came back!' }],
])('tells messages apart by their %s', (_field, change) => {
  expect(keyOf({ ...SAID, ...change })).not.toBe(keyOf(SAID));
});

it('passes over metadata and keystrokes, which are not what was said', () => {
  expect(keyOf({ ...SAID, metadata: { a: 1 }, keystrokes: { intervals_ms: [1] } })).toBe(keyOf(SAID));
});

it('cannot be fooled by fields that run into each other', () => {
  const field = fc.stringMatching(/^[",[\]a]{1,4}$/);
  fc.assert(
    fc.property(field, field, field, field, (conversation_id, content, otherConversation, otherContent) => {
      const same = conversation_id === otherConversation && content === otherContent;
      const other = { ...SAID, conversation_id: otherConversation, content: otherContent };
      expect(keyOf(other) === keyOf({ ...SAID, conversation_id, content })).toBe(same);
    }),
  );
});

it('lets the client name a message: then nothing else counts', () => {
  const named = { ...SAID, message_id: 'm-1' };
  expect(keyOf({ ...named, content: 'something else', timestamp: '2020-01-01T00:00:00Z' })).toBe(keyOf(named));
  expect(keyOf({ ...named, message_id: 'm-2' })).not.toBe(keyOf(named));
  expect(naturalKeyOfMessageId('m-1')).toBe(keyOf(named));
});

it('takes a message without name and time for new each time, also in the same millisecond', () => {
  const [one, other] = [prepareMessage(BASE, NOW), prepareMessage(BASE, NOW)];
  expect(other.naturalKey).not.toBe(one.naturalKey);
  expect(other.id).not.toBe(one.id);
  expect([one.sentAt, other.sentAt]).toEqual([NOW, NOW]);
});

it.each([
  ['that tells its time', SAID],
  ['that is said now', BASE],
])('lets the key be found from the id of a message %s', (_which, message) => {
  const { id, naturalKey } = prepareMessage(message, NOW);
  expect(naturalKey).toMatch(/^[0-9a-f]{32}$/);
  expect(naturalKey.startsWith(ulidEntropyHex(id)!)).toBe(true);
});

it('keys with the first 128 bits of a SHA-256, which must never change', () => {
  const digest = createHash('sha256')
    .update('["default","user",null,1748772000000,"The heron came back."]')
    .digest('hex');
  expect(keyOf(SAID)).toBe(digest.slice(0, 32));
});

it('carries every field over', () => {
  const full: NewMessage = {
    ...SAID,
    message_id: 'm',
    speaker: 'Ana',
    metadata: { a: [1] },
    keystrokes: { intervals_ms: [3] },
  };
  expect(prepareMessage(full, NOW)).toMatchObject({
    messageId: 'm',
    conversationId: 'default',
    role: 'user',
    speaker: 'Ana',
    content: 'The heron came back.',
    sentAt: Date.UTC(2025, 5, 1, 10),
    metadata: '{"a":[1]}',
    keystrokes: '{"intervals_ms":[3]}',
  });
});
