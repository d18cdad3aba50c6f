import type { Embedder } from '../../src/embedding/embedder.ts';
import { embeddingText } from '../../src/palace/embedding-text.ts';
import { MemoryIndex } from '../../src/palace/memory-index.ts';
import { quantize } from '../../src/spatial/quantize.ts';
import { type MemoryPort, TOP_K } from './memory-port.ts';

/** The product's own code without its storage and transport: embed, quantise, index, search. */
export function inProcess(embedder: Embedder, kernel: WebAssembly.Module): MemoryPort {
  return {
    name: 'in process',
    async open({ messages }) {
      const index = new MemoryIndex(kernel);
      for (const [row, message] of messages.entries()) {
        const { content, speaker = null, role = 'user', conversation_id: conversationId = 'default' } = message;
        const sentAt = Date.parse(message.timestamp ?? '');
        index.add({ row, content, speaker, role, conversationId, sentAt });
        const { bytes, scale } = quantize(await embedder.embed([embeddingText({ speaker, content })]));
        index.setVector(row, embedder.model, bytes, scale);
      }
      return async (question) => {
        const hits = index.search({
          text: question,
          vectors: new Map([[embedder.model, await embedder.embed([question])]]),
          topK: TOP_K,
          filters: {},
          referenceDate: Date.now(),
          explain: false,
        });
        return hits.map(({ row }) => messages[row]!.message_id);
      };
    },
  };
}
