import { BUCKET_SIZE, type BucketStore, ROOT } from './bucket-store.ts';
import type { SlotSet } from './slot-set.ts';

// Each kernel walks the tree with a stack. Nothing is tested below a node that lies wholly inside the query: spheres and
// frusta push it as `~node`; boxes, the most frequent, test children before they push them. A test of a node uses the same arithmetic, in the same order, as that of an item; rounding is
// monotonic, so no node is ever shut out that holds an item inside.

/** Items that touch `box` (lower corner, upper corner). O(n^(2/3) + found) at worst. */
export function collectBox(store: BucketStore, box: Float32Array, found: SlotSet): void {
  const { bounds, link, count, stack } = store;
  const x0 = box[0]!;
  const y0 = box[1]!;
  const z0 = box[2]!;
  const x1 = box[3]!;
  const y1 = box[4]!;
  const z1 = box[5]!;
  let top = 0;
  let first = ROOT;
  let last = ROOT;
  for (;;) {
    // from `first` to `last`: the root, or two children, whose bounds lie side by side
    for (let node = first, b = first * 6; node <= last; node++, b += 6) {
      if (bounds[b]! > x1 || bounds[b + 3]! < x0 || bounds[b + 1]! > y1 || bounds[b + 4]! < y0) continue;
      if (bounds[b + 2]! > z1 || bounds[b + 5]! < z0 || count[node]! === 0) continue;
      let inside = bounds[b]! >= x0 && bounds[b + 3]! <= x1 && bounds[b + 1]! >= y0 && bounds[b + 4]! <= y1;
      inside = inside && bounds[b + 2]! >= z0 && bounds[b + 5]! <= z1;
      const child = link[node]!;
      if (inside) addBelow(store, node, found);
      else if (child >= 0) stack[top++] = child;
      else {
        const from = ~child * BUCKET_SIZE;
        addTouching(store, from, from + count[node]!, box, found);
      }
    }
    if (top === 0) return;
    first = stack[--top]!;
    last = first + 1;
  }
}

/** Items of which some part is at most `radius` from (x, y, z). O(n^(2/3) + found) at worst. */
export function collectSphere(store: BucketStore, centre: Float32Array, radius: number, found: SlotSet): void {
  const { bounds, link, count, stack } = store;
  const x = centre[0]!;
  const y = centre[1]!;
  const z = centre[2]!;
  const limit = radius * radius;
  if (radius < 0) return;
  let top = 0;
  stack[top++] = ROOT;
  while (top > 0) {
    let node = stack[--top]!;
    let inside = node < 0;
    if (inside) node = ~node;
    else {
      const b = node * 6;
      if (count[node]! === 0 || squaredDistance(bounds, b, b + 3, x, y, z) > limit) continue;
      inside = squaredReach(bounds, b, x, y, z) <= limit;
    }
    const child = link[node]!;
    if (child >= 0) {
      stack[top++] = inside ? ~child : child;
      stack[top++] = inside ? ~(child + 1) : child + 1;
      continue;
    }
    const from = ~child * BUCKET_SIZE;
    const to = from + count[node]!;
    if (inside) addAll(store, from, to, found);
    else addWithin(store, from, to, centre, limit, found);
  }
}

/** Items that none of the six planes shuts out (see `SpatialIndex.frustum`). */
export function collectFrustum(store: BucketStore, planes: Float32Array, found: SlotSet): void {
  const { bounds, link, count, stack } = store;
  let top = 0;
  stack[top++] = ROOT;
  while (top > 0) {
    let node = stack[--top]!;
    let inside = node < 0;
    if (inside) node = ~node;
    else {
      const b = node * 6;
      if (count[node]! === 0 || isShutOut(bounds, b, b + 3, planes)) continue;
      inside = !isShutOut(bounds, b + 3, b, planes);
    }
    const child = link[node]!;
    if (child >= 0) {
      stack[top++] = inside ? ~child : child;
      stack[top++] = inside ? ~(child + 1) : child + 1;
      continue;
    }
    const from = ~child * BUCKET_SIZE;
    const to = from + count[node]!;
    if (inside) addAll(store, from, to, found);
    else addUnlessShutOut(store, from, to, planes, found);
  }
}

/** All items below a node. */
function addBelow(store: BucketStore, node: number, found: SlotSet): void {
  const child = store.link[node]!;
  if (child >= 0) {
    addBelow(store, child, found);
    addBelow(store, child + 1, found);
  } else {
    const from = ~child * BUCKET_SIZE;
    addAll(store, from, from + store.count[node]!, found);
  }
}

/** All items of the positions `from` to `to`. */
function addAll({ slots }: BucketStore, from: number, to: number, { words, summary }: SlotSet): void {
  for (let at = from; at < to; at++) {
    const slot = slots[at]!;
    words[slot >>> 5]! |= 1 << slot;
    summary[slot >>> 10]! |= 1 << (slot >>> 5);
  }
}

/**
 * Those that touch `box`. No branch on the outcome: which items of a bucket touch is a coin toss, and processors that
 * guess wrong took a third of the whole query. Points have a loop of their own.
 */
function addTouching(store: BucketStore, from: number, to: number, box: Float32Array, found: SlotSet): void {
  const { slots, coords, far } = store;
  const { words, summary } = found;
  const x0 = box[0]!;
  const y0 = box[1]!;
  const z0 = box[2]!;
  const x1 = box[3]!;
  const y1 = box[4]!;
  const z1 = box[5]!;
  if (far === 0) {
    for (let at = from, p = from * 3; at < to; at++, p += 3) {
      const x = coords[p]!;
      const y = coords[p + 1]!;
      const z = coords[p + 2]!;
      const touches = +(x >= x0) & +(x <= x1) & +(y >= y0) & +(y <= y1) & +(z >= z0) & +(z <= z1);
      const slot = slots[at]!;
      words[slot >>> 5]! |= touches << slot;
      summary[slot >>> 10]! |= touches << (slot >>> 5);
    }
    return;
  }
  for (let at = from, p = from * 6; at < to; at++, p += 6) {
    const below = +(coords[p]! <= x1) & +(coords[p + 1]! <= y1) & +(coords[p + 2]! <= z1);
    const touches = below & +(coords[p + 3]! >= x0) & +(coords[p + 4]! >= y0) & +(coords[p + 5]! >= z0);
    const slot = slots[at]!;
    words[slot >>> 5]! |= touches << slot;
    summary[slot >>> 10]! |= touches << (slot >>> 5);
  }
}

/** Those of which some part is at most the square root of `limit` from `centre`. */
function addWithin(
  { slots, coords, width, far }: BucketStore,
  from: number,
  to: number,
  centre: Float32Array,
  limit: number,
  { words, summary }: SlotSet,
): void {
  const x = centre[0]!;
  const y = centre[1]!;
  const z = centre[2]!;
  for (let at = from, p = from * width; at < to; at++, p += width) {
    const distance = far === 0 ? pointDistance(coords, p, x, y, z) : squaredDistance(coords, p, p + far, x, y, z);
    const within = +(distance <= limit);
    const slot = slots[at]!;
    words[slot >>> 5]! |= within << slot;
    summary[slot >>> 10]! |= within << (slot >>> 5);
  }
}

function addUnlessShutOut(
  { slots, coords, width, far }: BucketStore,
  from: number,
  to: number,
  planes: Float32Array,
  { words, summary }: SlotSet,
): void {
  for (let at = from, p = from * width; at < to; at++, p += width) {
    if (isShutOut(coords, p, p + far, planes)) continue;
    const slot = slots[at]!;
    words[slot >>> 5]! |= 1 << slot;
    summary[slot >>> 10]! |= 1 << (slot >>> 5);
  }
}

/** Squared, from (x, y, z) to the point at `p`; as `squaredDistance` says, but without its branches. */
export function pointDistance(a: Float32Array, p: number, x: number, y: number, z: number): number {
  const dx = a[p]! - x;
  const dy = a[p + 1]! - y;
  const dz = a[p + 2]! - z;
  return dx * dx + dy * dy + dz * dz;
}

/** Squared, from (x, y, z) to the nearest point of the box whose corners start at `lower` and `upper`; 0 inside it. */
export function squaredDistance(
  a: Float32Array,
  lower: number,
  upper: number,
  x: number,
  y: number,
  z: number,
): number {
  const x0 = a[lower]!;
  const y0 = a[lower + 1]!;
  const z0 = a[lower + 2]!;
  const x1 = a[upper]!;
  const y1 = a[upper + 1]!;
  const z1 = a[upper + 2]!;
  const dx = x < x0 ? x0 - x : x > x1 ? x - x1 : 0;
  const dy = y < y0 ? y0 - y : y > y1 ? y - y1 : 0;
  const dz = z < z0 ? z0 - z : z > z1 ? z - z1 : 0;
  return dx * dx + dy * dy + dz * dz;
}

/** Squared, from (x, y, z) to the farthest corner of the box whose corners start at `b` and `b + 3`. */
function squaredReach(a: Float32Array, b: number, x: number, y: number, z: number): number {
  const dx = Math.max(Math.abs(x - a[b]!), Math.abs(a[b + 3]! - x));
  const dy = Math.max(Math.abs(y - a[b + 1]!), Math.abs(a[b + 4]! - y));
  const dz = Math.max(Math.abs(z - a[b + 2]!), Math.abs(a[b + 5]! - z));
  return dx * dx + dy * dy + dz * dz;
}

/**
 * Whether some plane has even the corner that reaches farthest to its inside on its outside. With `lower` and `upper`
 * exchanged it looks at the opposite corners: false then means wholly inside.
 */
function isShutOut(a: Float32Array, lower: number, upper: number, planes: Float32Array): boolean {
  for (let plane = 0; plane < 24; plane += 4) {
    const nx = planes[plane]!;
    const ny = planes[plane + 1]!;
    const nz = planes[plane + 2]!;
    const x = a[nx > 0 ? upper : lower]!;
    const y = a[(ny > 0 ? upper : lower) + 1]!;
    const z = a[(nz > 0 ? upper : lower) + 2]!;
    if (nx * x + ny * y + nz * z + planes[plane + 3]! < 0) return true;
  }
  return false;
}
