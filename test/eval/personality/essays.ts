import { anchorDirections } from '../../../scripts/mirror-training/anchors.ts';
import { BASIS_GROUPS, Design, scaleOf } from '../../../scripts/mirror-training/design.ts';
import { fitsOf, foldTrait, labelsOf } from '../../../scripts/mirror-training/essays-heads.ts';
import type { Embedder } from '../../../src/embedding/embedder.ts';
import type { PersonalityState } from '../../../src/mirror/personality/personality-state.ts';
import { posteriorOf, trustOf } from '../../../src/mirror/personality/posterior.ts';
import { personalityProfile } from '../../../src/mirror/personality/profile.ts';
import { choiceOf, inputOf, likenessOf } from '../../../src/mirror/personality/score.ts';
import { TRAITS } from '../../../src/mirror/personality/traits.ts';
import { shippedWeights } from '../../../src/mirror/personality/weights.ts';
import { auc, brier, expectedCalibrationError } from '../../../src/statistics/calibration.ts';
import type { Report } from '../../bench/report.ts';
import { readEssays, type Writer } from './people.ts';
import type { Protocol } from './protocol.ts';
import { statesOf } from './states.ts';

/**
 * Big Five of essays, above or below the median. `folds`: trained and tested within the data on the published folds of
 * each trait, every choice and the calibration made inside the training folds. `shipped`: the product's weights.
 */
export async function essaysEval(data: string, embedder: Embedder, protocol: Protocol, report: Report): Promise<void> {
  const writers = readEssays(data);
  const states = await statesOf(writers, embedder);
  console.error(
    protocol === 'folds'
      ? 'Trained and tested within this data, on the ten published folds.'
      : 'The shipped weights were trained on the development half of this set: on that half these figures are of texts they have seen, and mean nothing. Use --protocol folds there.',
  );
  const shown = protocol === 'folds' ? await folded(writers, states, embedder) : states.map(shippedProbabilities);
  reportEssays(writers, shown, report);
}

/** Probability of standing above the median, by trait; one half where the product shows no number. */
function shippedProbabilities(state: PersonalityState): number[] {
  const { traits } = personalityProfile(state);
  return TRAITS.map((trait) => traits?.[trait].probabilityHigh ?? 0.5);
}

async function folded(
  writers: readonly Writer[],
  states: readonly PersonalityState[],
  embedder: Embedder,
): Promise<number[][]> {
  const weights = { ...shippedWeights(), ...scaleOf(states) };
  const inputs = states.map((state) => inputOf(state, embedder.model, weights));
  const design = new Design(inputs, await anchorDirections(embedder));
  const fits = fitsOf(design, BASIS_GROUPS.embedding);
  const traits = TRAITS.map((_, t) => {
    const y = labelsOf(
      writers.map(({ labels }) => labels),
      t,
    );
    const fold = writers.map(({ folds }) => folds[t]!);
    return foldTrait(fits, y, fold);
  });
  return states.map((state, i) => {
    const { head, words } = choiceOf(state, weights);
    const trust = likenessOf(inputs[i]!) * trustOf(words, head, weights);
    return traits.map(({ scores, calibrations }, t) => {
      return posteriorOf(scores[i]!, calibrations[i]!, weights.population[t]!, trust).probabilityHigh;
    });
  });
}

function reportEssays(writers: readonly Writer[], shown: readonly (readonly number[])[], report: Report): void {
  const n = writers.length;
  const unit = 'fraction';
  const rows = TRAITS.map((trait, t) => {
    const labels = writers.map((writer) => writer.labels[t]!);
    const p = shown.map((row) => row[t]!);
    const right = p.filter((value, i) => value > 0.5 === (labels[i] === 1)).length;
    const high = labels.filter((label) => label === 1).length / n;
    const accuracy = right / n;
    return {
      ...{ trait, accuracy, majority: Math.max(high, 1 - high), chance: high * (1 - high) },
      ...{ auc: auc(p, labels), brier: brier(p, labels), ece: expectedCalibrationError(p, labels) },
    };
  });
  const mean = (of: (row: (typeof rows)[number]) => number) =>
    rows.reduce((sum, row) => sum + of(row), 0) / rows.length;
  for (const { trait, accuracy, majority } of rows) {
    report({ metric: `accuracy/${trait}`, value: accuracy, unit, n, baseline: majority });
  }
  report({ metric: 'accuracy/mean', value: mean((r) => r.accuracy), unit, n, baseline: mean((r) => r.majority) });
  report({ metric: 'auc/mean', value: mean((r) => r.auc), unit, n, baseline: 0.5 });
  report({ metric: 'brier/mean', value: mean((r) => r.brier), unit, n, baseline: mean((r) => r.chance) });
  for (const { trait, ece } of rows) report({ metric: `ece/${trait}`, value: ece, unit, n });
  report({ metric: 'ece/max', value: Math.max(...rows.map(({ ece }) => ece)), unit, n });
}
