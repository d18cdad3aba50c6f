import type { WeightedEdges } from './fuzzy-graph.ts';

const AXES = 3;
/** No coordinate moves further in one step, as in the reference implementation. */
const LARGEST_STEP = 4;
/**
 * Pushes weigh this much beside pulls (the paper's gamma, there 1): more of it keeps strangers out of a neighbourhood and
 * loses some of the neighbours. With 1.3 both figures of `eval -- layout` are those of umap-js or better.
 */
const REPULSION = 1.3;
/** Keeps the push between two places that coincide finite. */
const NEARNESS = 1e-3;

export interface Schedule {
  epochs: number;
  /** rows drawn at random and pushed away for each pull */
  repulsions: number;
  /** step length at the start; it falls to 0 in a line */
  rate: number;
  seed: number;
  /** called after each epoch; a false ends the work */
  onEpoch?: (epoch: number) => boolean;
}

/**
 * Moves places so that joined rows come near and others part: stochastic gradient descent on the cross entropy between
 * the weights and 1 / (1 + d^2), an edge taken as often as it weighs, with negative samples. One thread and one seeded
 * generator, so the same input has the same answer, bit for bit, wherever it runs.
 *
 * UMAP's curve 1 / (1 + a d^(2b)) is used with a = b = 1, which needs no powers and keeps neighbours as well.
 * @param places row-major [size, 3], changed
 * @see McInnes, Healy & Melville 2018, arXiv 1802.03426, algorithm 5; Böhm, Berens & Kobak 2022, "Attraction-Repulsion
 * Spectrum", JMLR 23(95), on a = b = 1
 * @returns whether it ran to its end
 */
export function attractAndRepel(places: Float64Array, edges: WeightedEdges, schedule: Schedule): boolean {
  const { epochs, repulsions, rate, onEpoch } = schedule;
  const size = places.length / AXES;
  const order = dueTimes(edges, epochs);
  const next = Float64Array.from(order.every);
  const random = xorshift(schedule.seed);
  for (let epoch = 0; epoch < epochs; epoch++) {
    const step = rate * (1 - epoch / epochs);
    for (let e = 0; e < order.count; e++) {
      if (next[e]! > epoch) continue;
      next[e]! += order.every[e]!;
      const i = order.from[e]! * AXES;
      pull(places, i, order.to[e]! * AXES, step);
      for (let r = 0; r < repulsions; r++) {
        const other = Math.floor((random() / 2 ** 32) * size) * AXES;
        if (other !== i) push(places, i, other, step);
      }
    }
    if (onEpoch?.(epoch) === false) return false;
  }
  return true;
}

/** Edges that are due at least once, and every how many epochs each is. */
function dueTimes({ from, to, weights }: WeightedEdges, epochs: number) {
  const heaviest = weights.reduce((max, w) => Math.max(max, w), 0);
  const kept = Array.from(weights.keys()).filter((e) => weights[e]! * epochs >= heaviest);
  return {
    count: kept.length,
    from: Uint32Array.from(kept, (e) => from[e]!),
    to: Uint32Array.from(kept, (e) => to[e]!),
    every: Float64Array.from(kept, (e) => heaviest / weights[e]!),
  };
}

/** Both ends come nearer. */
function pull(places: Float64Array, i: number, j: number, step: number): void {
  const dx = places[i]! - places[j]!;
  const dy = places[i + 1]! - places[j + 1]!;
  const dz = places[i + 2]! - places[j + 2]!;
  const force = (-2 / (1 + dx * dx + dy * dy + dz * dz)) * step;
  const [mx, my, mz] = [bounded(force * dx, step), bounded(force * dy, step), bounded(force * dz, step)];
  places[i]! += mx;
  places[i + 1]! += my;
  places[i + 2]! += mz;
  places[j]! -= mx;
  places[j + 1]! -= my;
  places[j + 2]! -= mz;
}

/** The first moves away from the second. */
function push(places: Float64Array, i: number, j: number, step: number): void {
  const dx = places[i]! - places[j]!;
  const dy = places[i + 1]! - places[j + 1]!;
  const dz = places[i + 2]! - places[j + 2]!;
  const square = dx * dx + dy * dy + dz * dz;
  const force = ((2 * REPULSION) / ((NEARNESS + square) * (1 + square))) * step;
  places[i]! += bounded(force * dx, step);
  places[i + 1]! += bounded(force * dy, step);
  places[i + 2]! += bounded(force * dz, step);
}

function bounded(move: number, step: number): number {
  const most = LARGEST_STEP * step;
  return move > most ? most : move < -most ? -most : move;
}

/** Whole numbers in [0, 2^32): Marsaglia 2003, "Xorshift RNGs". Called 10^8 times, hence not `seeded`. */
function xorshift(seed: number): () => number {
  let state = (seed | 0) === 0 ? 0x9e3779b9 : seed | 0;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state >>> 0;
  };
}
