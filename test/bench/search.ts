import { loadNodeEmbedder } from '../../src/embedding/node.ts';
import { embeddingText } from '../../src/palace/embedding-text.ts';
import { MemoryIndex } from '../../src/palace/memory-index.ts';
import { quantize } from '../../src/spatial/quantize.ts';
import { VectorIndex } from '../../src/spatial/vectors.ts';
import { loadVectorKernel } from '../helpers/vector-kernel.ts';
import type { Report } from './report.ts';

const DIMENSIONS = 512;
const TOP_K = 10;
const MODEL = 'bench';
const HOUR = 3_600_000;
const START = Date.UTC(2025, 0, 1);
const QUERIES = 300;
const WARM_UP = 50;

/** Every answer is added to it: unused work would be optimised away. */
let sink = 0;

/**
 * The search core without HTTP, storage and embedding, on seeded data: `scan` is the bare int8 kernel over all rows,
 * `semantic` the exact top ten with rescoring, `index` the whole search of the product. `e2e` is that search over one
 * conversation with the embedding of the query, by the embedded model in this Node process: neither HTTP nor the hop to
 * the embedding service is in it. Times are of single queries.
 */
export async function searchSuite(report: Report): Promise<void> {
  const random = seeded(42);
  const kernel = loadVectorKernel();
  reportScan(kernel, random, report);
  reportSemantic(kernel, 100_000, '100k', random, report);
  reportIndex(kernel, random, report);
  await reportEndToEnd(kernel, random, report);
  if (Number.isNaN(sink)) throw new Error('The bench computed nothing.');
}

function reportScan(kernel: WebAssembly.Module, random: () => number, report: Report): void {
  const vectors = filled(kernel, 10_000, random);
  const visit = (_row: number, score: number) => {
    sink += score;
  };
  const times = timed(
    QUERIES,
    () => unitVector(random),
    (query) => vectors.scan(query, visit),
  );
  report({ metric: 'scan/10k/p50', value: at(times, 0.5), unit: 'ms', n: QUERIES });
  report({ metric: 'scan/10k/p99', value: at(times, 0.99), unit: 'ms', n: QUERIES });
  const top = timed(
    QUERIES,
    () => unitVector(random),
    (query) => noteRows(vectors.topK(query, TOP_K)),
  );
  report({ metric: 'semantic/10k', value: at(top, 0.5), unit: 'ms', n: QUERIES });
}

function reportSemantic(
  kernel: WebAssembly.Module,
  count: number,
  label: string,
  random: () => number,
  report: Report,
): void {
  const vectors = filled(kernel, count, random);
  const runs = 60;
  const times = timed(
    runs,
    () => unitVector(random),
    (query) => noteRows(vectors.topK(query, TOP_K)),
  );
  report({ metric: `semantic/${label}`, value: at(times, 0.5), unit: 'ms', n: runs });
}

function reportIndex(kernel: WebAssembly.Module, random: () => number, report: Report): void {
  const count = 10_000;
  const index = new MemoryIndex(kernel);
  const messages = Array.from({ length: count }, (_, row) => ({
    row,
    conversationId: `day ${Math.floor(row / 40)}`,
    role: 'user' as const,
    speaker: row % 2 === 0 ? 'Ana' : 'Bruno',
    sentAt: START + row * HOUR,
    content: sentence(random),
  }));
  const started = performance.now();
  for (const message of messages) index.add(message);
  report({ metric: 'load/10k', value: performance.now() - started, unit: 'ms', n: 1 });
  for (let row = 0; row < count; row++) {
    const { bytes, scale } = quantize(unitVector(random));
    index.setVector(row, MODEL, bytes, scale);
  }
  const times = timed(
    QUERIES,
    () => ({ text: question(random), vector: unitVector(random) }),
    ({ text, vector }) => {
      const vectors = new Map([[MODEL, vector]]);
      noteRows(
        index.search({ text, vectors, topK: TOP_K, filters: {}, now: { time: START, zone: 'UTC' }, explain: false }),
      );
    },
  );
  report({ metric: 'index/10k/p50', value: at(times, 0.5), unit: 'ms', n: QUERIES });
  report({ metric: 'index/10k/p99', value: at(times, 0.99), unit: 'ms', n: QUERIES });
}

/** As long as a conversation of LoCoMo: about 600 messages in 20 sessions. */
async function reportEndToEnd(kernel: WebAssembly.Module, random: () => number, report: Report): Promise<void> {
  const embedder = await loadNodeEmbedder();
  const index = new MemoryIndex(kernel);
  for (let row = 0; row < 600; row++) {
    const speaker = row % 2 === 0 ? 'Ana' : 'Bruno';
    const content = sentence(random);
    const sentAt = START + Math.floor(row / 30) * 7 * 24 * HOUR + row * 60_000;
    index.add({ row, conversationId: `session ${Math.floor(row / 30)}`, role: 'user', speaker, sentAt, content });
    const { bytes, scale } = quantize(await embedder.embed([embeddingText({ speaker, content })]));
    index.setVector(row, embedder.model, bytes, scale);
  }
  const times = new Float64Array(QUERIES);
  for (let i = -WARM_UP; i < QUERIES; i++) {
    const text = question(random);
    const started = performance.now();
    const vectors = new Map([[embedder.model, await embedder.embed([text])]]);
    const now = { time: START, zone: 'UTC' };
    noteRows(index.search({ text, vectors, topK: TOP_K, filters: {}, now, explain: false }));
    if (i >= 0) times[i] = performance.now() - started;
  }
  times.sort();
  report({ metric: 'e2e/p50', value: at(times, 0.5), unit: 'ms', n: QUERIES });
  report({ metric: 'e2e/p95', value: at(times, 0.95), unit: 'ms', n: QUERIES });
}

/** Sorted times in ms of `run` alone, after a warm-up. */
function timed<T>(count: number, prepare: () => T, run: (input: T) => void): Float64Array {
  for (let i = 0; i < WARM_UP; i++) run(prepare());
  const times = new Float64Array(count);
  for (let i = 0; i < count; i++) {
    const input = prepare();
    const started = performance.now();
    run(input);
    times[i] = performance.now() - started;
  }
  return times.sort();
}

const at = (sorted: Float64Array, share: number) => sorted[Math.floor(share * (sorted.length - 1))]!;

function noteRows(hits: readonly { row: number }[]): void {
  for (const { row } of hits) sink += row;
}

function filled(kernel: WebAssembly.Module, count: number, random: () => number): VectorIndex {
  const vectors = new VectorIndex(kernel, DIMENSIONS);
  for (let row = 0; row < count; row++) {
    const { bytes, scale } = quantize(unitVector(random));
    vectors.add(row, bytes, scale);
  }
  return vectors;
}

function unitVector(random: () => number): Float32Array {
  const vector = Float32Array.from({ length: DIMENSIONS }, () => random() + random() + random() - 1.5);
  const length = Math.sqrt(vector.reduce((sum, value) => sum + value * value, 0));
  return vector.map((value) => value / length);
}

/** Common words of chats, most frequent first: which one is drawn follows Zipf's law, as in real text. */
const COMMON = (
  'i you the to and a it that of is in me my so have for was on do just with but be not we are this like know what ' +
  'can all your at if get out good think about time day really going love work go see would one when how today home ' +
  'back people thing week year friend family house dog school music trip movie dinner book game kids car photo mom'
).split(' ');
const SYLLABLES = 'ka lo mi ren tu sha vel dor pi gra nes ol fa bri un te zo mar qui el'.split(' ');
const VOCABULARY = 20_000;

function word(random: () => number): string {
  // inverse of the Zipf distribution: rank r with probability about 1 / r
  const rank = Math.floor(Math.exp(random() * Math.log(VOCABULARY)));
  const common = COMMON[rank - 1];
  if (common !== undefined) return common;
  const { length } = SYLLABLES;
  return `${SYLLABLES[rank % length]}${SYLLABLES[Math.floor(rank / length) % length]}${SYLLABLES[Math.floor(rank / length ** 2) % length]}`;
}

const text = (random: () => number, length: number) => Array.from({ length }, () => word(random)).join(' ');

function sentence(random: () => number): string {
  return `${text(random, 5 + Math.floor(random() * 25))}${random() < 0.25 ? '?' : '.'}`;
}

const OPENINGS = ['When did Ana', 'What did Bruno', 'Where is the', 'Who said in May 2025 that', 'How often do we'];

const question = (random: () => number) =>
  `${OPENINGS[Math.floor(random() * OPENINGS.length)]} ${text(random, 3 + Math.floor(random() * 8))}?`;

/** The same numbers in every run (a linear congruential generator), in [0, 1). */
function seeded(state: number): () => number {
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}
