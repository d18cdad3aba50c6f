import { factsBeyond } from '../../text/outside-evidence.ts';
import { count, data, records } from '../slots.ts';
import { defineTemplate } from '../template.ts';

const slots = { words: count, replies: records(20, 600), conversation: records(10, 600), message: data(2_000) };

/** A reply in the manner of a person, from what they said in like places. */
export const mirrorChat = defineTemplate<typeof slots, string | null>({
  name: 'mirror-chat',
  instructions: `You draft one chat message in the manner of the person who wrote the past replies below: their words, their \
length (about {{words}} words), their punctuation and their case. It will be shown as a guess of a mirror, never as theirs.
State nothing about the person, their life, other people, places, dates or numbers that the past replies or the \
conversation do not say. Where they do not show what the person would reply, there is no message.`,
  ask: `Past replies of the person, in like places:
{{replies}}
The conversation so far:
{{conversation}}
What is said to the person now:
{{message}}
Draft the reply.`,
  slots,
  output: { kind: 'text', maxLetters: 2_000, none: 'NO_REPLY' },
  maxTokens: 400,
  temperature: 0.3,
  check: ({ replies, conversation, message }) => {
    const beyond = factsBeyond([message, ...replies.map(({ text }) => text), ...conversation.map(({ text }) => text)]);
    return (reply: string) => (beyond(reply).length > 0 ? 'It holds a name or number of its own making.' : null);
  },
});
