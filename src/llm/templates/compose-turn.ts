import { z } from 'zod';
import { outsideEvidence } from '../../text/outside-evidence.ts';
import { records } from '../slots.ts';
import { defineTemplate } from '../template.ts';

/** Texts that a lost message may have had, of the words that survive in its fragments. */
export const composeTurn = defineTemplate({
  name: 'compose-turn',
  instructions: `A message of a conversation is lost. Pieces of it survive in other messages. You propose at most three \
texts that it may have had, likeliest first.
A text consists of pieces, each used whole, unchanged and at most once, in the order that fits best; between them may stand \
only articles, prepositions, conjunctions, commas and full stops. No other word, name, number, link or emoji may stand in \
it. Where the pieces make no message, answer with an empty list.`,
  ask: `Pieces of the lost message:
{{pieces}}
Messages before the lost one:
{{before}}
Messages after it:
{{after}}
Propose the texts.`,
  slots: { pieces: records(12, 600), before: records(6, 400), after: records(6, 400) },
  output: {
    kind: 'json',
    schema: z.strictObject({ texts: z.array(z.string().trim().min(1).max(1_000)).max(3) }),
  },
  maxTokens: 500,
  temperature: 0.2,
  check: ({ pieces }) => {
    const held = pieces.map(({ text }) => text);
    return ({ texts }) => {
      const isOutside = texts.some((text) => outsideEvidence(text, held).length > 0);
      return isOutside ? 'A text holds a word, name or number that no piece holds.' : null;
    };
  },
});
