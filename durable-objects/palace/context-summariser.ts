import type { ContextAnswer } from '../../src/context/contract.ts';
import type { FeedEvent } from '../../src/http/event-feed.ts';
import { contextSummary } from '../../src/llm/templates/context-summary.ts';
import type { Written } from '../../src/llm/text-tier.ts';
import type { MessageRow } from '../stores/message-store.ts';
import type { TextDesk } from '../text-desk.ts';

const LABEL = 'Summary by a text model: nobody said this. The messages that it was made from are named.';
const NOTHING_FOUND = 'Nothing was found.';

type Summarised = Pick<ContextAnswer, 'summary' | 'path' | 'path_reason'>;

/** What recalled messages say about a question, by the text model, or why it did not say. @param messages oldest first */
export async function summarise(
  texts: TextDesk,
  question: string,
  messages: readonly MessageRow[],
): Promise<Summarised> {
  if (messages.length === 0) return without(NOTHING_FOUND);
  const written = await texts.write(contextSummary, { question, messages: shownOf(messages) });
  return written.ok ? summarised(written.value) : without(written.detail);
}

/** As `summarise`, as it is written: pieces of the `summary`, and the whole in the end. */
export async function* hearSummary(
  texts: TextDesk,
  question: string,
  messages: readonly MessageRow[],
  leaving: AbortSignal,
): AsyncGenerator<FeedEvent, Summarised> {
  if (messages.length === 0) return without(NOTHING_FOUND);
  for await (const part of texts.stream(contextSummary, { question, messages: shownOf(messages) }, leaving)) {
    if (part.type === 'text') yield { event: 'summary', data: { text: part.text } };
    else return part.type === 'end' ? summarised(part.written) : without(part.refusal.detail);
  }
  return without(NOTHING_FOUND); // a stream ends with one of the two
}

const shownOf = (messages: readonly MessageRow[]) =>
  messages.map(({ id, speaker, role, content }) => ({ id, who: speaker ?? role, text: content }));

const without = (why: string): Summarised => ({ summary: null, path: 'without_model', path_reason: why });

const summarised = ({ value, provenance }: Written<string>): Summarised => ({
  summary: { text: value, label: LABEL, generated: true, provenance },
  path: 'text_model',
  path_reason: null,
});
