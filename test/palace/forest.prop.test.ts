import fc from 'fast-check';
import { expect, it } from 'vitest';
import { forestScores, packForest, unpackForest } from '../../src/palace/forest.ts';

const WIDTH = 3;

/** A tree as a person would write it. */
type Node = number | { feature: number; threshold: number; left: Node; right: Node };

const value = fc.integer({ min: -50, max: 50 }).map((n) => n / 10);
const { node } = fc.letrec<{ node: Node }>((tie) => ({
  node: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    value,
    fc.record({ feature: fc.nat(WIDTH - 1), threshold: value, left: tie('node'), right: tie('node') }),
  ),
}));
const row = fc.tuple(value, value, value);

const answerOf = (tree: Node, values: readonly number[]): number =>
  typeof tree === 'number'
    ? tree
    : answerOf(Math.fround(values[tree.feature]!) <= tree.threshold ? tree.left : tree.right, values);
const lowestOf = (tree: Node): number =>
  typeof tree === 'number' ? tree : Math.min(lowestOf(tree.left), lowestOf(tree.right));

function packed(trees: readonly Node[]) {
  const columns = { sizes: [], features: [], thresholds: [], left: [], right: [], leaves: [] } as Record<
    string,
    number[]
  >;
  for (const tree of trees) {
    const from = columns.features!.length;
    const leafFrom = columns.leaves!.length;
    const put = (one: Node): number => {
      if (typeof one === 'number') return -columns.leaves!.push(one) + leafFrom;
      const at = columns.features!.push(one.feature) - 1;
      columns.thresholds!.push(one.threshold);
      columns.left![at] = put(one.left);
      columns.right![at] = put(one.right);
      return at - from;
    };
    put(tree);
    columns.sizes!.push(columns.features!.length - from);
  }
  return packForest('v', {
    sizes: Int32Array.from(columns.sizes!),
    features: Uint8Array.from(columns.features!),
    thresholds: Float64Array.from(columns.thresholds!),
    left: Int8Array.from(columns.left!),
    right: Int8Array.from(columns.right!),
    leaves: Float64Array.from(columns.leaves!),
  });
}

it('adds up what each tree says, above the lowest that it could say', () => {
  const inner = node.filter((tree) => typeof tree !== 'number');
  fc.assert(
    fc.property(fc.array(inner, { maxLength: 5 }), fc.array(row, { maxLength: 6 }), (trees, rows) => {
      const forest = unpackForest(JSON.parse(JSON.stringify(packed(trees))));
      const scores = forestScores(forest, Float32Array.from(rows.flat()), WIDTH);
      expect(scores).toHaveLength(rows.length);
      for (const [i, values] of rows.entries()) {
        const expected = trees.reduce<number>((sum, tree) => sum + answerOf(tree, values) - lowestOf(tree), 0);
        expect(scores[i]).toBeCloseTo(expected, 9);
      }
    }),
  );
});
