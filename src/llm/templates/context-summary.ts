import { factsBeyond } from '../../text/outside-evidence.ts';
import { data, records } from '../slots.ts';
import { defineTemplate } from '../template.ts';

/** What recalled messages say about a question, in few words. */
export const contextSummary = defineTemplate({
  name: 'context-summary',
  instructions: `You sum up what the messages below say about the question, in at most six plain sentences. Say who said \
what where it matters. Add nothing that they do not say: no name, number or date that does not stand in them. Where they \
say nothing about it, answer: Nothing is remembered about this.`,
  ask: `The question:
{{question}}
The messages, oldest first:
{{messages}}
Sum up.`,
  slots: { question: data(1_000), messages: records(60, 800) },
  output: { kind: 'text', maxLetters: 3_000 },
  maxTokens: 500,
  temperature: 0.1,
  check: ({ question, messages }) => {
    const said = messages.flatMap(({ who, text }) => (who === null ? [text] : [who, text]));
    const beyond = factsBeyond([question, ...said]);
    return (text: string) => (beyond(text).length > 0 ? 'It holds a name or number that no message holds.' : null);
  },
});
