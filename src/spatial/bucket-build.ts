import { BUCKET_FILL, BUCKET_SIZE, type BucketStore, ROOT } from './bucket-store.ts';
import { type ItemList, selectByCentre } from './select.ts';
import { INNER, type Snapshot } from './snapshot.ts';

/** So many items, evenly taken, decide the axis of a split: it need not be the best one. */
const AXIS_SAMPLE = 512;

/**
 * Makes `node` the root of a balanced tree of the items `from` to `to` (excluded), which are rearranged on the way. The
 * node must have neither children nor a bucket. O(n log n).
 *
 * @param fill items a bucket gets, at most BUCKET_SIZE
 */
export function build(
  store: BucketStore,
  node: number,
  items: ItemList,
  from: number,
  to: number,
  fill = BUCKET_FILL,
): void {
  const n = to - from;
  store.count[node] = n;
  if (n <= fill) {
    fillLeaf(store, node, items, from, to);
    return;
  }
  // whole buckets to either side, so that all but a few are well filled
  const buckets = Math.ceil(n / fill);
  const middle = from + Math.floor((n * (buckets >> 1)) / buckets);
  selectByCentre(items, middle, from, to - 1, widestAxis(items, from, to));
  const child = store.addChildren(node);
  store.link[node] = child;
  build(store, child, items, from, middle, fill);
  build(store, child + 1, items, middle, to, fill);
  uniteBounds(store, node);
}

/** Makes, from the root of an empty store on, the tree of a snapshot. O(n). */
export function restore(store: BucketStore, { items, shape }: Snapshot): void {
  let nodes = 0;
  let taken = 0;
  const make = (node: number) => {
    const leafItems = shape[nodes++]!;
    if (leafItems !== INNER) {
      store.count[node] = leafItems;
      fillLeaf(store, node, items, taken, taken + leafItems);
      taken += leafItems;
      return;
    }
    const child = store.addChildren(node);
    store.link[node] = child;
    make(child);
    make(child + 1);
    store.count[node] = store.count[child]! + store.count[child + 1]!;
    uniteBounds(store, node);
  };
  make(ROOT);
}

/** Builds the tree below `node` anew from the items in its buckets. */
export function rebuild(store: BucketStore, node: number): void {
  const items = takeItems(store, node);
  build(store, node, items, 0, items.slots.length);
}

/** Splits the full bucket of a leaf whose count already includes the item to be added. */
export function splitLeaf(store: BucketStore, leaf: number, slot: number, item: Float32Array): void {
  const { width, far } = store;
  const bucket = ~store.link[leaf]!;
  const slots = new Uint32Array(BUCKET_SIZE + 1);
  const coords = new Float32Array((BUCKET_SIZE + 1) * width);
  const at = bucket * BUCKET_SIZE;
  slots.set(store.slots.subarray(at, at + BUCKET_SIZE));
  coords.set(store.coords.subarray(at * width, (at + BUCKET_SIZE) * width));
  slots[BUCKET_SIZE] = slot;
  coords.set(item, BUCKET_SIZE * width);
  store.freeBucket(bucket);
  build(store, leaf, { slots, coords, width, far }, 0, BUCKET_SIZE + 1);
}

function uniteBounds({ bounds, link }: BucketStore, node: number): void {
  for (let axis = 0; axis < 3; axis++) {
    const a = link[node]! * 6 + axis;
    const b = a + 6;
    bounds[node * 6 + axis] = Math.min(bounds[a]!, bounds[b]!);
    bounds[node * 6 + 3 + axis] = Math.max(bounds[a + 3]!, bounds[b + 3]!);
  }
}

function fillLeaf(store: BucketStore, leaf: number, items: ItemList, from: number, to: number): void {
  const bucket = store.addBucket(leaf);
  store.link[leaf] = ~bucket;
  const { bounds, coords, positionOf, width, far } = store;
  const at = bucket * BUCKET_SIZE;
  let [x0, y0, z0, x1, y1, z1] = [Infinity, Infinity, Infinity, -Infinity, -Infinity, -Infinity];
  for (let i = from; i < to; i++) {
    const slot = items.slots[i]!;
    const position = at + i - from;
    store.slots[position] = slot;
    positionOf[slot] = position;
    const source = i * width;
    const target = position * width;
    for (let part = 0; part < width; part++) coords[target + part] = items.coords[source + part]!;
    if (coords[target]! < x0) x0 = coords[target]!;
    if (coords[target + 1]! < y0) y0 = coords[target + 1]!;
    if (coords[target + 2]! < z0) z0 = coords[target + 2]!;
    if (coords[target + far]! > x1) x1 = coords[target + far]!;
    if (coords[target + far + 1]! > y1) y1 = coords[target + far + 1]!;
    if (coords[target + far + 2]! > z1) z1 = coords[target + far + 2]!;
  }
  const corner = leaf * 6;
  bounds[corner] = x0;
  bounds[corner + 1] = y0;
  bounds[corner + 2] = z0;
  bounds[corner + 3] = x1;
  bounds[corner + 4] = y1;
  bounds[corner + 5] = z1;
}

/** The axis along which the centres of the items spread most, by a sample. */
function widestAxis({ coords, width, far }: ItemList, from: number, to: number): number {
  const step = Math.max(1, Math.floor((to - from) / AXIS_SAMPLE)) * width;
  let [x0, y0, z0, x1, y1, z1] = [Infinity, Infinity, Infinity, -Infinity, -Infinity, -Infinity];
  for (let at = from * width; at < to * width; at += step) {
    const x = coords[at]! + coords[at + far]!;
    const y = coords[at + 1]! + coords[at + far + 1]!;
    const z = coords[at + 2]! + coords[at + far + 2]!;
    if (x < x0) x0 = x;
    if (x > x1) x1 = x;
    if (y < y0) y0 = y;
    if (y > y1) y1 = y;
    if (z < z0) z0 = z;
    if (z > z1) z1 = z;
  }
  if (x1 - x0 >= y1 - y0 && x1 - x0 >= z1 - z0) return 0;
  return y1 - y0 >= z1 - z0 ? 1 : 2;
}

/** Copies the items below `node` and frees what held them. */
function takeItems(store: BucketStore, node: number): ItemList {
  const { link, count, width, far } = store;
  const n = count[node]!;
  const slots = new Uint32Array(n);
  const coords = new Float32Array(n * width);
  let filled = 0;
  const open = [node];
  for (let at = open.pop(); at !== undefined; at = open.pop()) {
    const child = link[at]!;
    if (child >= 0) {
      open.push(child, child + 1);
      store.freeChildren(child);
      continue;
    }
    const from = ~child * BUCKET_SIZE;
    const to = from + count[at]!;
    slots.set(store.slots.subarray(from, to), filled);
    coords.set(store.coords.subarray(from * width, to * width), filled * width);
    filled += to - from;
    store.freeBucket(~child);
  }
  return { slots, coords, width, far };
}
