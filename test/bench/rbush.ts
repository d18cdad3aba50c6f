import { type BBox, type Node, RBush3D } from 'rbush-3d';

/** A point as rbush-3d wants it. */
interface Item extends BBox {
  slot: number;
}

/** The peer: rbush-3d, bulk-loaded, with the nearest-neighbour search that it lacks. */
export class RBush {
  private readonly tree = new RBush3D();

  constructor(points: Float32Array) {
    const items: Item[] = [];
    for (let slot = 0; slot * 3 < points.length; slot++) {
      const [x = 0, y = 0, z = 0] = points.subarray(slot * 3, slot * 3 + 3);
      items.push({ minX: x, minY: y, minZ: z, maxX: x, maxY: y, maxZ: z, slot });
    }
    this.tree.load(items);
  }

  /** Returns the count, writes the slots in no order. */
  box([minX = 0, minY = 0, minZ = 0, maxX = 0, maxY = 0, maxZ = 0]: Float32Array, out: Uint32Array): number {
    const found = this.tree.search({ minX, minY, minZ, maxX, maxY, maxZ }) as Item[];
    for (let i = 0; i < found.length; i++) out[i] = found[i]!.slot;
    return found.length;
  }

  /** Best first over the tree's nodes; those farther than the `k` best so far are never looked at. */
  nearest([x = 0, y = 0, z = 0]: Float32Array, k: number, out: Uint32Array): number {
    const heap = new Heap();
    const distances: number[] = [];
    let worst = Number.POSITIVE_INFINITY;
    for (let next: Entry | undefined = { distance: 0, node: this.tree.data }; next; next = heap.pop()) {
      if (next.distance >= worst) break;
      const { children, leaf } = next.node;
      for (const child of children) {
        const distance = squaredDistance(child, x, y, z);
        if (distance >= worst) continue;
        if (!leaf) {
          heap.push(distance, child as Node);
          continue;
        }
        let place = Math.min(distances.length, k - 1);
        for (; place > 0 && distances[place - 1]! > distance; place--) {
          distances[place] = distances[place - 1]!;
          out[place] = out[place - 1]!;
        }
        distances[place] = distance;
        out[place] = (child as Item).slot;
        if (distances.length === k) worst = distances[k - 1]!;
      }
    }
    return distances.length;
  }
}

function squaredDistance(box: BBox, x: number, y: number, z: number): number {
  const dx = x < box.minX ? box.minX - x : x > box.maxX ? x - box.maxX : 0;
  const dy = y < box.minY ? box.minY - y : y > box.maxY ? y - box.maxY : 0;
  const dz = z < box.minZ ? box.minZ - z : z > box.maxZ ? z - box.maxZ : 0;
  return dx * dx + dy * dy + dz * dz;
}

interface Entry {
  distance: number;
  node: Node;
}

/** Binary heap, the least distance on top. */
class Heap {
  private readonly entries: Entry[] = [];

  push(distance: number, node: Node): void {
    const { entries } = this;
    const entry = { distance, node };
    let at = entries.push(entry) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (entries[parent]!.distance <= distance) break;
      entries[at] = entries[parent]!;
      at = parent;
    }
    entries[at] = entry;
  }

  pop(): Entry | undefined {
    const { entries } = this;
    const top = entries[0];
    const last = entries.pop();
    if (last === undefined || entries.length === 0) return top;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= entries.length) break;
      if (child + 1 < entries.length && entries[child + 1]!.distance < entries[child]!.distance) child++;
      if (entries[child]!.distance >= last.distance) break;
      entries[at] = entries[child]!;
      at = child;
    }
    entries[at] = last;
    return top;
  }
}
