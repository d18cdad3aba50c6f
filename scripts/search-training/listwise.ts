import type { RankingExample } from './examples.ts';

const STEPS = 150;
const RATE = 0.15;
const SHRINK = 1e-4;
const TOP = 10;
/** A message this unlikely moves nothing. */
const NEGLIGIBLE = 1e-4;

/**
 * Weights that make the answers likely under a softmax over the messages of a question; every question counts the same.
 * Adam on the whole data, so two runs give the same numbers.
 *
 * @param start where to begin; fewer steps do from weights that were fitted before
 */
export function fitListwise(examples: readonly RankingExample[], start: readonly number[], steps = STEPS): number[] {
  const width = start.length;
  const weights = Float64Array.from(start);
  const mean = new Float64Array(width);
  const square = new Float64Array(width);
  const gradient = new Float64Array(width);
  const used = examples.filter(({ gold }) => gold.length > 0);
  for (let step = 1; step <= steps; step++) {
    gradient.fill(0);
    for (const example of used) addGradient(example, weights, gradient);
    const rate = RATE * Math.min(1, (2 * (steps - step + 1)) / steps);
    for (let i = 0; i < width; i++) {
      const slope = gradient[i]! / used.length + SHRINK * weights[i]!;
      mean[i] = 0.9 * mean[i]! + 0.1 * slope;
      square[i] = 0.99 * square[i]! + 0.01 * slope * slope;
      const size = Math.sqrt(square[i]! / (1 - 0.99 ** step)) + 1e-8;
      weights[i]! -= (rate * mean[i]!) / (1 - 0.9 ** step) / size;
    }
  }
  return [...weights];
}

/** Share of the wanted messages among the ten best. */
export function recallAtTen(example: RankingExample, weights: readonly number[]): number {
  const scores = scoresOf(example, weights);
  const best = [...scores.keys()].toSorted((a, b) => scores[b]! - scores[a]! || a - b).slice(0, TOP);
  return best.filter((row) => example.gold.includes(row)).length / example.wanted;
}

function addGradient(example: RankingExample, weights: Float64Array, gradient: Float64Array): void {
  const width = weights.length;
  const scores = scoresOf(example, weights);
  const highest = scores.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
  const odds = scores.map((score) => Math.exp(score - highest));
  const whole = odds.reduce((a, b) => a + b, 0);
  for (let row = 0; row < odds.length; row++) {
    const share = odds[row]! / whole;
    if (share < NEGLIGIBLE) continue;
    for (let i = 0; i < width; i++) gradient[i]! += share * example.signals[row * width + i]!;
  }
  for (const row of example.gold) {
    for (let i = 0; i < width; i++) gradient[i]! -= example.signals[row * width + i]! / example.gold.length;
  }
}

function scoresOf({ signals }: RankingExample, weights: ArrayLike<number>): Float64Array {
  const width = weights.length;
  const scores = new Float64Array(signals.length / width);
  for (let row = 0; row < scores.length; row++) {
    let sum = 0;
    for (let i = 0; i < width; i++) sum += weights[i]! * signals[row * width + i]!;
    scores[row] = sum;
  }
  return scores;
}
