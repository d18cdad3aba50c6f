import type { StoredMessage } from '../../src/persistence/messages.ts';

const SENT_AT = Date.UTC(1969, 6, 20, 20, 17, 40, 123);

/** Message number `n` of a conversation; ids sort by number. */
export const storedMessage = (n: number, changes: Partial<StoredMessage> = {}): StoredMessage => ({
  id: `01J${String(n).padStart(23, '0')}`,
  seq: n,
  naturalKey: `key${n}`,
  messageId: null,
  conversationId: 'default',
  role: 'user',
  speaker: null,
  content: `number ${n}`,
  sentAt: SENT_AT + n,
  acceptedAt: SENT_AT,
  metadata: null,
  keystrokes: null,
  vector: null,
  position: null,
  life: null,
  category: null,
  strength: null,
  ...changes,
});

/** One with something in every field that can be null; its life is left out. */
export const FULL = storedMessage(1, {
  messageId: 'm-1',
  speaker: 'Ana',
  content: 'quote " backslash \\ dollar $1 emoji 🦜 newline \n end',
  metadata: { nested: { list: [1, 'two', null] } },
  keystrokes: { intervals_ms: [1, 2], corrections: 0 },
  vector: { model: 'm', scale: 1 / 127, bytes: Uint8Array.from({ length: 512 }, (_, i) => i % 256) },
  position: [1.5, -2, 3e-7],
});
