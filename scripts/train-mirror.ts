import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import type { Embedder } from '../src/embedding/embedder.ts';
import { loadNodeEmbedder } from '../src/embedding/node.ts';
import { DENSE, FEATURES, LAYOUT } from '../src/mirror/personality/features.ts';
import type { PersonalityState } from '../src/mirror/personality/personality-state.ts';
import { inputOf, type ScoreInput, scoresOf } from '../src/mirror/personality/score.ts';
import { TRAITS } from '../src/mirror/personality/traits.ts';
import {
  type PackedHead,
  type PackedWeights,
  type PersonalityWeights,
  packRows,
  shippedWeights,
  unpackWeights,
} from '../src/mirror/personality/weights.ts';
import { readEssays, readPan, type Writer } from '../test/eval/personality/people.ts';
import { statesOf } from '../test/eval/personality/states.ts';
import { anchorDirections } from './mirror-training/anchors.ts';
import { average, BASIS_GROUPS, Design, type Groups, scaleOf } from './mirror-training/design.ts';
import { type FittedTrait, fitsOf, fitTrait, labelsOf } from './mirror-training/essays-heads.ts';
import { populationOf } from './mirror-training/population.ts';

const VERSION = 'mirror-v1';
const FILE = path.join(import.meta.dirname, '../src/mirror/personality/weights.json');
const USAGE = `usage: npm run train:mirror -- --data DIR
Fits the personality heads to the Essays of DIR and the scales to its PAN15 accounts, and writes
src/mirror/personality/weights.json; the same data give the same numbers. Figures: npm run eval -- essays --data DIR`;

interface Trained {
  writers: Writer[];
  embedder: Embedder;
  directions: Float64Array[];
  scale: Pick<PersonalityWeights, 'mean' | 'deviation'>;
}

async function main(): Promise<number> {
  const { values } = parseArgs({ options: { data: { type: 'string' } } });
  if (values.data === undefined) {
    console.error(USAGE);
    return 2;
  }
  const embedder = await loadNodeEmbedder();
  const writers = readEssays(values.data);
  const states = await statesOf(writers, embedder);
  const scale = scaleOf(states);
  const trained = { writers, embedder, scale, directions: await anchorDirections(embedder) };
  const inputs = inputsOf(states, trained);
  const design = new Design(inputs, trained.directions);
  const halves = await halvesOf(trained);
  const head = (groups: Groups) =>
    packed(fitAll(design, groups, writers), inputs, halfReliable(halves, groups, trained));
  const weights: PackedWeights = {
    version: VERSION,
    layout: LAYOUT,
    mean: [...scale.mean],
    deviation: [...scale.deviation],
    trainingWords: Math.round(average(states.map(({ words }) => words))),
    surface: head(BASIS_GROUPS.surface),
    lexical: head(BASIS_GROUPS.lexical),
    embedding: { [embedder.model]: head(BASIS_GROUPS.embedding) },
    population: populationOf(readPan(values.data)),
  };
  unpackWeights(weights);
  writeFileSync(FILE, JSON.stringify(rounded(weights)));
  const biome = path.join(import.meta.dirname, '../node_modules/.bin/biome');
  return spawnSync(biome, ['format', '--write', FILE], { stdio: ['ignore', 2, 2] }).status ?? 1;
}

const inputsOf = (states: readonly PersonalityState[], { embedder, scale }: Trained): ScoreInput[] =>
  states.map((state) => inputOf(state, embedder.model, { ...shippedWeights(), ...scale }));

function fitAll(design: Design, groups: Groups, writers: readonly Writer[]): FittedTrait[] {
  const fits = fitsOf(design, groups);
  return TRAITS.map((_, t) => {
    const y = labelsOf(
      writers.map(({ labels }) => labels),
      t,
    );
    const folds = writers.map((writer) => writer.folds[t]!);
    return fitTrait(design, groups, fits, y, folds);
  });
}

interface Halves {
  design: Design;
  fitted: Writer[];
  parts: [ScoreInput[], ScoreInput[]];
  words: number;
}

/** Every second writer to fit to; the sentences of the others in two halves. */
async function halvesOf(trained: Trained): Promise<Halves> {
  const { writers, embedder, directions } = trained;
  const fitted = writers.filter((_, i) => i % 2 === 0);
  const others = writers.filter((_, i) => i % 2 === 1);
  const [all, odd, even] = [
    await statesOf(fitted, embedder),
    await statesOf(others, embedder, (message) => message % 2 === 1),
    await statesOf(others, embedder, (message) => message % 2 === 0),
  ];
  const usable = odd.flatMap(({ words }, i) => (words >= 50 && even[i]!.words >= 50 ? [i] : []));
  const pick = (states: PersonalityState[]) => usable.map((i) => states[i]!);
  return {
    design: new Design(inputsOf(all, trained), directions),
    fitted,
    parts: [inputsOf(pick(odd), trained), inputsOf(pick(even), trained)],
    words: average(pick([...odd]).map(({ words }) => words)),
  };
}

/**
 * Words at which a head's score is half person, half chance: from how well the scores of two halves of a text agree,
 * by a model that has not seen its writer (Spearman-Brown). One figure for all traits.
 */
function halfReliable({ design, fitted, parts, words }: Halves, groups: Groups, trained: Trained): number {
  const head = packed(fitAll(design, groups, fitted), parts[0], 1);
  const weights = {
    ...{ version: '', layout: LAYOUT, trainingWords: 1, embedding: {}, population: [] },
    ...{ mean: [...trained.scale.mean], deviation: [...trained.scale.deviation] },
    ...{ surface: head, lexical: head },
  };
  const unpacked = unpackWeights(weights).lexical;
  const [odd, even] = parts.map((inputs) => inputs.map((input) => scoresOf(unpacked, input)));
  const agreement = average(TRAITS.map((_, t) => correlation(column(odd!, t), column(even!, t))));
  return Math.round((words * (1 - agreement)) / agreement);
}

function packed(traits: readonly FittedTrait[], inputs: readonly ScoreInput[], halfReliableWords: number): PackedHead {
  const usual = traits.map(({ lexical, vector }) => ({
    dense: average(inputs.map((input) => partial(lexical, input.lexical, 0, DENSE))),
    buckets: average(inputs.map((input) => partial(lexical, input.lexical, DENSE, FEATURES))),
    vector: average(inputs.map((input) => partial(vector, input.vector ?? [], 0, vector.length))),
  }));
  const has = (from: number, to: number, of: 'lexical' | 'vector') =>
    traits.some((trait) => trait[of].subarray(from, to).some((value) => value !== 0));
  return {
    intercept: traits.map(({ mean }, t) => mean - usual[t]!.dense - usual[t]!.buckets - usual[t]!.vector),
    dense: packRows(traits.map(({ lexical }) => lexical.subarray(0, DENSE))),
    buckets: has(DENSE, FEATURES, 'lexical') ? packRows(traits.map(({ lexical }) => lexical.subarray(DENSE))) : null,
    vector: has(0, Number.POSITIVE_INFINITY, 'vector') ? packRows(traits.map(({ vector }) => vector)) : null,
    usual: { buckets: usual.map(({ buckets }) => buckets), vector: usual.map(({ vector }) => vector) },
    calibration: traits.map(({ calibration }) => calibration),
    halfReliableWords,
  };
}

function partial(weights: Float64Array, values: ArrayLike<number>, from: number, to: number): number {
  let sum = 0;
  for (let i = from; i < Math.min(to, values.length); i++) sum += weights[i]! * values[i]!;
  return sum;
}

const column = (rows: readonly Float64Array[], at: number): number[] => rows.map((row) => row[at]!);

function correlation(a: readonly number[], b: readonly number[]): number {
  const [ma, mb] = [average(a), average(b)];
  const product = (x: readonly number[], mx: number, y: readonly number[], my: number) =>
    average(x.map((value, i) => (value - mx) * (y[i]! - my)));
  return product(a, ma, b, mb) / Math.sqrt(product(a, ma, a, ma) * product(b, mb, b, mb));
}

/** Six digits are more than the data know. */
const rounded = (weights: PackedWeights): unknown =>
  JSON.parse(JSON.stringify(weights), (_, value: unknown) =>
    typeof value === 'number' ? Number(value.toPrecision(6)) : value,
  );

process.exitCode = await main();
