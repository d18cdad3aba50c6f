import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { loadNodeEmbedder } from '../src/embedding/node.ts';
import type { Evidence } from '../src/palace/answerable.ts';
import { SIGNALS, WEIGHTS } from '../src/palace/blend.ts';
import { judgeBy } from '../src/palace/closer-look.ts';
import { packForest } from '../src/palace/forest.ts';
import { auc, brier, expectedCalibrationError } from '../src/statistics/calibration.ts';
import type { Sample } from '../test/eval/dataset.ts';
import { readLocomo } from '../test/eval/locomo.ts';
import { readRealtalk } from '../test/eval/realtalk.ts';
import { loadVectorKernel } from '../test/helpers/vector-kernel.ts';
import {
  type JudgedExample,
  judgedExamples,
  type RankingExample,
  rankingExamples,
} from './search-training/examples.ts';
import { fitForest } from './search-training/lambda-mart.ts';
import { gainLines, type LeftOut, leaveOut } from './search-training/left-out.ts';
import { fitListwise, recallAtTen } from './search-training/listwise.ts';
import { fitLogistic, probability } from './search-training/logistic.ts';
import { lookExamples } from './search-training/look-examples.ts';

const FILE = join(import.meta.dirname, '../src/palace/weights.json');
const TREES_FILE = join(import.meta.dirname, '../src/palace/trees.json');
const TREES_VERSION = 'trees-v1';
/** RealTalk has a quarter of LoCoMo's questions, and they are of real people. */
const REALTALK_WEIGHT = 3;
const FOLD_STEPS = 30;
const EVIDENCE: (keyof Evidence)[] = ['cosine', 'words', 'unheard', 'gap', 'lead'];
const USAGE = `usage: node scripts/train-search.ts --data DIR
Fits the weights and the trees of the search to LoCoMo and RealTalk in DIR and writes src/palace/weights.json and
src/palace/trees.json; the same data give the same numbers. Figures on stderr are of conversations that were left out of
the fit. --part look leaves the weights of the blend as they are.`;

async function main(): Promise<number> {
  const { values } = parseArgs({ options: { data: { type: 'string' }, part: { type: 'string', default: 'all' } } });
  if (values.data === undefined) {
    console.error(USAGE);
    return 2;
  }
  const samples = [...readLocomo(values.data), ...readRealtalk(values.data)];
  if (values.part === 'look') await trainAnswerable(samples, await trainLook(samples));
  else {
    await trainBlend(samples);
    // what follows comes out of the ranking, and weights are read once a process
    const args = [import.meta.filename, '--data', values.data, '--part', 'look'];
    return spawnSync(process.execPath, args, { stdio: 'inherit' }).status ?? 1;
  }
  return 0;
}

async function trainBlend(samples: readonly Sample[]): Promise<void> {
  const examples = await rankingExamples(samples, await loadNodeEmbedder(), loadVectorKernel());
  const weights = fitListwise(
    examples,
    SIGNALS.map((signal) => WEIGHTS[signal]),
  );
  write({ blend: Object.fromEntries(SIGNALS.map((signal, i) => [signal, rounded(weights[i]!)])) });
  for (const id of ['locomo', 'realtalk']) {
    const mine = examples.filter(({ sample }) => isRealtalk(sample) === (id === 'realtalk'));
    const heldOut = mine.map((example) => recallAtTen(example, weightsWithout(example.sample, examples, weights)));
    console.error(`${id}: recall@10 with the conversation left out ${mean(heldOut).toFixed(4)} (n = ${mine.length})`);
  }
}

const folds = new Map<string, number[]>();

function weightsWithout(sample: string, examples: readonly RankingExample[], start: readonly number[]): number[] {
  let weights = folds.get(sample);
  if (weights === undefined) {
    const others = examples.filter((example) => example.sample !== sample);
    weights = fitListwise(others, start, FOLD_STEPS);
    folds.set(sample, weights);
  }
  return weights;
}

/** @returns the trees that did not see a conversation: whether its questions are answered must not be told by others */
async function trainLook(samples: readonly Sample[]): Promise<LeftOut> {
  const weightOf = ({ id }: Sample) => (isRealtalk(id) ? REALTALK_WEIGHT : 1);
  const examples = await lookExamples(samples, await loadNodeEmbedder(), loadVectorKernel(), weightOf);
  writeFileSync(TREES_FILE, `${JSON.stringify(packForest(TREES_VERSION, fitForest(examples)), null, 2)}\n`);
  const forests = leaveOut(examples);
  for (const id of ['locomo', 'realtalk']) {
    const mine = examples.filter(({ sample }) => isRealtalk(sample) === (id === 'realtalk'));
    for (const line of gainLines(mine, forests)) console.error(`${id}, closer look, left out: recall ${line}`);
  }
  return forests;
}

async function trainAnswerable(samples: readonly Sample[], forests: LeftOut): Promise<void> {
  const judgeOf = ({ id }: Sample) => judgeBy(forests.get(id)!);
  const examples = await judgedExamples(samples, await loadNodeEmbedder(), loadVectorKernel(), judgeOf);
  const fitted = (used: readonly JudgedExample[]) =>
    fitLogistic(
      used.map(rowOf),
      used.map(({ isAnswered }) => isAnswered),
    );
  const [bias, ...factors] = fitted(examples);
  const named = EVIDENCE.map((name, i) => [name, rounded(factors[i]!)] as const);
  write({ answerable: { bias: rounded(bias!), ...Object.fromEntries(named) } });

  const heldOut = samples.flatMap(({ id }) => {
    const weights = fitted(examples.filter(({ sample }) => sample !== id));
    const mine = examples.filter(({ sample }) => sample === id);
    return mine.map((example) => ({ ...example, p: probability(rowOf(example), weights), label: example.isAnswered }));
  });
  const shown = (name: string, value: number) => console.error(`answerable: ${name} ${value.toFixed(4)}`);
  const probabilities = heldOut.map(({ p }) => p);
  const happened = heldOut.map(({ label }) => label);
  const rankedRight = (cases: typeof heldOut) =>
    auc(
      cases.map(({ p }) => p),
      cases.map(({ label }) => label),
    );
  const against = (kind: JudgedExample['kind']) => heldOut.filter((one) => one.label || one.kind === kind);
  shown('AUC, all', rankedRight(heldOut));
  shown('AUC, answered against questions that belong elsewhere', rankedRight(against('foreign')));
  shown('AUC, answered against swapped persons', rankedRight(against('adversarial')));
  shown('AUC, answered against missed', rankedRight(against('asked')));
  shown('Brier score', brier(probabilities, happened));
  const rate = mean(heldOut.map(({ label }) => Number(label)));
  shown('Brier score of the base rate', rate * (1 - rate));
  shown('calibration error', expectedCalibrationError(probabilities, happened, 10, 'width'));
  console.error(`answerable: n = ${heldOut.length}, answered ${rate.toFixed(3)}`);
}

const isRealtalk = (sample: string) => sample.startsWith('Chat_');

const rowOf = ({ evidence }: JudgedExample) => EVIDENCE.map((name) => evidence[name]);

function write(part: object): void {
  const known = JSON.parse(readFileSync(FILE, 'utf8')) as object;
  writeFileSync(FILE, `${JSON.stringify({ ...known, ...part }, null, 2)}\n`);
}

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
/** Two digits carry all that the data can tell. */
const rounded = (value: number) => Number(value.toPrecision(2));

process.exit(await main());
