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

/** Signals from a column on that keep their own spread, times `scale`. */
export interface Unspread {
  from: number;
  scale: number;
}

/**
 * Weights under which the right candidates are likeliest in a softmax over their choice. Every signal is brought to unit
 * spread first, so that the penalty treats them alike. Adam on the whole data: two runs give the same numbers.
 */
export function fitConditionalLogit(choices: readonly Choice[], width: number, unspread?: Unspread): number[] {
  const spread = spreadsOf(choices, width, unspread);
  const compact = choices.map((choice) => compactOf(choice, spread));
  const weights = new Float64Array(width);
  const mean = new Float64Array(width);
  const square = new Float64Array(width);
  const gradient = new Float64Array(width);
  const whole = choices.reduce((sum, { weight }) => sum + weight, 0);
  for (let step = 1; step <= STEPS; step++) {
    gradient.fill(0);
    for (const choice of compact) addGradient(choice, weights, gradient);
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
function spreadsOf(choices: readonly Choice[], width: number, unspread?: Unspread): Float64Array {
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
  return squares.map((sum, i) => {
    if (sum < 1e-9) return 0;
    return unspread !== undefined && i >= unspread.from ? unspread.scale : 1 / Math.sqrt(sum / rows);
  });
}

/** A choice by the columns in which its candidates differ, spread: the others have no slope. */
interface CompactChoice extends Choice {
  columns: number[];
}

function compactOf({ signals, gold, weight }: Choice, spread: Float64Array): CompactChoice {
  const width = spread.length;
  const rows = signals.length / width;
  const differs = (i: number) => {
    for (let r = 1; r < rows; r++) if (signals[r * width + i] !== signals[i]) return true;
    return false;
  };
  const columns = Array.from({ length: width }, (_, i) => i).filter((i) => spread[i] !== 0 && differs(i));
  const values = Float64Array.from({ length: rows * columns.length }, (_, at) => {
    const i = columns[at % columns.length]!;
    return signals[Math.floor(at / columns.length) * width + i]! * spread[i]!;
  });
  return { signals: values, gold, weight, columns };
}

function addGradient(
  { signals, gold, weight, columns }: CompactChoice,
  weights: Float64Array,
  gradient: Float64Array,
): void {
  const width = columns.length;
  if (width === 0) return;
  const odds = new Float64Array(signals.length / width);
  let highest = Number.NEGATIVE_INFINITY;
  for (let r = 0; r < odds.length; r++) {
    let sum = 0;
    for (let i = 0; i < width; i++) sum += weights[columns[i]!]! * signals[r * width + i]!;
    odds[r] = sum;
    highest = Math.max(highest, sum);
  }
  let whole = 0;
  for (let r = 0; r < odds.length; r++) whole += odds[r] = Math.exp(odds[r]! - highest);
  for (let r = 0; r < odds.length; r++) {
    const error = weight * (odds[r]! / whole - Number(r === gold));
    for (let i = 0; i < width; i++) gradient[columns[i]!]! += error * signals[r * width + i]!;
  }
}
