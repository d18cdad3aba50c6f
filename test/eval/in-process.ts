import type { Embedder } from '../../src/embedding/embedder.ts';
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
export async function openIndex({ messages }: Sample, embedder: Embedder, kernel: WebAssembly.Module) {
  const index = new MemoryIndex(kernel);
  for (const [row, message] of messages.entries()) {
    const { content, speaker = null, role = 'user', conversation_id: conversationId = 'default' } = message;
    const sentAt = Date.parse(message.timestamp ?? '');
    index.add({ row, content, speaker, role, conversationId, sentAt });
    const { bytes, scale } = quantize(await embedder.embed([embeddingText({ speaker, content })]));
    index.setVector(row, embedder.model, bytes, scale);
  }
  return async (text: string, { topK, now, explain = false }: AskOptions) => {
    const answer = index.answer({
      text,
      vectors: new Map([[embedder.model, await embedder.embed([text])]]),
      topK,
      filters: {},
      now: { time: now, zone: 'UTC' },
      explain,
    });
    return { ...answer, ids: answer.hits.map(({ row }) => messages[row]!.message_id) };
  };
}
