import { z } from 'zod';
import { factsBeyond } from '../../text/outside-evidence.ts';
import { count, data, records } from '../slots.ts';
import { defineTemplate } from '../template.ts';

/** Replies that a person might give, beside those of their own past. */
export const replyCandidates = defineTemplate({
  name: 'reply-candidates',
  instructions: `You propose at most {{limit}} different messages that the person who wrote the past replies below might \
send next, in their manner, likeliest first. They will be ranked against what the person really said, and shown as \
guesses. State nothing that the past replies or the conversation do not say.`,
  ask: `Past replies of the person, in like places:
{{replies}}
The conversation so far:
{{conversation}}
What is said to the person now:
{{message}}
Propose the messages.`,
  slots: { limit: count, replies: records(20, 600), conversation: records(10, 600), message: data(2_000) },
  output: {
    kind: 'json',
    schema: z.strictObject({ replies: z.array(z.string().trim().min(1).max(1_000)).max(10) }),
  },
  maxTokens: 600,
  temperature: 0.7,
  check: ({ limit, replies, conversation, message }) => {
    const beyond = factsBeyond([message, ...replies.map(({ text }) => text), ...conversation.map(({ text }) => text)]);
    return ({ replies: proposed }) => {
      if (proposed.length > limit) return 'There are too many messages.';
      return proposed.some((text) => beyond(text).length > 0)
        ? 'A message holds a name or number of its own making.'
        : null;
    };
  },
});
