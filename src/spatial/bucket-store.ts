/** Items a bucket can hold. A power of two: the bucket of a position is `position >>> BUCKET_BITS`. */
export const BUCKET_BITS = 5;
export const BUCKET_SIZE = 1 << BUCKET_BITS;
/** Items a bucket holds when a tree is built: room for the next ones. */
export const BUCKET_FILL = 24;
export const ROOT = 0;
/** Deeper than any tree gets: balance keeps the depth below log(items) / log(1 / 0.7) + 10. */
const STACK = 256;
/** Arrays grow by a quarter: little slack, and copying stays linear on the whole. */
const GROWTH = 1.25;

/** What a store holds, in SharedArrayBuffers. */
export type SharedStore = Pick<
  BucketStore,
  'width' | 'bounds' | 'link' | 'parent' | 'count' | 'slots' | 'coords' | 'leafOf' | 'positionOf'
>;

/**
 * The arrays of a bucket kd-tree. A node is a leaf with one bucket or has two children, which lie side by side; a
 * position is a place in a bucket. Points are boxes whose corners share their three numbers: code that reads the lower
 * corner at `p` and the upper one at `p + far` serves both kinds.
 */
export class BucketStore {
  /** numbers an item: 3 or 6 */
  readonly width: 3 | 6;
  /** from the first number of an item's lower corner to that of its upper one: 0 or 3 */
  readonly far: number;

  /** `[nodes, 6]`: lower, upper corner of all that is below; never shrinks until the node is built anew */
  bounds: Float32Array = new Float32Array(0);
  /** `[nodes]`: the first child, or `~bucket` */
  link: Int32Array = new Int32Array(0);
  /** `[nodes]`; -1 above the root */
  parent: Int32Array = new Int32Array(0);
  /** `[nodes]`: items below */
  count: Int32Array = new Int32Array(0);

  /** `[buckets, BUCKET_SIZE]`: slots; the first `count` of a bucket's leaf are in use */
  slots: Uint32Array = new Uint32Array(0);
  /** `[buckets, BUCKET_SIZE, width]` */
  coords: Float32Array = new Float32Array(0);
  /** `[buckets]`: the leaf of a bucket */
  leafOf: Int32Array = new Int32Array(0);

  /** `[highest slot]`: position of a slot, -1 if it is free */
  positionOf: Int32Array = new Int32Array(0);

  /** for a query's way through the tree */
  readonly stack = new Int32Array(STACK);
  readonly stackDistance = new Float64Array(STACK);

  private nodes = 0;
  private buckets = 0;
  private readonly freePairs: number[] = [];
  private readonly freeBuckets: number[] = [];

  constructor(width: 3 | 6) {
    this.width = width;
    this.far = width - 3;
  }

  /** Empties the store: what is left is a root to be built. Makes room for what is to come, and some more. */
  reset(leaves: number, slots: number): void {
    const buckets = Math.max(16, Math.ceil(leaves * 1.1));
    const nodes = Math.max(64, buckets * 2);
    const { width } = this;
    this.bounds = new Float32Array(nodes * 6);
    this.link = new Int32Array(nodes);
    this.parent = new Int32Array(nodes);
    this.count = new Int32Array(nodes);
    this.slots = new Uint32Array(buckets * BUCKET_SIZE);
    this.coords = new Float32Array(buckets * BUCKET_SIZE * width);
    this.leafOf = new Int32Array(buckets);
    this.positionOf = new Int32Array(Math.max(256, Math.ceil(slots * 1.1))).fill(-1);
    this.nodes = 1;
    this.buckets = 0;
    this.freePairs.length = 0;
    this.freeBuckets.length = 0;
    this.parent[ROOT] = -1;
  }

  /** Puts everything where other threads can read it: until it changes, that is. */
  share(): SharedStore {
    const arrays = {
      bounds: inShared(this.bounds),
      link: inShared(this.link),
      parent: inShared(this.parent),
      count: inShared(this.count),
      slots: inShared(this.slots),
      coords: inShared(this.coords),
      leafOf: inShared(this.leafOf),
      positionOf: inShared(this.positionOf),
    };
    Object.assign(this, arrays);
    return { width: this.width, ...arrays };
  }

  /** Reads what another thread has shared; must not be changed. */
  static reading({ width, ...arrays }: SharedStore): BucketStore {
    return Object.assign(new BucketStore(width), arrays);
  }

  /** Two new nodes below `parent`; the number of the first. */
  addChildren(parent: number): number {
    let first = this.freePairs.pop();
    if (first === undefined) {
      first = this.nodes;
      this.nodes += 2;
      if (this.nodes > this.link.length) this.growNodes();
    }
    this.parent[first] = parent;
    this.parent[first + 1] = parent;
    return first;
  }

  /** Gives a leaf a bucket; its number. */
  addBucket(leaf: number): number {
    let bucket = this.freeBuckets.pop();
    if (bucket === undefined) {
      bucket = this.buckets++;
      if (bucket >= this.leafOf.length) this.growBuckets();
    }
    this.leafOf[bucket] = leaf;
    return bucket;
  }

  freeBucket(bucket: number): void {
    this.freeBuckets.push(bucket);
  }

  freeChildren(first: number): void {
    this.freePairs.push(first);
  }

  /** Makes room for `slot` in `positionOf`. */
  reserveSlot(slot: number): void {
    const { positionOf } = this;
    if (slot < positionOf.length) return;
    const grown = new Int32Array(Math.max(slot + 1, Math.ceil(positionOf.length * GROWTH)));
    grown.set(positionOf);
    grown.fill(-1, positionOf.length);
    this.positionOf = grown;
  }

  /** Of all arrays, slack included; a free list's entry is counted as 8. */
  get bytes(): number {
    const nodes = this.bounds.byteLength + this.link.byteLength + this.parent.byteLength + this.count.byteLength;
    const buckets = this.slots.byteLength + this.coords.byteLength + this.leafOf.byteLength;
    const free = (this.freePairs.length + this.freeBuckets.length) * 8;
    return nodes + buckets + free + this.positionOf.byteLength + this.stack.byteLength + this.stackDistance.byteLength;
  }

  private growNodes(): void {
    const nodes = Math.ceil(this.link.length * GROWTH) + 1;
    this.bounds = grownFloats(this.bounds, nodes * 6);
    this.link = grownInts(this.link, nodes);
    this.parent = grownInts(this.parent, nodes);
    this.count = grownInts(this.count, nodes);
  }

  private growBuckets(): void {
    const buckets = Math.ceil(this.leafOf.length * GROWTH);
    const slots = new Uint32Array(buckets * BUCKET_SIZE);
    slots.set(this.slots);
    this.slots = slots;
    this.coords = grownFloats(this.coords, buckets * BUCKET_SIZE * this.width);
    this.leafOf = grownInts(this.leafOf, buckets);
  }
}

function grownInts(array: Int32Array, length: number): Int32Array<ArrayBuffer> {
  const grown = new Int32Array(length);
  grown.set(array);
  return grown;
}

function grownFloats(array: Float32Array, length: number): Float32Array<ArrayBuffer> {
  const grown = new Float32Array(length);
  grown.set(array);
  return grown;
}

function inShared<T extends Float32Array | Int32Array | Uint32Array>(array: T): T {
  const Kind = array.constructor as new (buffer: SharedArrayBuffer) => T;
  const copy = new Kind(new SharedArrayBuffer(array.byteLength));
  copy.set(array);
  return copy;
}
