import { z } from 'zod';
import { factsBeyond } from '../../text/outside-evidence.ts';
import { choice, records } from '../slots.ts';
import { defineTemplate } from '../template.ts';

/** A name for a room of the palace, from what is kept in it. */
export const roomName = defineTemplate({
  name: 'room-name',
  instructions: `You name a room of a memory palace. Its theme is {{theme}}. The name has two to five words, begins with \
"The", says what the memories in it have in common, and holds no name, number or private detail that they do not hold. \
All its other words are in lower case, as within a sentence, but for names that the memories hold.`,
  ask: `Memories in the room:
{{memories}}
Name it.`,
  slots: {
    theme: choice(['people', 'places', 'work', 'health', 'home', 'leisure', 'plans', 'feelings', 'events', 'facts']),
    memories: records(12, 200),
  },
  output: {
    kind: 'json',
    schema: z.strictObject({
      name: z
        .string()
        .regex(/^The( [\p{L}\p{N}'’-]+){1,4}$/u)
        .max(60),
    }),
  },
  maxTokens: 60,
  temperature: 0.3,
  check: ({ memories }) => {
    const beyond = factsBeyond(memories.map(({ text }) => text));
    return ({ name }) =>
      beyond(name).length > 0 ? 'Words of it that no memory holds begin with a capital, or are numbers.' : null;
  },
});
