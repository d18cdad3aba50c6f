import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildModel } from '../../scripts/build-model.ts';
import { Tokenizer, type Vocabulary } from '../../src/embedding/tokenizer.ts';
import { textsOfTokens } from './embed.ts';
import type { MirrorRequest } from './mirror-worker.ts';
import type { Report } from './report.ts';
import { type RunningWorker, startWorkerd } from './workerd.ts';

const VOCABULARY = join(import.meta.dirname, '../../.build/assets/model/vocab.json');
const WARM_UP = 60;
const MESSAGES = 400;
const REPEATS = 9;
const ROUNDS = 20;
const HISTORY = 100_000;
const STEP = 5_000;

/**
 * What the mirror does with a message, in workerd: all inferences of the product, with and without the embedding, in CPU
 * of the whole process; and what 10^5 messages leave. Linux only: CPU is read from /proc.
 */
export async function mirrorSuite(report: Report): Promise<void> {
  buildModel();
  const tokenizer = new Tokenizer(JSON.parse(readFileSync(VOCABULARY, 'utf8')) as Vocabulary);
  const texts = textsOfTokens(tokenizer, 20);
  const worker = await startWorkerd('test/bench/mirror-worker.ts');
  try {
    await ask(worker, { work: 'whole', texts, rounds: WARM_UP });
    await ask(worker, { work: 'wink', texts, rounds: WARM_UP });
    await reportMessages(worker, texts, report);
    await reportRatio(worker, texts, report);
    await reportHistory(worker, report);
  } finally {
    await worker.stop();
  }
}

/** One message a request, so that each has a time of its own; what an empty request costs is taken off. */
async function reportMessages(worker: RunningWorker, texts: string[], report: Report): Promise<void> {
  const [nothing, whole]: number[][] = [[], []];
  for (let i = 0; i < MESSAGES; i++) {
    const text = [texts[i % texts.length]!];
    nothing!.push(await cpuOf(worker, { work: 'nothing', texts: text, rounds: 0 }));
    whole!.push(await cpuOf(worker, { work: 'whole', texts: text, rounds: 1 }));
  }
  const floor = at(nothing!, 0.5);
  report({ metric: 'message/p50', value: at(whole!, 0.5) - floor, unit: 'ms', n: MESSAGES });
  report({ metric: 'message/p99', value: at(whole!, 0.99) - floor, unit: 'ms', n: MESSAGES });
  report({ metric: 'request/floor', value: floor, unit: 'ms', n: MESSAGES });
}

async function reportRatio(worker: RunningWorker, texts: string[], report: Report): Promise<void> {
  const [own, peer]: number[][] = [[], []];
  for (let repeat = 0; repeat < REPEATS; repeat++) {
    own!.push((await cpuOf(worker, { work: 'no-embed', texts, rounds: ROUNDS })) / (ROUNDS * texts.length));
    peer!.push((await cpuOf(worker, { work: 'wink', texts, rounds: ROUNDS })) / (ROUNDS * texts.length));
  }
  const n = REPEATS * ROUNDS * texts.length;
  report({ metric: 'message/no-embed', value: at(own!, 0.5), unit: 'ms', n });
  report({
    metric: 'ratio/wink-nlp',
    value: at(peer!, 0.5) / at(own!, 0.5),
    unit: 'ratio',
    n,
    baseline: at(peer!, 0.5),
  });
}

async function reportHistory(worker: RunningWorker, report: Report): Promise<void> {
  const costs: number[] = [];
  for (let filled = 0; filled < HISTORY; filled += STEP) {
    costs.push((await cpuOf(worker, { work: 'fill', texts: [], rounds: STEP })) / STEP);
  }
  const { bytes, names } = await ask(worker, { work: 'nothing', texts: [], rounds: 1 });
  const total = bytes.reduce((sum, size) => sum + size, 0);
  report({ metric: 'state/bytes', value: total, unit: 'bytes', n: HISTORY });
  for (const [i, name] of names.entries())
    report({ metric: `state/${name}`, value: bytes[i]!, unit: 'bytes', n: HISTORY });
  const [first, last] = [at(costs.slice(0, 5), 0.5), at(costs.slice(-5), 0.5)];
  report({ metric: 'update/first', value: first, unit: 'ms', n: 5 * STEP });
  report({ metric: 'update/last', value: last, unit: 'ms', n: 5 * STEP, baseline: first });
}

async function cpuOf(worker: RunningWorker, request: MirrorRequest): Promise<number> {
  const before = worker.cpuMs();
  await ask(worker, request);
  return worker.cpuMs() - before;
}

async function ask(worker: RunningWorker, request: MirrorRequest): Promise<{ bytes: number[]; names: string[] }> {
  return JSON.parse(new TextDecoder().decode(await worker.post(request)));
}

/** Smallest value that a share of all do not pass. */
function at(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))]!;
}
