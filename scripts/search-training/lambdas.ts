import { sigmoid } from '../../src/statistics/calibration.ts';

/** Pairs in which neither stands among so many first ones move nothing. */
const TRUNCATION = 20;
const SMOOTHING = 0.01;

/** The candidates of one question. */
export interface Group {
  /** 1: holds the answer */
  isGold: Uint8Array;
  /** how much the question counts */
  weight: number;
}

/**
 * Gradient and curvature of LambdaRank for one question: every pair of an answer and another pulls apart, by how much
 * the NDCG would change if the two changed places. Pairs of far-apart scores count less and the sum is dampened, as
 * LightGBM does it, so that no question outweighs the others.
 *
 * @param scores of the candidates, from `from` on
 * @param gradients written from `from` on; so are the curvatures
 * @see Burges 2010, From RankNet to LambdaRank to LambdaMART
 */
export function writeLambdas(
  { isGold, weight }: Group,
  from: number,
  scores: Float64Array,
  gradients: Float64Array,
  curvatures: Float64Array,
): void {
  const count = isGold.length;
  gradients.fill(0, from, from + count);
  curvatures.fill(0, from, from + count);
  const order = [...isGold.keys()].sort((a, b) => scores[from + b]! - scores[from + a]! || a - b);
  const ideal = idealGain(isGold);
  if (ideal === 0) return;
  let whole = 0;
  for (let i = 0; i < Math.min(TRUNCATION, count); i++) {
    for (let j = i + 1; j < count; j++) {
      const [first, second] = [order[i]!, order[j]!];
      if (isGold[first] === isGold[second]) continue;
      const [gold, other] = isGold[first] ? [first, second] : [second, first];
      const lead = scores[from + gold]! - scores[from + other]!;
      const change = (discount(i) - discount(j)) / ideal / (SMOOTHING + Math.abs(lead));
      const doubt = sigmoid(-lead);
      gradients[from + gold]! -= change * doubt;
      gradients[from + other]! += change * doubt;
      curvatures[from + gold]! += change * doubt * (1 - doubt);
      curvatures[from + other]! += change * doubt * (1 - doubt);
      whole += 2 * change * doubt;
    }
  }
  const factor = whole > 0 ? (weight * Math.log2(1 + whole)) / whole : 0;
  for (let i = from; i < from + count; i++) {
    gradients[i]! *= factor;
    curvatures[i]! *= factor;
  }
}

const discount = (rank: number) => 1 / Math.log2(rank + 2);

function idealGain(isGold: Uint8Array): number {
  const golds = isGold.reduce((sum, one) => sum + one, 0);
  let gain = 0;
  for (let rank = 0; rank < Math.min(TRUNCATION, golds); rank++) gain += discount(rank);
  return gain;
}
