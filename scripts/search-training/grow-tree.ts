import type { Binned } from './bins.ts';

export interface TreeOptions {
  leaves: number;
  /** fewer rows make no leaf */
  leastRows: number;
  /** added to a leaf's curvature: shrinks its value */
  shrink: number;
  /** share of the value that is taken */
  rate: number;
}

/** One tree; inner nodes and leaves by number, children as in `Forest`. */
export interface Tree {
  features: number[];
  /** bin up to which a row goes left */
  bins: number[];
  left: number[];
  right: number[];
  leaves: number[];
}

/** Sums of gradient, curvature and rows a bin, [columns * STRIDE]. */
type Histogram = Float64Array;

interface Leaf {
  rows: Int32Array;
  histogram: Histogram;
  sums: Sums;
  split: Split | null;
  /** where the tree points to this leaf; null: it is the root */
  parent: { node: number; side: 'left' | 'right' } | null;
}

interface Sums {
  gradient: number;
  curvature: number;
}

interface Split {
  column: number;
  bin: number;
  gain: number;
}

const BINS = 65;
const STRIDE = BINS * 3;
const LEAST_CURVATURE = 1e-3;
const DIGITS = 4;

/**
 * A regression tree on gradients, grown leaf by leaf: the split that gains most comes next (Ke et al. 2017, LightGBM).
 *
 * @param rows those to learn from
 * @param columns those that may be asked
 */
export function growTree(
  data: Binned,
  gradients: Float64Array,
  curvatures: Float64Array,
  rows: Int32Array,
  columns: readonly number[],
  options: TreeOptions,
): Tree {
  const tree: Tree = { features: [], bins: [], left: [], right: [], leaves: [] };
  const leafOf = (own: Int32Array, histogram: Histogram, parent: Leaf['parent']): Leaf => {
    const sums = sumsOf(histogram);
    return {
      rows: own,
      histogram,
      sums,
      split: bestSplit(data, histogram, sums, own.length, columns, options),
      parent,
    };
  };
  const count = (own: Int32Array) => histogramOf(data, gradients, curvatures, own, columns);
  const leaves = [leafOf(rows, count(rows), null)];
  while (leaves.length < options.leaves) {
    const at = mostGaining(leaves);
    if (at < 0) break;
    const { rows: own, histogram, split, parent } = leaves[at]!;
    const [left, right] = parted(own, data.bins[split!.column]!, split!.bin);
    const node = tree.features.push(split!.column) - 1;
    tree.bins.push(split!.bin);
    if (parent !== null) tree[parent.side][parent.node] = node;
    const less = count(left.length < right.length ? left : right);
    const more = histogram.map((sum, i) => sum - less[i]!);
    const [leftSums, rightSums] = left.length < right.length ? [less, more] : [more, less];
    leaves[at] = leafOf(left, leftSums, { node, side: 'left' });
    leaves.push(leafOf(right, rightSums, { node, side: 'right' }));
  }
  for (const [leaf, { sums, parent }] of leaves.entries()) {
    if (parent !== null) tree[parent.side][parent.node] = -1 - leaf;
    const value = (-options.rate * sums.gradient) / (sums.curvature + options.shrink);
    tree.leaves.push(Number(value.toFixed(DIGITS)));
  }
  return tree;
}

/** The value of the leaf that a row falls into. */
export function leafValueOf({ features, bins, left, right, leaves }: Tree, data: Binned, row: number): number {
  let at = features.length === 0 ? -1 : 0;
  while (at >= 0) at = data.bins[features[at]!]![row]! <= bins[at]! ? left[at]! : right[at]!;
  return leaves[-1 - at]!;
}

function mostGaining(leaves: readonly Leaf[]): number {
  let best = -1;
  for (const [i, { split }] of leaves.entries()) {
    if (split !== null && (best < 0 || split.gain > leaves[best]!.split!.gain)) best = i;
  }
  return best;
}

function histogramOf(
  data: Binned,
  gradients: Float64Array,
  curvatures: Float64Array,
  rows: Int32Array,
  columns: readonly number[],
): Histogram {
  const out = new Float64Array(columns.length * STRIDE);
  for (const [c, column] of columns.entries()) {
    const bins = data.bins[column]!;
    const from = c * STRIDE;
    for (let i = 0; i < rows.length; i++) {
      const row = rows[i]!;
      const at = from + 3 * bins[row]!;
      out[at]! += gradients[row]!;
      out[at + 1]! += curvatures[row]!;
      out[at + 2]! += 1;
    }
  }
  return out;
}

/** Every column holds every row, so the first tells. */
function sumsOf(histogram: Histogram): Sums {
  const sums = { gradient: 0, curvature: 0 };
  for (let at = 0; at < STRIDE; at += 3) {
    sums.gradient += histogram[at]!;
    sums.curvature += histogram[at + 1]!;
  }
  return sums;
}

function bestSplit(
  data: Binned,
  histogram: Histogram,
  whole: Sums,
  rows: number,
  columns: readonly number[],
  { leastRows, shrink }: TreeOptions,
): Split | null {
  const worth = (gradient: number, curvature: number) => gradient ** 2 / (curvature + shrink);
  const unsplit = worth(whole.gradient, whole.curvature);
  let best: Split | null = null;
  for (const [c, column] of columns.entries()) {
    let [gradient, curvature, count] = [0, 0, 0];
    for (let bin = 0; bin < data.thresholds[column]!.length; bin++) {
      const at = c * STRIDE + 3 * bin;
      gradient += histogram[at]!;
      curvature += histogram[at + 1]!;
      count += histogram[at + 2]!;
      if (count < leastRows || curvature < LEAST_CURVATURE) continue;
      if (rows - count < leastRows || whole.curvature - curvature < LEAST_CURVATURE) break;
      const other = worth(whole.gradient - gradient, whole.curvature - curvature);
      const gain = worth(gradient, curvature) + other - unsplit;
      if (gain > (best?.gain ?? 0)) best = { column, bin, gain };
    }
  }
  return best;
}

function parted(rows: Int32Array, bins: Uint8Array, bin: number): [Int32Array, Int32Array] {
  return [rows.filter((row) => bins[row]! <= bin), rows.filter((row) => bins[row]! > bin)];
}
