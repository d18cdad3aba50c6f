/** Regression trees whose values add up, as they are shipped: numbers with spaces between, tree after tree. */
export interface PackedForest {
  version: string;
  /** inner nodes of each tree; it has one leaf more */
  sizes: string;
  /** column that an inner node asks */
  features: string;
  /** a value up to it goes left */
  thresholds: string;
  /** what follows on the left of each inner node: an inner node of the same tree, or `-1 - leaf` */
  left: string;
  right: string;
  leaves: string;
}

/** The same in typed arrays. */
export interface Forest {
  sizes: Int32Array;
  features: Uint8Array;
  thresholds: Float64Array;
  left: Int8Array;
  right: Int8Array;
  leaves: Float64Array;
  /** no row can come out lower: the sum of each tree's lowest leaf */
  lowest: number;
}

export function unpackForest(packed: PackedForest): Forest {
  const sizes = Int32Array.from(numbers(packed.sizes));
  const leaves = Float64Array.from(numbers(packed.leaves));
  let lowest = 0;
  let leaf = 0;
  for (const size of sizes) {
    lowest += Math.min(...leaves.subarray(leaf, leaf + size + 1));
    leaf += size + 1;
  }
  return {
    sizes,
    features: Uint8Array.from(numbers(packed.features)),
    thresholds: Float64Array.from(numbers(packed.thresholds)),
    left: Int8Array.from(numbers(packed.left)),
    right: Int8Array.from(numbers(packed.right)),
    leaves,
    lowest,
  };
}

export function packForest(version: string, forest: Omit<Forest, 'lowest'>): PackedForest {
  const { sizes, features, thresholds, left, right, leaves } = forest;
  return {
    version,
    sizes: sizes.join(' '),
    features: features.join(' '),
    thresholds: thresholds.join(' '),
    left: left.join(' '),
    right: right.join(' '),
    leaves: leaves.join(' '),
  };
}

/**
 * What the trees say to each row, above the lowest they could say: never negative.
 *
 * @param rows row-major [count, width]
 * @returns [count]
 */
export function forestScores(forest: Forest, rows: Float32Array, width: number): Float64Array {
  const { sizes, features, thresholds, left, right, leaves, lowest } = forest;
  const count = rows.length / width;
  const out = new Float64Array(count).fill(-lowest);
  let node = 0;
  let leaf = 0;
  // tree by tree: one tree stays in the first-level cache for all rows
  for (const size of sizes) {
    for (let row = 0; row < count; row++) {
      let at = 0;
      while (at >= 0) {
        const asked = node + at;
        at = rows[row * width + features[asked]!]! <= thresholds[asked]! ? left[asked]! : right[asked]!;
      }
      out[row]! += leaves[leaf - 1 - at]!;
    }
    node += size;
    leaf += size + 1;
  }
  return out;
}

const numbers = (text: string): number[] => (text === '' ? [] : text.split(' ').map(Number));
