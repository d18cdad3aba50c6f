import type { Forest } from '../../src/palace/forest.ts';
import { seeded, shuffled } from '../../src/statistics/seeded.ts';
import { binned } from './bins.ts';
import { growTree, leafValueOf, type Tree, type TreeOptions } from './grow-tree.ts';
import { type Group, writeLambdas } from './lambdas.ts';

/** One question's candidates, as the search ranked them. */
export interface LookExample extends Group {
  sample: string;
  category: string;
  /** row-major [candidates, features] */
  features: Float32Array;
  /** scores before, which the trees add to: [candidates] */
  base: Float64Array;
  /** messages that hold the answer, those that are no candidates included */
  wanted: number;
}

export interface ForestOptions extends TreeOptions {
  trees: number;
  /** share of the rows, and of the columns, that each tree sees */
  rowShare: number;
  columnShare: number;
  seed: number;
}

export const FOREST_OPTIONS: ForestOptions = {
  trees: 300,
  leaves: 7,
  leastRows: 200,
  shrink: 10,
  rate: 0.05,
  rowShare: 0.7,
  columnShare: 0.5,
  seed: 1,
};

/** Trees that put the answers first, fitted to LambdaRank's gradients on top of the scores before. Same data, same trees. */
export function fitForest(
  examples: readonly LookExample[],
  options: ForestOptions = FOREST_OPTIONS,
): Omit<Forest, 'lowest'> {
  // a time filter is not looked at again
  const used = examples.filter(({ isGold, features }) => isGold.includes(1) && features.length > 0);
  const width = used[0]!.features.length / used[0]!.base.length;
  const data = binned(
    joined(
      used.map(({ features }) => features),
      Float32Array,
    ),
    width,
  );
  const scores = joined(
    used.map(({ base }) => base),
    Float64Array,
  );
  const gradients = new Float64Array(data.rows);
  const curvatures = new Float64Array(data.rows);
  const random = seeded(options.seed);
  const trees: Tree[] = [];
  for (let t = 0; t < options.trees; t++) {
    let from = 0;
    for (const group of used) {
      writeLambdas(group, from, scores, gradients, curvatures);
      from += group.base.length;
    }
    const rows = Int32Array.from({ length: data.rows }, (_, row) => row).filter(() => random() < options.rowShare);
    const columns = [...shuffled(width, random)].slice(0, Math.ceil(options.columnShare * width));
    const tree = growTree(data, gradients, curvatures, rows, columns, options);
    for (let row = 0; row < data.rows; row++) scores[row]! += leafValueOf(tree, data, row);
    if (tree.features.length > 0) trees.push(tree);
  }
  return flattened(trees, data.thresholds);
}

function flattened(trees: readonly Tree[], thresholds: readonly number[][]): Omit<Forest, 'lowest'> {
  return {
    sizes: Int32Array.from(trees, ({ features }) => features.length),
    features: Uint8Array.from(trees.flatMap(({ features }) => features)),
    thresholds: Float64Array.from(
      trees.flatMap(({ features, bins }) => features.map((column, node) => thresholds[column]![bins[node]!]!)),
    ),
    left: Int8Array.from(trees.flatMap(({ left }) => left)),
    right: Int8Array.from(trees.flatMap(({ right }) => right)),
    leaves: Float64Array.from(trees.flatMap(({ leaves }) => leaves)),
  };
}

function joined<T extends Float32Array | Float64Array>(parts: readonly T[], type: new (length: number) => T): T {
  const out = new type(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}
