import { anchorDirections } from '../../../scripts/mirror-training/anchors.ts';
import { Design, scaleOf } from '../../../scripts/mirror-training/design.ts';
import { labelsOf } from '../../../scripts/mirror-training/essays-heads.ts';
import type { Square } from '../../../scripts/mirror-training/linear-algebra.ts';
import { nestedFolds } from '../../../scripts/mirror-training/nested.ts';
import { coveringQuantile } from '../../../scripts/mirror-training/population.ts';
import { centred, fitRidge, type RidgeFit } from '../../../scripts/mirror-training/ridge.ts';
import type { Embedder } from '../../../src/embedding/embedder.ts';
import type { PersonalityState } from '../../../src/mirror/personality/personality-state.ts';
import { personalityProfile } from '../../../src/mirror/personality/profile.ts';
import { inputOf } from '../../../src/mirror/personality/score.ts';
import { TRAITS, type Trait } from '../../../src/mirror/personality/traits.ts';
import { shippedWeights } from '../../../src/mirror/personality/weights.ts';
import { seeded } from '../../../src/statistics/seeded.ts';
import type { Report } from '../../bench/report.ts';
import { readPan, type Writer } from './people.ts';
import type { Protocol } from './protocol.ts';
import { statesOf } from './states.ts';

const FOLDS = 10;
/** Ten folds of a hundred accounts are a lottery; the figures are means over this many draws. */
const DRAWS = 5;
const LAMBDAS = [0.03, 0.3, 3, 30, 3000];
/** Widths of the Gaussian kernels, as factors on squared distance over its median. */
const SHARPNESS = [1, 4];
/** The set's own name for neuroticism turned round: the same errors. */
const NAMES: Record<Trait, string> = { O: 'O', C: 'C', E: 'E', A: 'A', N: 'S' };

/** One trait of one account: what was predicted, by what interval. */
interface Guess {
  error: number;
  isCovered: boolean;
  meanError: number;
}

/**
 * Five scales of Twitter accounts. `folds` learns within the data, with everything chosen inside the training folds:
 * by account, as the set is published, and by person, because many persons have several accounts in it. A kernel that
 * recognises the person does well by account; only by person does it say what the text tells of somebody new.
 */
export async function panEval(data: string, embedder: Embedder, protocol: Protocol, report: Report): Promise<void> {
  const writers = readPan(data);
  const states = await statesOf(writers, embedder);
  const persons = new Set(writers.map(({ person }) => person)).size;
  console.error(
    `${writers.length} accounts of ${persons} persons: folds by account test on persons that were trained on.`,
  );
  if (protocol === 'shipped') {
    console.error(
      'The shipped scales (mean, width of the interval) were measured on the development half of this set.',
    );
    reportPan('', shippedGuesses(writers, states), report);
    return;
  }
  const fits = await candidates(states, embedder);
  reportPan(
    '',
    foldedGuesses(fits, writers, ({ id }) => id),
    report,
  );
  reportPan(
    '-by-person',
    foldedGuesses(fits, writers, ({ person }) => person),
    report,
  );
}

function shippedGuesses(writers: readonly Writer[], states: readonly PersonalityState[]): Guess[][] {
  const profiles = states.map((state) => personalityProfile(state));
  return TRAITS.map((trait, t) =>
    writers.flatMap(({ labels }, i) => {
      const shown = profiles[i]!.traits?.[trait];
      if (shown === undefined) return [];
      const { mean, low, high } = shown;
      const y = labels[t]!;
      const meanError = shippedWeights().population[t]!.mean - y;
      return [{ error: mean - y, isCovered: y >= low - 1e-9 && y <= high + 1e-9, meanError }];
    }),
  );
}

/** Kernels over the product's features, each with several ridge parameters; the last shrinks all to the mean. */
async function candidates(states: readonly PersonalityState[], embedder: Embedder): Promise<RidgeFit[]> {
  const weights = { ...shippedWeights(), ...scaleOf(states) };
  const inputs = states.map((state) => inputOf(state, embedder.model, weights));
  const design = new Design(inputs, await anchorDirections(embedder));
  const sums = [design.kernel(['vector']), design.kernel(['vector', 'dense', 'words', 'grams'])];
  const kernels = [...sums, ...sums.flatMap((sum) => SHARPNESS.map((sharp) => gaussian(sum, sharp)))];
  return kernels.flatMap((kernel) => LAMBDAS.map((lambda) => fitRidge(kernel, lambda)));
}

function gaussian({ size: n, values }: Square, sharp: number): Square {
  const distances = values.map((value, at) => {
    return values[Math.floor(at / n) * (n + 1)]! + values[(at % n) * (n + 1)]! - 2 * value;
  });
  const median = distances.slice().sort()[Math.floor(distances.length / 2)]!;
  return centred({ size: n, values: distances.map((distance) => Math.exp((-sharp * distance) / median)) }).kernel;
}

function foldedGuesses(
  fits: readonly RidgeFit[],
  writers: readonly Writer[],
  groupOf: (writer: Writer) => string,
): Guess[][] {
  const groups = writers.map(groupOf);
  return TRAITS.map((_, t) => {
    const y = labelsOf(
      writers.map(({ labels }) => labels),
      t,
    );
    return Array.from({ length: DRAWS }, (_, draw) => {
      return nestedFolds(fits, y, foldsOf(groups, draw)).flatMap(({ cases, scores, inner }) => {
        const half = coveringQuantile(inner.cases.map((at, i) => Math.abs(y[at]! - inner.scores[i]!)));
        const mean = inner.cases.reduce((sum, at) => sum + y[at]!, 0) / inner.cases.length;
        return cases.map((at, i) => {
          const error = scores[i]! - y[at]!;
          return { error, isCovered: Math.abs(error) <= half + 1e-9, meanError: mean - y[at]! };
        });
      });
    }).flat();
  });
}

function foldsOf(groups: readonly string[], draw: number): number[] {
  const random = seeded(draw + 1);
  const keyed = [...new Set(groups)].sort().map((group) => ({ group, key: random() }));
  keyed.sort((a, b) => a.key - b.key);
  const foldOf = new Map(keyed.map(({ group }, i) => [group, i % FOLDS]));
  return groups.map((group) => foldOf.get(group)!);
}

function reportPan(suffix: string, guesses: readonly Guess[][], report: Report): void {
  const unit = 'scale';
  const rmse = (of: (guess: Guess) => number, rows: readonly Guess[]) =>
    Math.sqrt(rows.reduce((sum, guess) => sum + of(guess) ** 2, 0) / rows.length);
  const mean = (of: (rows: readonly Guess[]) => number) =>
    guesses.reduce((sum, rows) => sum + of(rows), 0) / guesses.length;
  const n = guesses[0]!.length;
  for (const [t, rows] of guesses.entries()) {
    const baseline = rmse((guess) => guess.meanError, rows);
    report({
      metric: `rmse${suffix}/${NAMES[TRAITS[t]!]}`,
      value: rmse((guess) => guess.error, rows),
      unit,
      n,
      baseline,
    });
  }
  report({
    metric: `rmse${suffix}/mean`,
    value: mean((rows) => rmse((guess) => guess.error, rows)),
    baseline: mean((rows) => rmse((guess) => guess.meanError, rows)),
    ...{ unit, n },
  });
  const coverage = mean((rows) => rows.filter(({ isCovered }) => isCovered).length / rows.length);
  report({ metric: `coverage90${suffix}/mean`, value: coverage, unit: 'fraction', n, baseline: 0.9 });
}
