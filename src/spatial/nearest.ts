import { pointDistance, squaredDistance } from './bucket-query.ts';
import { BUCKET_SIZE, type BucketStore, ROOT } from './bucket-store.ts';

/** Slots and squared distances, nearest first, equal distances by slot; both have room for `k`. */
export interface NearestList {
  slots: Uint32Array;
  distances: Float64Array;
  k: number;
  accept: ((slot: number) => boolean) | undefined;
}

/**
 * Writes the `k` items nearest to `point`, none farther than the square root of `limit`, into the list; returns how many.
 * Depth first, the nearer child first, and no node beyond the worst distance kept. O(log n + k) expected; O(n) when most
 * items lie at one distance, because equal distances go by slot. Distances in the list are squared.
 */
export function findNearest(store: BucketStore, point: Float32Array, limit: number, best: NearestList): number {
  const { bounds, link, count, slots, coords, width, far, stack, stackDistance } = store;
  const { slots: bestSlots, distances, k, accept } = best;
  const x = point[0]!;
  const y = point[1]!;
  const z = point[2]!;
  let found = 0;
  let worst = limit;
  let top = 0;
  stackDistance[top] = 0;
  stack[top++] = ROOT;
  while (top > 0) {
    if (stackDistance[--top]! > worst) continue;
    let node = stack[top]!;
    let child = link[node]!;
    while (child >= 0) {
      const a = squaredDistance(bounds, child * 6, child * 6 + 3, x, y, z);
      const b = squaredDistance(bounds, child * 6 + 6, child * 6 + 9, x, y, z);
      const farther = a <= b ? b : a;
      if (farther <= worst) {
        stackDistance[top] = farther;
        stack[top++] = a <= b ? child + 1 : child;
      }
      if ((a <= b ? a : b) > worst) break;
      node = a <= b ? child : child + 1;
      child = link[node]!;
    }
    if (child >= 0) continue;
    const from = ~child * BUCKET_SIZE;
    const to = from + count[node]!;
    for (let at = from, p = from * width; at < to; at++, p += width) {
      const distance = far === 0 ? pointDistance(coords, p, x, y, z) : squaredDistance(coords, p, p + far, x, y, z);
      if (distance > worst) continue;
      const slot = slots[at]!;
      if (found === k && distance === worst && slot > bestSlots[k - 1]!) continue;
      if (accept !== undefined && !accept(slot)) continue;
      if (found < k) found++;
      let place = found - 1;
      for (; place > 0; place--) {
        const before = distances[place - 1]!;
        if (before < distance || (before === distance && bestSlots[place - 1]! < slot)) break;
        distances[place] = before;
        bestSlots[place] = bestSlots[place - 1]!;
      }
      distances[place] = distance;
      bestSlots[place] = slot;
      if (found === k) worst = distances[k - 1]!;
    }
  }
  return found;
}
