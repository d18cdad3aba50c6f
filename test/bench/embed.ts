import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildModel } from '../../scripts/build-model.ts';
import { ONNX_MODEL } from '../../src/embedding/onnx.ts';
import { Tokenizer, type Vocabulary } from '../../src/embedding/tokenizer.ts';
import { cosine } from '../helpers/cosine.ts';
import { SENTENCES } from '../helpers/sentences.ts';
import { referenceEmbedding } from '../helpers/use-lite-reference.ts';
import type { Report } from './report.ts';
import { type RunningWorker, startWorkerd } from './workerd.ts';

const WORKER = 'test/bench/embed-worker.ts';
const VOCABULARY = join(import.meta.dirname, '../../.build/assets/model/vocab.json');

const STARTS = 5;
const WARM_UP_RUNS = 400;
const REPEATS = 9;
const ROUNDS = 10;
const MAX_TOKENS = 64;

/** Built from common one-token words until it has the wanted length, so that each is another text. */
const OPENINGS = [
  'I think',
  'She said',
  'We know',
  'They told me',
  'You should hear',
  'He wrote',
  'My friend says',
  'So',
];
const FILLER = ' that we should go home and then come back to see the old house by the water again with all of them';

/**
 * The embedded model inside workerd: CPU of a warm message of 20 tokens, agreement with the published float32 network,
 * and the cold start. Linux only: CPU is read from /proc.
 */
export async function embedSuite(report: Report): Promise<void> {
  buildModel();
  const tokenizer = new Tokenizer(JSON.parse(readFileSync(VOCABULARY, 'utf8')) as Vocabulary);
  report({ metric: 'cold', value: median(await coldStarts()), unit: 'ms', n: STARTS });

  const worker = await startWorkerd(WORKER);
  try {
    const texts = textsOfTokens(tokenizer, 20);
    await worker.post({ texts, rounds: Math.ceil(WARM_UP_RUNS / texts.length), batch: false });
    const single = await cpuPerText(worker, texts, false);
    report({ metric: 'cpu/20tok', value: median(single), unit: 'ms', n: REPEATS * ROUNDS * texts.length });
    const batch = await cpuPerText(worker, [...texts, ...texts], true);
    report({ metric: 'cpu/20tok/batch16', value: median(batch), unit: 'ms', n: REPEATS * ROUNDS * 2 * texts.length });

    const cosines = await agreement(worker, tokenizer);
    report({ metric: 'cosine/min', value: Math.min(...cosines), unit: 'cosine', n: cosines.length });
    report({ metric: 'cosine/mean', value: mean(cosines), unit: 'cosine', n: cosines.length });
  } finally {
    await worker.stop();
  }
}

/** Wall ms from a process that has answered, but never loaded the model, to its first vector. */
async function coldStarts(): Promise<number[]> {
  const times: number[] = [];
  for (let start = 0; start < STARTS; start++) {
    const worker = await startWorkerd(WORKER);
    try {
      await worker.post({ texts: [], rounds: 0, batch: false });
      const before = performance.now();
      await worker.post({ texts: [SENTENCES[4]], rounds: 1, batch: false });
      times.push(performance.now() - before);
    } finally {
      await worker.stop();
    }
  }
  return times;
}

async function cpuPerText(worker: RunningWorker, texts: string[], batch: boolean): Promise<number[]> {
  const spent: number[] = [];
  for (let repeat = 0; repeat < REPEATS; repeat++) {
    const before = worker.cpuMs();
    await worker.post({ texts, rounds: ROUNDS, batch });
    spent.push((worker.cpuMs() - before) / (ROUNDS * texts.length));
  }
  return spent;
}

/** Cosines between the vectors of workerd and those of the float32 reference on the same tokens. */
async function agreement(worker: RunningWorker, tokenizer: Tokenizer): Promise<number[]> {
  const texts = SENTENCES.filter((text) => tokenizer.encode(text).length <= MAX_TOKENS);
  const vectors = new Float32Array(await worker.post({ texts, rounds: 1, batch: true }));
  return texts.map((text, i) => {
    const start = i * ONNX_MODEL.dimensions;
    const vector = vectors.subarray(start, start + ONNX_MODEL.dimensions);
    return cosine(vector, referenceEmbedding(tokenizer.encode(text)));
  });
}

/** Different texts of so many tokens each. */
export const textsOfTokens = (tokenizer: Tokenizer, tokens: number): string[] =>
  OPENINGS.map((opening) => textOfTokens(tokenizer, opening, tokens));

function textOfTokens(tokenizer: Tokenizer, opening: string, tokens: number): string {
  const words = (opening + FILLER).split(' ');
  for (let count = 1; count <= words.length; count++) {
    const text = words.slice(0, count).join(' ');
    if (tokenizer.encode(text).length === tokens) return text;
  }
  throw new Error(`No text of ${tokens} tokens starts with "${opening}".`);
}

const mean = (values: number[]): number => values.reduce((a, b) => a + b, 0) / values.length;

function median(values: number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)]!;
}
