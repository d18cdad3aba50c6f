import { describe, expect, it } from 'vitest';
import { BUCKET_SIZE } from '../../src/spatial/bucket-store.ts';
import { BucketTree } from '../../src/spatial/bucket-tree.ts';
import { seeded } from '../../src/statistics/seeded.ts';
import { Pair } from './items.ts';
import { PlainScan } from './plain-scan.ts';

const EVERYWHERE = Float32Array.of(-1e6, -1e6, -1e6, 1e6, 1e6, 1e6);

function row(count: number): BucketTree {
  const tree = new BucketTree('points');
  for (let slot = count - 1; slot >= 0; slot--) tree.insert(slot, Float32Array.of(slot, 0, 0));
  return tree;
}

it('reports the true count and the lowest slots when the output is too short', () => {
  const out = new Uint32Array(5);
  expect(row(3000).box(EVERYWHERE, out)).toBe(3000);
  expect([...out]).toEqual([0, 1, 2, 3, 4]);
});

it('keeps what one query found out of the next', () => {
  const tree = row(100);
  const out = new Uint32Array(100);
  tree.box(EVERYWHERE, new Uint32Array(0));
  expect(tree.sphere(Float32Array.of(7, 0, 0), 0, out)).toBe(1);
  expect(out[0]).toBe(7);
});

it('answers nothing while it is empty', () => {
  const tree = new BucketTree('points');
  expect(tree.box(EVERYWHERE, new Uint32Array(1))).toBe(0);
  expect(tree.sphere(new Float32Array(3), 1e9, new Uint32Array(1))).toBe(0);
  expect(tree.frustum(new Float32Array(24), new Uint32Array(1))).toBe(0);
  expect(tree.nearest(new Float32Array(3), 3, new Uint32Array(3), new Float64Array(3))).toBe(0);
});

it('finds nothing nearer than no items at all, and none below a distance that is negative', () => {
  const tree = row(10);
  expect(tree.nearest(new Float32Array(3), 0, new Uint32Array(0), new Float64Array(0))).toBe(0);
  expect(tree.sphere(new Float32Array(3), -1, new Uint32Array(1))).toBe(0);
});

it('returns an item as it was written', () => {
  const tree = new BucketTree('boxes');
  const item = Float32Array.of(0.1, 0.2, 0.3, 1.1, 1.2, 1.3);
  tree.insert(3, item);
  const out = new Float32Array(6);
  expect(tree.get(3, out)).toBe(true);
  expect(out).toEqual(item);
  expect([tree.has(3), tree.has(2), tree.has(1e6), tree.get(2, out)]).toEqual([true, false, false, false]);
});

it('moves an item whose slot is inserted again', () => {
  const tree = row(50);
  tree.insert(7, Float32Array.of(-5, 0, 0));
  const out = new Uint32Array(1);
  expect(tree.size).toBe(50);
  expect(tree.box(Float32Array.of(-5, 0, 0, -5, 0, 0), out)).toBe(1);
  expect(out[0]).toBe(7);
});

it('grows its epoch with each change and with nothing else', () => {
  const tree = row(10);
  const seen = [tree.epoch];
  const changed = (change: () => void) => {
    change();
    seen.push(tree.epoch);
  };
  changed(() => tree.insert(10, new Float32Array(3)));
  changed(() => tree.move(10, Float32Array.of(1, 1, 1)));
  changed(() => tree.remove(10));
  changed(() => tree.bulkLoad(Uint32Array.of(0), new Float32Array(3)));
  changed(() => tree.load(tree.snapshot()));
  expect(seen).toEqual([...new Set(seen)].sort((a, b) => a - b));
  const before = tree.epoch;
  tree.remove(10);
  tree.move(10, new Float32Array(3));
  tree.box(EVERYWHERE, new Uint32Array(1));
  expect(tree.epoch).toBe(before);
});

it('asks the filter only about items that would be among the answer', () => {
  const tree = row(10_000);
  const asked: number[] = [];
  const accept = (slot: number) => {
    asked.push(slot);
    return slot !== 0;
  };
  const out = new Uint32Array(2);
  tree.nearest(new Float32Array(3), 2, out, new Float64Array(2), Infinity, accept);
  expect([...out]).toEqual([1, 2]);
  expect(asked.length).toBeLessThan(100);
});

it('leaves the arrays of a bulk load alone', () => {
  const slots = Uint32Array.from({ length: 500 }, (_, slot) => slot);
  const items = Float32Array.from({ length: 1500 }, (_, i) => (i * 7919) % 101);
  const before = items.slice();
  const tree = new BucketTree('points');
  tree.bulkLoad(slots, items);
  expect(items).toEqual(before);
  expect(slots).toEqual(Uint32Array.from({ length: 500 }, (_, slot) => slot));
});

describe.each(['points', 'boxes'] as const)('%s in full buckets', (kind) => {
  const random = seeded(5);
  const item = () => {
    const [x, y, z] = Array.from({ length: 3 }, () => Math.floor(random() * 9) - 4) as [number, number, number];
    return Float32Array.from(kind === 'points' ? [x, y, z] : [x, y, z, x + 1, y + 1, z]);
  };
  const made = () => {
    const tree = new BucketTree(kind);
    const items = Array.from({ length: BUCKET_SIZE * 20 }, item);
    const slots = Uint32Array.from(items, (_, slot) => slot);
    tree.bulkLoad(slots, Float32Array.from(items.flatMap((numbers) => [...numbers])), BUCKET_SIZE);
    const scan = new PlainScan(kind);
    for (const [slot, numbers] of items.entries()) scan.items.set(slot, numbers);
    return { tree, scan };
  };
  const ask = (pair: Pair) => pair.expectSameAnswers([-2, -1, -3, 2, 3, 1], 2, 20, new Float32Array(24));

  it('are found as a plain scan finds them, after changes too', () => {
    const { tree, scan } = made();
    const pair = new Pair(kind, tree, scan);
    ask(pair);
    for (let slot = 0; slot < 300; slot++) pair.insert(slot * 3, item());
    for (let slot = 0; slot < 300; slot++) pair.remove(slot * 2);
    ask(pair);
  });

  it('are found by who reads what the index shares', () => {
    const { tree, scan } = made();
    const shared = tree.share();
    ask(new Pair(kind, tree, scan));
    ask(new Pair(kind, BucketTree.reading(structuredClone(shared)), scan));
    expect(shared.coords.buffer).toBeInstanceOf(SharedArrayBuffer);
  });
});
