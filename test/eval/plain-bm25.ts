import { TopK } from '../../src/spatial/top-k.ts';
import { Bm25Index } from '../../src/text/bm25.ts';
import { tokenize } from '../../src/text/tokenize.ts';
import { type MemoryPort, TOP_K } from './memory-port.ts';

/** The floor: BM25 over single turns with the speaker's name in front, stemmed, without stop words, nothing else. */
export const plainBm25: MemoryPort = {
  name: 'plain BM25',
  async open({ messages }) {
    const index = new Bm25Index();
    for (const [row, { speaker, content }] of messages.entries()) index.add(row, tokenize(`${speaker} ${content}`));
    return async (question) => {
      const scores = new Float64Array(messages.length);
      index.score(tokenize(question), scores);
      const best = new TopK(TOP_K);
      for (const [row, score] of scores.entries()) best.push(row, score);
      return best.ranked().map(({ row }) => messages[row]!.message_id);
    };
  },
};
