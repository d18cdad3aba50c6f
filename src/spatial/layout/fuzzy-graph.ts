import { type NeighbourGraph, NO_ROW } from './neighbour-graph.ts';

/** Directed edges; both directions of a pair are there, with one weight. */
export interface WeightedEdges {
  from: Uint32Array;
  to: Uint32Array;
  /** in (0, 1] */
  weights: Float32Array;
}

/** Bisection steps for the width of a neighbourhood, as in the reference implementation. */
const STEPS = 64;
const TOLERANCE = 1e-5;
/** A neighbourhood is at least this share of the mean distance wide. */
const LEAST_WIDTH = 1e-3;

/**
 * How surely two rows are neighbours, whatever the density around each: every row's distances are measured from its
 * nearest neighbour in units of its own width, then the two opinions of a pair are joined by a + b - ab.
 * @see McInnes, Healy & Melville 2018, "UMAP", arXiv 1802.03426, algorithms 2 and 3
 */
export function fuzzyGraph(graph: NeighbourGraph): WeightedEdges {
  const { size, k, rows } = graph;
  const opinions = memberships(graph);
  const capacity = 2 * size * k;
  const edges = {
    from: new Uint32Array(capacity),
    to: new Uint32Array(capacity),
    weights: new Float32Array(capacity),
  };
  let count = 0;
  const add = (from: number, to: number, weight: number) => {
    edges.from[count] = from;
    edges.to[count] = to;
    edges.weights[count++] = weight;
  };
  for (let i = 0; i < size; i++) {
    for (let at = i * k; at < (i + 1) * k; at++) {
      const j = rows[at]!;
      if (j === NO_ROW) break;
      const back = slotOf(graph, j, i);
      if (back >= 0 && j < i) continue; // the pair was joined when j had its turn
      const [a, b] = [opinions[at]!, back < 0 ? 0 : opinions[back]!];
      const weight = a + b - a * b;
      if (weight <= 0) continue;
      add(i, j, weight);
      add(j, i, weight);
    }
  }
  return {
    from: edges.from.subarray(0, count),
    to: edges.to.subarray(0, count),
    weights: edges.weights.subarray(0, count),
  };
}

/** Where `row` stands among the neighbours of `of`, or -1. */
function slotOf({ k, rows }: NeighbourGraph, of: number, row: number): number {
  for (let at = of * k; at < (of + 1) * k; at++) if (rows[at] === row) return at;
  return -1;
}

/** Row-major [size, k]: exp(-(distance - nearest) / width), the width such that a row's sum is log2(k). */
function memberships({ size, k, rows, distances }: NeighbourGraph): Float32Array {
  const out = new Float32Array(size * k);
  const mean = distances.reduce((sum, d, at) => (rows[at] === NO_ROW ? sum : sum + d), 0) / Math.max(1, size * k);
  const target = Math.log2(k);
  for (let i = 0; i < size; i++) {
    const first = i * k;
    let degree = 0;
    while (degree < k && rows[first + degree] !== NO_ROW) degree++;
    const near = distances.subarray(first, first + degree);
    const nearest = near.find((d) => d > 0) ?? 0;
    const width = Math.max(widthFor(near, nearest, target), LEAST_WIDTH * mean);
    for (let j = 0; j < degree; j++) {
      const beyond = near[j]! - nearest;
      out[first + j] = beyond <= 0 || width === 0 ? 1 : Math.exp(-beyond / width);
    }
  }
  return out;
}

function widthFor(near: Float32Array, nearest: number, target: number): number {
  let [low, high, width] = [0, Number.POSITIVE_INFINITY, 1];
  for (let step = 0; step < STEPS; step++) {
    let sum = 0;
    for (const distance of near) sum += distance <= nearest ? 1 : Math.exp(-(distance - nearest) / width);
    if (Math.abs(sum - target) < TOLERANCE) break;
    if (sum > target) high = width;
    else low = width;
    width = high === Number.POSITIVE_INFINITY ? width * 2 : (low + high) / 2;
  }
  return width;
}
