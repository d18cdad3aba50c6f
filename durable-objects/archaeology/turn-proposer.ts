import type { ProposalScene, ProposedText } from '../../src/archaeology/reconstruct/proposed-texts.ts';
import { composeTurn } from '../../src/llm/templates/compose-turn.ts';
import type { TextDesk } from '../text-desk.ts';

/** What the text model proposes for a lost message; nothing where there is none, or it does not answer as it should. */
export async function proposeTurn(texts: TextDesk, { pieces, before, after }: ProposalScene): Promise<ProposedText[]> {
  if (!texts.isPresent) return [];
  const recalled = ({ id, speaker, content }: ProposalScene['before'][number]) => ({ id, who: speaker, text: content });
  const written = await texts.write(composeTurn, {
    pieces: pieces.map(({ messageId, text }) => ({ id: messageId, who: null, text })),
    before: before.map(recalled),
    after: after.map(recalled),
  });
  if (!written.ok) return [];
  const { value, provenance } = written.value;
  return value.texts.map((text) => ({ text, provenance }));
}
