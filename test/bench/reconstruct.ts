import type { KnownMessage } from '../../src/archaeology/reconstruct/ports.ts';
import { prospectOf } from '../../src/archaeology/reconstruct/prospect.ts';
import { reconstruct } from '../../src/archaeology/reconstruct/reconstruct.ts';
import type { Embedder } from '../../src/embedding/embedder.ts';
import { loadNodeEmbedder } from '../../src/embedding/node.ts';
import { embeddingText } from '../../src/palace/embedding-text.ts';
import { quantize } from '../../src/spatial/quantize.ts';
import { VectorIndex } from '../../src/spatial/vectors.ts';
import { seeded } from '../../src/statistics/seeded.ts';
import { MemoryHistory } from '../helpers/memory-history.ts';
import { loadVectorKernel } from '../helpers/vector-kernel.ts';
import { chatter } from './chatter.ts';
import type { Report } from './report.ts';

const HISTORY = 10_000;
const VOCABULARY = 5_000;
const START = Date.UTC(2025, 0, 1);
const BATCH = 16;
const RUNS = 300;
const WARM_UP = 30;

/**
 * One missing message in a history of 10^4 messages, both products, no text model, as the server does it: evidence,
 * embedding of what is quoted (by the embedded model, in this Node process), two exact searches over all stored
 * vectors, ranking, composition. The texts are an invented language; their vectors are the embedded model's own. Not in
 * it: HTTP and the reading of the neighbours from SQLite.
 */
export async function reportReconstruction(report: Report): Promise<void> {
  const embedder = await loadNodeEmbedder();
  const random = seeded(6);
  const history = await historyOf(embedder, random);
  const ports = history.ports();
  const times: number[] = [];
  let embedded = 0;
  let proposed = 0;
  for (let run = -WARM_UP; run < RUNS; run++) {
    const after = 50 + Math.floor(random() * (HISTORY - 100));
    const place = history.place(after, after + 2);
    const started = performance.now();
    const prospect = prospectOf(place, ports, { maxMessages: 1, products: ['retrieval', 'composition'], given: null });
    const vectors = new Map<string, Float32Array>();
    if (prospect.texts.length > 0) {
      const flat = await embedder.embed(prospect.texts.map(embeddingText));
      for (const [i, { content }] of prospect.texts.entries()) vectors.set(content, rowOf(embedder, flat, i));
    }
    const { messages } = reconstruct(prospect, ports, (text) => vectors.get(text) ?? null);
    if (run < 0) continue;
    times.push(performance.now() - started);
    embedded += prospect.texts.length;
    if (messages.some(({ retrieval }) => retrieval?.state === 'proposed')) proposed++;
  }
  times.sort((a, b) => a - b);
  const at = (share: number) => times[Math.floor(share * (times.length - 1))]!;
  report({ metric: 'reconstruct/p50', value: at(0.5), unit: 'ms', n: RUNS });
  report({ metric: 'reconstruct/p99', value: at(0.99), unit: 'ms', n: RUNS });
  report({ metric: 'reconstruct/embedded', value: embedded / RUNS, unit: 'texts', n: RUNS });
  report({ metric: 'reconstruct/proposed', value: proposed / RUNS, unit: 'share', n: RUNS });
}

/** Two people in turn; one message in ten quotes one that is not there, so that something is embedded and composed. */
async function historyOf(embedder: Embedder, random: () => number): Promise<MemoryHistory> {
  const next = chatter(VOCABULARY, 5);
  const index = new VectorIndex(loadVectorKernel(), embedder.dimensions);
  const messages: KnownMessage[] = [];
  for (let row = 0; row < HISTORY; row += BATCH) {
    const said = Array.from({ length: Math.min(BATCH, HISTORY - row) }, (_, k) => ({
      ...{ id: `m${row + k}`, at: START + (row + k) * 60_000 },
      ...((row + k) % 2 === 0 ? { speaker: 'Ana', isOwn: true } : { speaker: 'Bruno', isOwn: false }),
      content: random() < 0.1 ? `> ${next().split(' ').slice(1, 9).join(' ')}\n${next()}` : next(),
    }));
    const flat = await embedder.embed(said.map(embeddingText));
    for (const [k, message] of said.entries()) {
      const vector = rowOf(embedder, flat, k).slice();
      const { bytes, scale } = quantize(vector);
      index.add(row + k, bytes, scale);
      messages.push({ ...message, vector });
    }
  }
  return new MemoryHistory(messages, {
    model: embedder.model,
    nearest: (vector, count) => index.topK(vector, count),
  });
}

const rowOf = ({ dimensions }: Embedder, flat: Float32Array, row: number) =>
  flat.subarray(row * dimensions, (row + 1) * dimensions);
