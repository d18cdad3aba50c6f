/** What an index holds: points (x, y, z) or axis-parallel boxes (lower corner, upper corner). */
export type ItemKind = 'points' | 'boxes';

export interface SpatialStats {
  /** of all arrays behind the index, slack included */
  bytes: number;
  /** levels of the tree; an empty one has 1 */
  depth: number;
  /** how often a part of the tree was built anew to keep it balanced */
  rebuilds: number;
}

/**
 * Exact index of items in 3D. A slot is the caller's number of an item: dense from 0, as a SQLite rowid is, because
 * memory is kept up to the highest slot seen. Lengths are in the caller's unit (the palace: metres).
 *
 * An item is a Float32Array: `[x, y, z]`, or `[x0, y0, z0, x1, y1, z1]` with lower <= upper. Everything given is
 * float32, queries too, so that an item on the border of a query is inside for SQL, JavaScript and a GPU alike.
 * Nothing is checked here: numbers must be finite, arrays as long as said. Borders belong to a query.
 *
 * `box`, `sphere` and `frustum` return how many items match and write their slots in ascending order; if `out` is
 * shorter than that, it gets the lowest ones.
 */
export interface SpatialIndex {
  readonly kind: ItemKind;
  readonly size: number;
  /** grows with every change, so that a cached answer can tell that it is stale */
  readonly epoch: number;

  /** A slot that is taken is moved. */
  insert(slot: number, item: Float32Array): void;
  /** False, and nothing is done, if the slot is free. */
  move(slot: number, item: Float32Array): boolean;
  /** False if the slot was free. */
  remove(slot: number): boolean;
  has(slot: number): boolean;
  /** Writes the item into `out` (3 or 6 numbers); false, and nothing is written, if the slot is free. */
  get(slot: number, out: Float32Array): boolean;

  /** Items that touch the box `[x0, y0, z0, x1, y1, z1]`. */
  box(bounds: Float32Array, out: Uint32Array): number;
  /** Items of which some part is at most `radius` from `centre` `[x, y, z]`. */
  sphere(centre: Float32Array, radius: number, out: Uint32Array): number;
  /**
   * Items that no plane shuts out.
   *
   * @param planes `[6, 4]`, row-major: (a, b, c, d) where a·x + b·y + c·z + d >= 0 is inside. A box item counts unless it
   *   lies wholly outside one plane, so one near an edge of the frustum may be reported although it only comes close.
   */
  frustum(planes: Float32Array, out: Uint32Array): number;
  /**
   * The `k` items nearest to `point`, nearest first, equal distances by slot. Returns how many there are.
   *
   * @param out and `distances` have room for `k`; distances are Euclidean, to the nearest part of a box, 0 inside it
   * @param maxDistance items farther away are left out; one at exactly this distance counts
   * @param accept asked only of items that would be among the answer; must not use the index
   */
  nearest(
    point: Float32Array,
    k: number,
    out: Uint32Array,
    distances: Float64Array,
    maxDistance?: number,
    accept?: (slot: number) => boolean,
  ): number;

  /** Replaces all items: `slots` `[n]`, each once; `items` `[n, 3 or 6]`, row-major. The arrays are copied. */
  bulkLoad(slots: Uint32Array, items: Float32Array): void;
  /** All items as self-contained pieces of at most 1.5 MB, so that each fits a row of SQLite. An empty index has one. */
  snapshot(): ArrayBuffer[];
  /**
   * Replaces all items by those of a snapshot, its pieces in any order.
   *
   * @throws Error if a piece is damaged, missing, twice, or of the other kind; the index is then as it was
   */
  load(pieces: Iterable<ArrayBuffer>): void;
  stats(): SpatialStats;
}
