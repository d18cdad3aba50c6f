import type { Embedder } from '../../src/embedding/embedder.ts';
import { type Judge, shippedJudge } from '../../src/palace/closer-look.ts';
import { CANDIDATES, type SaidVector, saysTheSame, wordsKey } from '../../src/palace/duplicates.ts';
import { embeddingText } from '../../src/palace/embedding-text.ts';
import { MemoryIndex } from '../../src/palace/memory-index.ts';
import { quantize } from '../../src/spatial/quantize.ts';
import { lastTime, type Sample } from './dataset.ts';
import { type MemoryPort, TOP_K } from './memory-port.ts';

export interface AskOptions {
  topK: number;
  /** what "yesterday" counts from, epoch ms */
  now: number;
  /** give every signal's share; by default not */
  explain?: boolean;
}

/** The product's own code without its storage and transport: embed, quantise, index, search. */
export function inProcess(embedder: Embedder, kernel: WebAssembly.Module): MemoryPort {
  return {
    name: 'in process',
    async open(sample) {
      const ask = await openIndex(sample, embedder, kernel);
      const now = lastTime(sample);
      return async (question) => (await ask(question, { topK: TOP_K, now })).ids;
    },
  };
}

/** An index of one conversation. Asking it gives the message ids, best first, and how likely an answer is among them. */
export async function openIndex(
  { messages }: Sample,
  embedder: Embedder,
  kernel: WebAssembly.Module,
  judge: Judge = shippedJudge,
) {
  const index = new MemoryIndex(kernel, judge);
  const sayings = new FirstSayings();
  for (const [row, message] of messages.entries()) {
    const { content, speaker = null, role = 'user', conversation_id: conversationId = 'default' } = message;
    const sentAt = Date.parse(message.timestamp ?? '');
    index.add({ row, content, speaker, role, conversationId, sentAt });
    const { bytes, scale } = quantize(await embedder.embed([embeddingText({ speaker, content })]));
    index.setVector(row, embedder.model, bytes, scale);
    sayings.note(row, content, { model: embedder.model, vector: bytes });
  }
  return async (text: string, { topK, now, explain = false }: AskOptions) => {
    const answer = index.answer({
      text,
      vectors: new Map([[embedder.model, await embedder.embed([text])]]),
      topK,
      filters: {},
      duplicateOf: sayings.duplicateOf,
      now: { time: now, zone: 'UTC' },
      explain,
    });
    return { ...answer, ids: answer.hits.map(({ row }) => messages[row]!.message_id) };
  };
}

/** What the object asks of its storage: which message was the first to say the same. */
class FirstSayings {
  readonly duplicateOf = new Map<number, number>();
  private readonly firsts = new Map<string, { row: number; said: SaidVector }[]>();

  note(row: number, content: string, said: SaidVector): void {
    const key = wordsKey(content);
    if (key === null) return;
    const firsts = this.firsts.get(key) ?? [];
    this.firsts.set(key, firsts);
    const first = firsts.slice(0, CANDIDATES).find((other) => saysTheSame(other.said, said));
    if (first) this.duplicateOf.set(row, first.row);
    else firsts.push({ row, said });
  }
}
