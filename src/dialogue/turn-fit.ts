import { type Blend, type DialogueModel, generalRarity, type StageTable, shippedModel } from './model.ts';
import { type Basis, SIGNALS, type Signals, signalsOf } from './signals.ts';
import { MOVE_COUNT } from './stages.ts';
import type { Neighbours, Turn } from './turn.ts';
import type { Rarity } from './turn-words.ts';

export interface FitOptions {
  /** embedding model of all the vectors; null: there are none */
  model: string | null;
  /** rarity of a stem in the person's own history; left out: a general table of English */
  rarity?: Rarity;
  /** log of how much likelier each candidate is before its neighbours are seen (habit); left out: all alike */
  priors?: ArrayLike<number>;
  /** left out: the weights that are shipped */
  weights?: DialogueModel;
}

export interface TurnFit {
  /** log-odds up to a constant, one a candidate; they compare only within one call */
  scores: Float64Array;
  /** of each candidate to have stood there, given that one of them did; they add up to 1 */
  probabilities: Float64Array;
  /** the likeliest candidate; equal ones by order; -1 without candidates */
  best: number;
  /** probability of the best, 0 without candidates */
  confidence: number;
  /** what the probabilities rest on */
  basis: Basis;
}

/**
 * How well each candidate fits between its neighbours, with probabilities that hold where exactly one of the candidates
 * stood there and the others were said elsewhere. Pure; about a millisecond for ten candidates.
 *
 * A conditional logit over the signals of `signals.ts`; the response match follows dual encoders (Henderson et al. 2017,
 * "Efficient Natural Language Response Suggestion for Smart Reply").
 */
export function turnFit(neighbours: Neighbours, candidates: readonly Turn[], options: FitOptions): TurnFit {
  const model = options.weights ?? shippedModel();
  const basis = basisOf(neighbours, candidates, options.model, model);
  const signals = signalsOf(neighbours, candidates, { model, basis, rarity: options.rarity ?? generalRarity(model) });
  const name = `${basis}/${neighbours.after.length > 0 ? 'both' : 'before'}` as const;
  const scores = blended(signals, model.blends[name], options.priors);
  addStages(scores, signals, model.stages[name]);
  const probabilities = softmax(scores);
  const best = probabilities.reduce((top, p, i) => (top < 0 || p > probabilities[top]! ? i : top), -1);
  return { scores, probabilities, best, confidence: probabilities[best] ?? 0, basis };
}

/** Weakest of what the vectors allow: one missing candidate vector would make its cosines look bad. */
function basisOf(
  { before, after }: Neighbours,
  candidates: readonly Turn[],
  name: string | null,
  model: DialogueModel,
): Basis {
  const isEmbedded = ({ vector }: Turn) => vector !== null;
  if (name === null || !candidates.every(isEmbedded) || ![...before, ...after].some(isEmbedded)) return 'words';
  return name === model.embeddingModel ? 'projection' : 'cosine';
}

function blended({ values, longness }: Signals, blend: Blend, priors: ArrayLike<number> | undefined): Float64Array {
  const width = SIGNALS.length;
  const weights = SIGNALS.map((signal) => {
    const [short, long] = blend[signal] ?? [0, 0];
    return short + (long - short) * longness;
  });
  const scores = new Float64Array(values.length / width);
  for (let row = 0; row < scores.length; row++) {
    let sum = priors?.[row] ?? 0;
    for (let i = 0; i < width; i++) sum += weights[i]! * values[row * width + i]!;
    scores[row] = sum;
  }
  return scores;
}

function addStages(scores: Float64Array, { staged, longness }: Signals, table: StageTable): void {
  for (const [row, moves] of staged.moves.entries()) {
    for (const stage of staged.stages) {
      for (const move of moves) {
        const at = 2 * (stage * MOVE_COUNT + move);
        const [short, long] = [table[at] ?? 0, table[at + 1] ?? 0];
        scores[row]! += short + (long - short) * longness;
      }
    }
  }
}

/** Shares that add up to 1, by the exponential of each score. */
export function softmax(scores: ArrayLike<number>): Float64Array {
  let highest = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < scores.length; i++) highest = Math.max(highest, scores[i]!);
  const odds = Float64Array.from(scores, (score) => Math.exp(score - highest));
  const whole = odds.reduce((sum, value) => sum + value, 0);
  return odds.map((value) => value / whole);
}
