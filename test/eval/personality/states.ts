import type { Embedder } from '../../../src/embedding/embedder.ts';
import {
  emptyPersonality,
  type PersonalityState,
  personalityInference,
} from '../../../src/mirror/personality/personality-state.ts';
import type { Writer } from './people.ts';
import { storedVectors } from './stored-vectors.ts';

const SENT_AT = Date.UTC(2026, 0, 1);

/** The product's state of each writer after all of their messages. `part` picks some of them, by number. */
export async function statesOf(
  writers: readonly Writer[],
  embedder: Embedder,
  part: (message: number) => boolean = () => true,
): Promise<PersonalityState[]> {
  const vectorOf = await storedVectors(
    writers.flatMap(({ messages }) => messages),
    embedder,
  );
  return writers.map(({ id, messages }) => {
    const state = emptyPersonality();
    for (const [row, content] of messages.entries()) {
      if (!part(row)) continue;
      const rest = { conversationId: id, sentAt: SENT_AT, keystrokes: null, model: embedder.model };
      personalityInference.apply(state, { row, id: `${row}`, content, vector: vectorOf(content), ...rest }, 1);
    }
    return state;
  });
}
