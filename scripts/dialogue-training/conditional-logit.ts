const STEPS = 600;
const RATE = 0.05;
const SHRINK = 2e-3;

/** One choice: what each candidate shows, and which it was. */
export interface Choice {
  /** row-major [candidates, width] */
  signals: Float64Array;
  gold: number;
  /** what it counts among the others */
  weight: number;
}

/**
 * Weights under which the right candidates are likeliest in a softmax over their choice. Every signal is brought to unit
 * spread first, so that the penalty treats them alike. Adam on the whole data: two runs give the same numbers.
 */
export function fitConditionalLogit(choices: readonly Choice[], width: number): number[] {
  const spread = spreadsOf(choices, width);
  const weights = new Float64Array(width);
  const mean = new Float64Array(width);
  const square = new Float64Array(width);
  const gradient = new Float64Array(width);
  const whole = choices.reduce((sum, { weight }) => sum + weight, 0);
  for (let step = 1; step <= STEPS; step++) {
    gradient.fill(0);
    for (const choice of choices) addGradient(choice, weights, spread, gradient);
    const rate = RATE * Math.min(1, (2 * (STEPS - step + 1)) / STEPS);
    for (let i = 0; i < width; i++) {
      const slope = gradient[i]! / whole + SHRINK * weights[i]!;
      mean[i] = 0.9 * mean[i]! + 0.1 * slope;
      square[i] = 0.99 * square[i]! + 0.01 * slope * slope;
      weights[i]! -= (rate * mean[i]!) / (1 - 0.9 ** step) / (Math.sqrt(square[i]! / (1 - 0.99 ** step)) + 1e-8);
    }
  }
  return Array.from(weights, (weight, i) => weight * spread[i]!);
}

/** One over the deviation of each signal around the mean of its choice; 0 for one that never differs. */
function spreadsOf(choices: readonly Choice[], width: number): Float64Array {
  const squares = new Float64Array(width);
  let rows = 0;
  for (const { signals } of choices) {
    const count = signals.length / width;
    rows += count;
    for (let i = 0; i < width; i++) {
      let mean = 0;
      for (let r = 0; r < count; r++) mean += signals[r * width + i]! / count;
      for (let r = 0; r < count; r++) squares[i]! += (signals[r * width + i]! - mean) ** 2;
    }
  }
  return squares.map((sum) => (sum < 1e-9 ? 0 : 1 / Math.sqrt(sum / rows)));
}

function addGradient(
  { signals, gold, weight }: Choice,
  weights: Float64Array,
  spread: Float64Array,
  gradient: Float64Array,
) {
  const width = weights.length;
  const odds = new Float64Array(signals.length / width);
  let highest = Number.NEGATIVE_INFINITY;
  for (let r = 0; r < odds.length; r++) {
    let sum = 0;
    for (let i = 0; i < width; i++) sum += weights[i]! * spread[i]! * signals[r * width + i]!;
    odds[r] = sum;
    highest = Math.max(highest, sum);
  }
  let whole = 0;
  for (let r = 0; r < odds.length; r++) whole += odds[r] = Math.exp(odds[r]! - highest);
  for (let r = 0; r < odds.length; r++) {
    const error = weight * (odds[r]! / whole - Number(r === gold));
    for (let i = 0; i < width; i++) gradient[i]! += error * spread[i]! * signals[r * width + i]!;
  }
}
