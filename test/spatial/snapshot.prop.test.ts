import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BucketTree } from '../../src/spatial/bucket-tree.ts';
import type { ItemKind } from '../../src/spatial/spatial-index.ts';
import { seeded } from '../../src/statistics/seeded.ts';
import { floatNumber, itemOf, Pair } from './items.ts';

/** Enough for three pieces. */
const MANY = 200_000;

function manyPoints(): BucketTree {
  const random = seeded(3);
  const tree = new BucketTree('points');
  const slots = Uint32Array.from({ length: MANY }, (_, slot) => slot);
  tree.bulkLoad(
    slots,
    Float32Array.from({ length: MANY * 3 }, () => random() * 100),
  );
  return tree;
}

describe.each<ItemKind>(['points', 'boxes'])('a snapshot of %s', (kind) => {
  it('restores an index that answers the same and takes changes', () => {
    fc.assert(
      fc.property(fc.array(itemOf(kind, floatNumber), { maxLength: 400, size: 'max' }), fc.nat(400), (items, gone) => {
        const original = new Pair(kind);
        for (const [slot, item] of items.entries()) original.insert(slot * 3, item);
        // leaves that are nearly empty, or are
        for (const slot of [...original.scan.items.keys()].slice(0, gone)) original.remove(slot);
        const restored = new Pair(kind);
        restored.tree.load(original.tree.snapshot());
        for (const [slot, item] of original.scan.items) restored.scan.items.set(slot, item);
        restored.insert(1, items[0] ?? new Float32Array(6));
        restored.remove(0);
        restored.expectSameAnswers([-5, -5, -5, 5, 5, 5], 50, 10, new Float32Array(24).fill(1));
      }),
      { numRuns: 50 },
    );
  });
});

it('comes in pieces that fit a row of SQLite, and takes them in any order', () => {
  const tree = manyPoints();
  const pieces = tree.snapshot();
  expect(pieces.length).toBe(3);
  expect(Math.max(...pieces.map((piece) => piece.byteLength))).toBeLessThanOrEqual(1_500_000);
  const restored = new BucketTree('points');
  restored.load(pieces.toReversed());
  const [expected, got] = [new Float32Array(3), new Float32Array(3)];
  for (let slot = 0; slot < MANY; slot += 997) {
    expect([tree.get(slot, expected), restored.get(slot, got)]).toEqual([true, true]);
    expect(got).toEqual(expected);
  }
  expect(restored.size).toBe(MANY);
  expect(restored.stats().depth).toBe(tree.stats().depth);
});

it('is refused when a piece is missing, twice, cut off or of the other kind, and the index stays as it was', () => {
  const [first, second, third] = manyPoints().snapshot() as [ArrayBuffer, ArrayBuffer, ArrayBuffer];
  const tree = new BucketTree('points');
  tree.insert(5, Float32Array.of(1, 2, 3));
  const { epoch } = tree;
  expect(() => tree.load([])).toThrow('missing');
  expect(() => tree.load([first, third])).toThrow('missing');
  expect(() => tree.load([first, second, second])).toThrow('one snapshot');
  expect(() => tree.load([first, second, third.slice(0, -4)])).toThrow('cut off');
  expect(() => tree.load([new ArrayBuffer(8)])).toThrow('cut off');
  expect(() => tree.load([new ArrayBuffer(100)])).toThrow('another kind');
  expect(() => tree.load(new BucketTree('boxes').snapshot())).toThrow('another kind');
  const shape = first.slice();
  new Uint8Array(shape).fill(0, -1);
  expect(() => tree.load([shape, second, third])).toThrow('no tree');
  const other = new BucketTree('points');
  expect(() => tree.load([first, second, ...other.snapshot()])).toThrow('one snapshot');
  expect([tree.size, tree.has(5), tree.epoch]).toEqual([1, true, epoch]);
});

it('is refused when it describes a tree too deep to be walked', () => {
  const inner = 300;
  const header = new Uint32Array(new BucketTree('points').snapshot()[0]!, 0, 6);
  const piece = new Uint8Array(header.byteLength + 2 * inner + 1).fill(
    255,
    header.byteLength,
    header.byteLength + inner,
  );
  new Uint32Array(piece.buffer, 0, 6).set([...header.subarray(0, 5), 2 * inner + 1]);
  expect(() => new BucketTree('points').load([piece.buffer])).toThrow('no tree');
});
