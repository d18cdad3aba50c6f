import fc from 'fast-check';
import { expect } from 'vitest';
import { BucketTree } from '../../src/spatial/bucket-tree.ts';
import type { ItemKind, SpatialIndex } from '../../src/spatial/spatial-index.ts';
import { PlainScan } from './plain-scan.ts';

/** Few whole numbers: equal points, equal distances and items on borders are the rule. */
export const wholeNumber = fc.integer({ min: -4, max: 4 });
/** Any float32 that a palace may hold, the awkward ones first. */
export const floatNumber = fc.oneof(
  fc.constantFrom(0, -0, 0.1, 1 / 3, 16_777_217, 1e-30),
  fc.float({ min: -1000, max: 1000, noNaN: true }),
);

/** `[x, y, z]`, or for boxes both corners in order. */
export function itemOf(kind: ItemKind, number: fc.Arbitrary<number>): fc.Arbitrary<Float32Array> {
  if (kind === 'points') return fc.tuple(number, number, number).map((item) => Float32Array.from(item));
  return fc.tuple(number, number, number, number, number, number).map(boxOf);
}

/** The box that has both points among its corners. */
export function boxOf(corners: readonly number[]): Float32Array {
  const [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0] = corners;
  return Float32Array.of(
    Math.min(a, d),
    Math.min(b, e),
    Math.min(c, f),
    Math.max(a, d),
    Math.max(b, e),
    Math.max(c, f),
  );
}

/** A tree and its oracle that take the same changes. */
export class Pair {
  readonly tree: SpatialIndex;
  readonly scan: PlainScan;

  constructor(kind: ItemKind, tree: SpatialIndex = new BucketTree(kind), scan = new PlainScan(kind)) {
    this.tree = tree;
    this.scan = scan;
  }

  insert(slot: number, item: Float32Array): void {
    this.tree.insert(slot, item);
    this.scan.items.set(slot, item);
  }

  move(slot: number, item: Float32Array): void {
    expect(this.tree.move(slot, item)).toBe(this.scan.items.has(slot));
    if (this.scan.items.has(slot)) this.scan.items.set(slot, item);
  }

  remove(slot: number): void {
    expect(this.tree.remove(slot)).toBe(this.scan.items.delete(slot));
  }

  /** Both answer every kind of query alike. `corners`: six numbers; `planes`: 24. */
  expectSameAnswers(corners: readonly number[], radius: number, k: number, planes: Float32Array): void {
    const { tree, scan } = this;
    const box = boxOf(corners);
    const point = Float32Array.from(corners.slice(0, 3));
    const out = new Uint32Array(scan.items.size);
    const slots = (count: number) => [...out.subarray(0, count)];
    expect(tree.size).toBe(scan.items.size);
    expect(slots(tree.box(box, out))).toEqual(scan.box(box));
    expect(slots(tree.sphere(point, radius, out))).toEqual(scan.sphere(point, radius));
    expect(slots(tree.frustum(planes, out))).toEqual(scan.frustum(planes));
    expect(nearest(tree, point, k)).toEqual(scan.nearest(point, k, Infinity, () => true));
    const odd = (slot: number) => slot % 2 === 1;
    expect(nearest(tree, point, k, radius, odd)).toEqual(scan.nearest(point, k, radius, odd));
  }
}

/** [slot, distance] of the answer. */
export function nearest(
  tree: SpatialIndex,
  point: Float32Array,
  k: number,
  maxDistance?: number,
  accept?: (slot: number) => boolean,
): [number, number][] {
  const out = new Uint32Array(k);
  const distances = new Float64Array(k);
  const count = tree.nearest(point, k, out, distances, maxDistance, accept);
  return Array.from({ length: count }, (_, i) => [out[i]!, distances[i]!]);
}
