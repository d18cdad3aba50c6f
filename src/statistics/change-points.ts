import { seeded } from './seeded.ts';

/** A place where the level of a series changed for good. */
export interface ChangePoint {
  /** the first value of the new level */
  at: number;
  /** weighted means of the stretch before and after */
  before: number;
  after: number;
  /** |after - before| in standard deviations of a value of average weight */
  size: number;
  /** by permutation of the two stretches, in (0, 1] */
  p: number;
}

export interface ChangePointOptions {
  /** as many as there are values, at least 0: a value counts as if it were that many; 1 each unless given */
  weights?: ArrayLike<number>;
  /** values that a level has at least */
  shortest?: number;
  /** how much a further change must gain, in log likelihood twice over, by log of the number of values */
  penalty?: number;
  permutations?: number;
}

const SHORTEST = 3;
/** Three for one change: its place, its level and the search for it (Zhang & Siegmund 2007, modified BIC). */
const PENALTY = 3;
const PERMUTATIONS = 499;
const SEED = 20_261_122;
const MAD_TO_DEVIATION = 1.4826;

/**
 * Changes of level by PELT (Killick, Fearnhead & Eckley 2012, "Optimal detection of changepoints with a linear
 * computational cost"): the segmentation with the lowest penalised cost under normal noise of one variance (divided by
 * the weights). Each change is then tested by permuting the values of the two stretches it parts, with the best split of
 * each permutation as the statistic, because the place was searched for too. The test takes the values of a stretch as
 * exchangeable: where neighbours are alike by themselves it is too generous.
 *
 * @param values in order of time, finite
 * @returns in order; the same for the same values
 */
export function changePoints(values: ArrayLike<number>, options: ChangePointOptions = {}): ChangePoint[] {
  const n = values.length;
  const weights = Float64Array.from({ length: n }, (_, i) => options.weights?.[i] ?? 1);
  const shortest = Math.max(1, options.shortest ?? SHORTEST);
  const noise = noiseOf(values, weights);
  if (n < 2 * shortest || noise === 0) return [];
  const sums = new Sums(values, weights);
  const starts = pelt(sums, shortest, (options.penalty ?? PENALTY) * Math.log(n) * noise * noise);
  const averageWeight = sums.weight(0, n) / n;
  return starts.slice(1).map((at, i) => {
    const [from, until] = [starts[i]!, starts[i + 2] ?? n];
    const before = sums.mean(from, at);
    const after = sums.mean(at, until);
    return {
      at,
      before,
      after,
      size: (Math.abs(after - before) * Math.sqrt(averageWeight)) / noise,
      p: significance(values, weights, from, until, shortest, options.permutations ?? PERMUTATIONS),
    };
  });
}

/**
 * Standard deviation of a value of weight 1, from neighbours' differences, which a change of level hardly touches
 * (median absolute deviation; where more than half of them are 0, their root mean square).
 */
export function noiseOf(values: ArrayLike<number>, weights: ArrayLike<number>): number {
  const sizes: number[] = [];
  let squares = 0;
  for (let i = 1; i < values.length; i++) {
    const variance = 1 / weights[i]! + 1 / weights[i - 1]!;
    if (!Number.isFinite(variance)) continue;
    const size = Math.abs(values[i]! - values[i - 1]!) / Math.sqrt(variance);
    sizes.push(size);
    squares += size * size;
  }
  if (sizes.length === 0) return 0;
  sizes.sort((a, b) => a - b);
  const middle = (sizes[(sizes.length - 1) >> 1]! + sizes[sizes.length >> 1]!) / 2;
  return middle > 0 ? MAD_TO_DEVIATION * middle : Math.sqrt(squares / sizes.length);
}

/** Running sums, so that the cost of any stretch is had at once. */
class Sums {
  readonly length: number;
  private readonly offset: number;
  private readonly weights: Float64Array;
  private readonly values: Float64Array;
  private readonly squares: Float64Array;

  constructor(values: ArrayLike<number>, weights: ArrayLike<number>) {
    this.length = values.length;
    this.weights = new Float64Array(this.length + 1);
    this.values = new Float64Array(this.length + 1);
    this.squares = new Float64Array(this.length + 1);
    // around the middle the squares lose no digits
    this.offset = this.length === 0 ? 0 : values[this.length >> 1]!;
    for (let i = 0; i < this.length; i++) {
      const value = values[i]! - this.offset;
      this.weights[i + 1] = this.weights[i]! + weights[i]!;
      this.values[i + 1] = this.values[i]! + weights[i]! * value;
      this.squares[i + 1] = this.squares[i]! + weights[i]! * value * value;
    }
  }

  weight(from: number, until: number): number {
    return this.weights[until]! - this.weights[from]!;
  }

  mean(from: number, until: number): number {
    const weight = this.weight(from, until);
    return this.offset + (weight === 0 ? 0 : (this.values[until]! - this.values[from]!) / weight);
  }

  /** weighted squared distances from the stretch's own mean */
  cost(from: number, until: number): number {
    const weight = this.weight(from, until);
    const sum = this.values[until]! - this.values[from]!;
    const squares = this.squares[until]! - this.squares[from]!;
    return weight === 0 ? 0 : Math.max(0, squares - (sum * sum) / weight);
  }
}

/** @returns where the levels start, 0 first */
function pelt(sums: Sums, shortest: number, penalty: number): number[] {
  const n = sums.length;
  const best = new Float64Array(n + 1).fill(Number.POSITIVE_INFINITY);
  const last = new Int32Array(n + 1);
  best[0] = -penalty;
  let candidates: number[] = [0];
  /** candidates that a later start has beaten, and from when on that start may be taken */
  const beatenFrom = new Float64Array(n + 1).fill(Number.POSITIVE_INFINITY);
  for (let until = shortest; until <= n; until++) {
    for (const from of candidates) {
      const cost = best[from]! + sums.cost(from, until) + penalty;
      if (cost < best[until]!) {
        best[until] = cost;
        last[until] = from;
      }
    }
    for (const from of candidates) {
      const isBeaten = best[from]! + sums.cost(from, until) > best[until]!;
      if (isBeaten && beatenFrom[from] === Number.POSITIVE_INFINITY) beatenFrom[from] = until + shortest;
    }
    candidates = candidates.filter((from) => beatenFrom[from]! > until + 1);
    const next = until + 1 - shortest;
    if (next >= shortest) candidates.push(next);
  }
  const starts: number[] = [];
  for (let until = n; until > 0; until = last[until]!) starts.push(last[until]!);
  return starts.reverse();
}

function significance(
  values: ArrayLike<number>,
  weights: Float64Array,
  from: number,
  until: number,
  shortest: number,
  permutations: number,
): number {
  const order = Uint32Array.from({ length: until - from }, (_, i) => from + i);
  const random = seeded(SEED + from * 7_919 + until);
  const observed = bestSplit(values, weights, order, shortest);
  let asGood = 1;
  for (let round = 0; round < permutations; round++) {
    for (let i = order.length - 1; i > 0; i--) {
      const j = Math.floor(random() * (i + 1));
      [order[i], order[j]] = [order[j]!, order[i]!];
    }
    // equal splits shall not differ by rounding
    if (bestSplit(values, weights, order, shortest) >= observed * (1 - 1e-9)) asGood++;
  }
  return asGood / (permutations + 1);
}

/** What the best split of the values in this order takes off their squared distances. */
function bestSplit(values: ArrayLike<number>, weights: Float64Array, order: Uint32Array, shortest: number): number {
  let weight = 0;
  let sum = 0;
  for (const i of order) {
    weight += weights[i]!;
    sum += weights[i]! * values[i]!;
  }
  const mean = sum / weight;
  let best = 0;
  let left = 0;
  let leftSum = 0;
  for (let k = 0; k < order.length - shortest; k++) {
    const i = order[k]!;
    left += weights[i]!;
    leftSum += weights[i]! * (values[i]! - mean);
    if (k + 1 < shortest || left === 0 || left === weight) continue;
    // the sums of both sides are opposite, so one tells the gain
    best = Math.max(best, leftSum * leftSum * (1 / left + 1 / (weight - left)));
  }
  return best;
}
