import type { NewMessage } from '../../src/messages/contract.ts';

/** A small invented history: two people, two conversations, and things worth asking about. */
export const HISTORY = [
  said(0, 'user', 'Ana', 'The heron came back to the pond behind our house this morning.'),
  said(1, 'assistant', null, 'Lovely. Did you write it into your bird diary?'),
  said(2, 'user', 'Ana', 'Yes, with a sketch. Next week I start the pottery course in Porto.'),
  said(3, 'user', 'Bo', 'I repaired the green bicycle, the chain was rusty.', 'garage'),
  said(4, 'user', 'Ana', 'My sister Marta moved into the lighthouse keeper cottage.', 'garage'),
  said(5, 'user', 'Bo', 'I am allergic to walnuts, so no brownies please.', 'garage'),
] as const;

function said(
  minute: number,
  role: 'user' | 'assistant',
  speaker: string | null,
  content: string,
  conversation_id = 'pond',
) {
  return {
    message_id: `h${minute}`,
    role,
    ...(speaker === null ? {} : { speaker }),
    content,
    conversation_id,
    timestamp: new Date(Date.UTC(2026, 4, 3, 9, minute)).toISOString(),
  };
}

/** `count` messages that no other call makes, a minute apart. */
export const numbered = (count: number, first = 0): Partial<NewMessage>[] =>
  Array.from({ length: count }, (_, i) => ({
    content: `Entry ${first + i}: the tide was ${(first + i) % 7} fingers high at the old pier.`,
    timestamp: new Date(Date.UTC(2026, 0, 1, 0, first + i)).toISOString(),
  }));
