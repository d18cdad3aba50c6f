import type { ContextAnswer } from '../../src/context/contract.ts';
import { contextSummary } from '../../src/llm/templates/context-summary.ts';
import type { MessageRow } from '../stores/message-store.ts';
import type { TextDesk } from '../text-desk.ts';

const LABEL = 'Summary by a text model: nobody said this. The messages that it was made from are named.';

type Summarised = Pick<ContextAnswer, 'summary' | 'path' | 'path_reason'>;

/** What recalled messages say about a question, by the text model, or why it did not say. @param messages oldest first */
export async function summarise(
  texts: TextDesk,
  question: string,
  messages: readonly MessageRow[],
): Promise<Summarised> {
  const none = (why: string): Summarised => ({ summary: null, path: 'without_model', path_reason: why });
  if (messages.length === 0) return none('Nothing was found.');
  const records = messages.map(({ id, speaker, role, content }) => ({ id, who: speaker ?? role, text: content }));
  const written = await texts.write(contextSummary, { question, messages: records });
  if (!written.ok) return none(written.detail);
  const { value, provenance } = written.value;
  return {
    summary: { text: value, label: LABEL, generated: true, provenance },
    path: 'text_model',
    path_reason: null,
  };
}
