import type { Embedder } from '../../src/embedding/embedder.ts';
import type { Evidence } from '../../src/palace/answerable.ts';
import { SIGNALS, WEIGHTS } from '../../src/palace/blend.ts';
import type { Judge } from '../../src/palace/closer-look.ts';
import { lastTime, type Question, type Sample } from '../../test/eval/dataset.ts';
import { openIndex } from '../../test/eval/in-process.ts';

/** One question with the signals of every message that may answer it. */
export interface RankingExample {
  sample: string;
  /** row-major [messages, signals], each signal before its weight */
  signals: Float64Array;
  /** rows of `signals` that hold the answer */
  gold: number[];
  /** messages that hold the answer, those that cannot be found included */
  wanted: number;
}

/** One question with what its answer tells of itself. */
export interface JudgedExample {
  sample: string;
  kind: 'asked' | 'adversarial' | 'foreign';
  evidence: Evidence;
  /** an answer is among the first ten */
  isAnswered: boolean;
}

/** Of another person's questions, one in so many is asked of somebody who never spoke of it. */
const FOREIGN_STEP = 3;
const TOP = 10;

export async function rankingExamples(
  samples: readonly Sample[],
  embedder: Embedder,
  kernel: WebAssembly.Module,
): Promise<RankingExample[]> {
  const examples: RankingExample[] = [];
  for (const sample of samples) {
    const ask = await openIndex(sample, embedder, kernel);
    const options = { topK: sample.messages.length, now: lastTime(sample), explain: true };
    for (const { text, gold } of sample.questions.filter((question) => question.gold.length > 0)) {
      const { ids, hits } = await ask(text, options);
      const signals = Float64Array.from(hits.flatMap((hit) => SIGNALS.map((s) => (hit.signals[s] ?? 0) / WEIGHTS[s])));
      const wanted = new Set(gold);
      const rows = [...ids.keys()].filter((row) => wanted.has(ids[row]!));
      examples.push({ sample: sample.id, signals, gold: rows, wanted: wanted.size });
    }
  }
  return examples;
}

export async function judgedExamples(
  samples: readonly Sample[],
  embedder: Embedder,
  kernel: WebAssembly.Module,
  judgeOf: (sample: Sample) => Judge,
): Promise<JudgedExample[]> {
  const examples: JudgedExample[] = [];
  for (const [i, sample] of samples.entries()) {
    const ask = await openIndex(sample, embedder, kernel, judgeOf(sample));
    const options = { topK: TOP, now: lastTime(sample) };
    for (const { text, gold, category } of sample.questions.filter((question) => question.gold.length > 0)) {
      const { ids, evidence } = await ask(text, options);
      if (evidence === null) continue;
      const kind = category === 'adversarial' ? 'adversarial' : 'asked';
      const isAnswered = kind === 'asked' && ids.some((id) => gold.includes(id));
      examples.push({ sample: sample.id, kind, evidence, isAnswered });
    }
    for (const text of foreignQuestions(samples[(i + 1) % samples.length]!, sample)) {
      const { evidence } = await ask(text, options);
      if (evidence !== null) examples.push({ sample: sample.id, kind: 'foreign', evidence, isAnswered: false });
    }
  }
  return examples;
}

/** Questions about `from`, with the names of those who speak in `to`: else the names alone would give them away. */
function foreignQuestions(from: Sample, to: Sample): string[] {
  const names = speakersOf(to);
  const asked = from.questions.filter(({ category }: Question) => category !== 'adversarial');
  return asked
    .filter((_, i) => i % FOREIGN_STEP === 0)
    .map(({ text }) =>
      speakersOf(from).reduce(
        (said, name, i) => said.replaceAll(new RegExp(`\\b${name}\\b`, 'gi'), names[i] ?? name),
        text,
      ),
    );
}

const speakersOf = ({ messages }: Sample) => [...new Set(messages.flatMap(({ speaker }) => speaker ?? []))];
