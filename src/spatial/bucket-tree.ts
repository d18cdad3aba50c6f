import { build, rebuild, restore, splitLeaf } from './bucket-build.ts';
import { collectBox, collectFrustum, collectSphere, squaredDistance } from './bucket-query.ts';
import { BUCKET_BITS, BUCKET_FILL, BUCKET_SIZE, BucketStore, ROOT, type SharedStore } from './bucket-store.ts';
import { findNearest } from './nearest.ts';
import { SlotSet } from './slot-set.ts';
import { readSnapshot, writeSnapshot } from './snapshot.ts';
import type { ItemKind, SpatialIndex, SpatialStats } from './spatial-index.ts';

/** A child with more than this share of its parent's items makes the parent be built anew ("scapegoat"). */
const MAX_SHARE = 0.7;
/** Smaller trees are left alone: their depth does not matter. */
const BALANCE_ABOVE = 4 * BUCKET_SIZE;
/** A node with children and so few items becomes a leaf. Well below a bucket, so that it is not split again at once. */
const COLLAPSE_AT = 12;

/**
 * Dynamic bucket kd-tree on typed arrays: a binary tree of buckets, split at the median of the widest axis, with the
 * bounds of what lies below at each node. Expected: insert O(log² n) amortised, move and remove O(log n), queries as
 * their kernels say.
 */
export class BucketTree implements SpatialIndex {
  readonly kind: ItemKind;
  private store: BucketStore;
  private readonly found = new SlotSet();
  private changes = 0;
  private rebuilds = 0;

  constructor(kind: ItemKind = 'points') {
    this.kind = kind;
    this.store = new BucketStore(kind === 'points' ? 3 : 6);
    this.fill(new Uint32Array(0), new Float32Array(0));
  }

  /** A tree that another thread has shared, for queries alone. */
  static reading(shared: SharedStore): BucketTree {
    const tree = new BucketTree(shared.width === 3 ? 'points' : 'boxes');
    tree.store = BucketStore.reading(shared);
    return tree;
  }

  /** What `reading` takes, in SharedArrayBuffers. It is of use until the tree changes. */
  share(): SharedStore {
    return this.store.share();
  }

  get size(): number {
    return this.store.count[ROOT]!;
  }

  get epoch(): number {
    return this.changes;
  }

  insert(slot: number, item: Float32Array): void {
    if (this.move(slot, item)) return;
    this.changes++;
    this.store.reserveSlot(slot);
    this.attach(slot, item);
  }

  move(slot: number, item: Float32Array): boolean {
    const { bounds, coords, leafOf, positionOf, width, far } = this.store;
    const position = slot < positionOf.length ? positionOf[slot]! : -1;
    if (position < 0) return false;
    this.changes++;
    const b = leafOf[position >>> BUCKET_BITS]! * 6;
    const fits =
      item[0]! >= bounds[b]! &&
      item[1]! >= bounds[b + 1]! &&
      item[2]! >= bounds[b + 2]! &&
      item[far]! <= bounds[b + 3]! &&
      item[far + 1]! <= bounds[b + 4]! &&
      item[far + 2]! <= bounds[b + 5]!;
    if (fits) {
      for (let part = 0; part < width; part++) coords[position * width + part] = item[part]!;
    } else {
      this.detach(position);
      this.attach(slot, item);
    }
    return true;
  }

  remove(slot: number): boolean {
    const { positionOf } = this.store;
    const position = slot < positionOf.length ? positionOf[slot]! : -1;
    if (position < 0) return false;
    this.changes++;
    positionOf[slot] = -1;
    this.detach(position);
    return true;
  }

  has(slot: number): boolean {
    const { positionOf } = this.store;
    return slot < positionOf.length && positionOf[slot]! >= 0;
  }

  get(slot: number, out: Float32Array): boolean {
    if (!this.has(slot)) return false;
    const { coords, positionOf, width } = this.store;
    const at = positionOf[slot]! * width;
    for (let part = 0; part < width; part++) out[part] = coords[at + part]!;
    return true;
  }

  box(bounds: Float32Array, out: Uint32Array): number {
    this.found.reserve(this.store.positionOf.length);
    collectBox(this.store, bounds, this.found);
    return this.found.drain(out);
  }

  sphere(centre: Float32Array, radius: number, out: Uint32Array): number {
    this.found.reserve(this.store.positionOf.length);
    collectSphere(this.store, centre, Math.fround(radius), this.found);
    return this.found.drain(out);
  }

  frustum(planes: Float32Array, out: Uint32Array): number {
    this.found.reserve(this.store.positionOf.length);
    collectFrustum(this.store, planes, this.found);
    return this.found.drain(out);
  }

  nearest(
    point: Float32Array,
    k: number,
    out: Uint32Array,
    distances: Float64Array,
    maxDistance = Infinity,
    accept?: (slot: number) => boolean,
  ): number {
    if (k <= 0 || this.size === 0) return 0;
    const limit = Math.fround(maxDistance);
    const n = findNearest(this.store, point, limit * limit, { slots: out, distances, k, accept });
    for (let i = 0; i < n; i++) distances[i] = Math.sqrt(distances[i]!);
    return n;
  }

  /** @param fill items a bucket gets: BUCKET_SIZE, which makes queries quicker, where no more are to come */
  bulkLoad(slots: Uint32Array, items: Float32Array, fill = BUCKET_FILL): void {
    this.fill(slots.slice(), items.slice(), fill);
  }

  snapshot(): ArrayBuffer[] {
    return writeSnapshot(this.store);
  }

  load(pieces: Iterable<ArrayBuffer>): void {
    const snapshot = readSnapshot(pieces, this.kind === 'points' ? 3 : 6);
    this.empty(snapshot.shape.length / 2, snapshot.items.slots);
    restore(this.store, snapshot);
  }

  stats(): SpatialStats {
    const { link } = this.store;
    const bytes = this.store.bytes + this.found.words.byteLength + this.found.summary.byteLength;
    const depthOf = (node: number): number => {
      const child = link[node]!;
      return child < 0 ? 1 : 1 + Math.max(depthOf(child), depthOf(child + 1));
    };
    return { bytes, depth: depthOf(ROOT), rebuilds: this.rebuilds };
  }

  /** Replaces all items by those of arrays that it may rearrange. */
  private fill(slots: Uint32Array, coords: Float32Array, fill = BUCKET_FILL): void {
    const { store } = this;
    this.empty(slots.length / fill, slots);
    build(store, ROOT, { slots, coords, width: store.width, far: store.far }, 0, slots.length, fill);
  }

  private empty(leaves: number, slots: Uint32Array): void {
    let highest = -1;
    for (let i = 0; i < slots.length; i++) if (slots[i]! > highest) highest = slots[i]!;
    this.changes++;
    this.store.reset(leaves, highest + 1);
  }

  /** Puts an item where bounds grow least, splits a full bucket, and restores balance on the way that was taken. */
  private attach(slot: number, item: Float32Array): void {
    const { store } = this;
    const { bounds, link, count, width, far } = store;
    const x = (item[0]! + item[far]!) / 2;
    const y = (item[1]! + item[far + 1]!) / 2;
    const z = (item[2]! + item[far + 2]!) / 2;
    let node = ROOT;
    let unbalanced = -1;
    for (;;) {
      expand(bounds, node * 6, item, far);
      const n = ++count[node]!;
      const child = link[node]!;
      if (child < 0) break;
      const a = squaredDistance(bounds, child * 6, child * 6 + 3, x, y, z);
      const b = squaredDistance(bounds, child * 6 + 6, child * 6 + 9, x, y, z);
      node = a < b || (a === b && count[child]! <= count[child + 1]!) ? child : child + 1;
      if (unbalanced < 0 && n > BALANCE_ABOVE && count[node]! + 1 > MAX_SHARE * n) unbalanced = store.parent[node]!;
    }
    const place = count[node]! - 1;
    if (place < BUCKET_SIZE) {
      const position = ~link[node]! * BUCKET_SIZE + place;
      store.slots[position] = slot;
      store.positionOf[slot] = position;
      for (let part = 0; part < width; part++) store.coords[position * width + part] = item[part]!;
    } else {
      splitLeaf(store, node, slot, item);
    }
    if (unbalanced >= 0) this.rebuild(unbalanced);
  }

  /** Takes the item at `position` out of its bucket; the last one of the bucket takes its place. */
  private detach(position: number): void {
    const { slots, coords, count, link, parent, leafOf, positionOf, width, bounds } = this.store;
    const bucket = position >>> BUCKET_BITS;
    const leaf = leafOf[bucket]!;
    const last = bucket * BUCKET_SIZE + count[leaf]! - 1;
    if (position !== last) {
      const moved = slots[last]!;
      slots[position] = moved;
      positionOf[moved] = position;
      for (let part = 0; part < width; part++) coords[position * width + part] = coords[last * width + part]!;
    }
    let sparse = -1;
    for (let node = leaf; node >= 0; node = parent[node]!) {
      const n = --count[node]!;
      if (n <= COLLAPSE_AT && link[node]! >= 0) sparse = node;
    }
    if (sparse >= 0) this.rebuild(sparse);
    if (count[ROOT] === 0) bounds.fill(Infinity, 0, 3).fill(-Infinity, 3, 6);
  }

  private rebuild(node: number): void {
    this.rebuilds++;
    rebuild(this.store, node);
  }
}

/** Extends the bounds at `b` by an item. */
function expand(bounds: Float32Array, b: number, item: Float32Array, far: number): void {
  if (item[0]! < bounds[b]!) bounds[b] = item[0]!;
  if (item[1]! < bounds[b + 1]!) bounds[b + 1] = item[1]!;
  if (item[2]! < bounds[b + 2]!) bounds[b + 2] = item[2]!;
  if (item[far]! > bounds[b + 3]!) bounds[b + 3] = item[far]!;
  if (item[far + 1]! > bounds[b + 4]!) bounds[b + 4] = item[far + 1]!;
  if (item[far + 2]! > bounds[b + 5]!) bounds[b + 5] = item[far + 2]!;
}
