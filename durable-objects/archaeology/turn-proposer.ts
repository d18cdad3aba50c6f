import type { ProposalScene, ProposedText } from '../../src/archaeology/reconstruct/proposed-texts.ts';
import { composeTurn } from '../../src/llm/templates/compose-turn.ts';
import { done, type Outcome } from '../../src/shared/errors.ts';
import type { TextDesk } from '../text-desk.ts';

/** What the text model proposes for a lost message; refused where there is none, or it does not answer as it should. */
export async function proposeTurn(
  texts: TextDesk,
  { pieces, before, after }: ProposalScene,
): Promise<Outcome<ProposedText[]>> {
  const recalled = ({ id, speaker, content }: ProposalScene['before'][number]) => ({ id, who: speaker, text: content });
  const written = await texts.write(composeTurn, {
    pieces: pieces.map(({ messageId, text }) => ({ id: messageId, who: null, text })),
    before: before.map(recalled),
    after: after.map(recalled),
  });
  if (!written.ok) return written;
  const { value, provenance } = written.value;
  return done(value.texts.map((text) => ({ text, provenance })));
}
