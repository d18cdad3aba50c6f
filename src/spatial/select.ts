/** Above this many items a sample narrows the search first; the constants are those of Floyd and Rivest. */
const SAMPLE_ABOVE = 600;

/** Items side by side: slots, and their coordinates row-major. */
export interface ItemList {
  slots: Uint32Array;
  /** `[n, width]` */
  coords: Float32Array;
  width: number;
  /** from an item's lower to its upper corner: 0 or 3 */
  far: number;
}

/**
 * Rearranges the items `left..right` (both included) so that the one at `k` is where sorting by the centre along `axis`
 * would put it, none before it lies farther and none behind it less far. Linear on average.
 *
 * @see Floyd and Rivest, "Algorithm 489: SELECT", 1975
 */
export function selectByCentre(items: ItemList, k: number, left: number, right: number, axis: number): void {
  const { coords, width, far } = items;
  // twice the centre; for a point both corners are the same number
  const lower = axis;
  const upper = axis + far;
  while (right > left) {
    if (right - left > SAMPLE_ABOVE) {
      const n = right - left + 1;
      const m = k - left + 1;
      const z = Math.log(n);
      const s = 0.5 * Math.exp((2 * z) / 3);
      const sd = 0.5 * Math.sqrt((z * s * (n - s)) / n) * (m - n / 2 < 0 ? -1 : 1);
      const from = Math.max(left, Math.floor(k - (m * s) / n + sd));
      const to = Math.min(right, Math.floor(k + ((n - m) * s) / n + sd));
      selectByCentre(items, k, from, to, axis);
    }
    const pivot = coords[k * width + lower]! + coords[k * width + upper]!;
    let i = left;
    let j = right;
    swap(items, left, k);
    if (coords[right * width + lower]! + coords[right * width + upper]! > pivot) swap(items, left, right);
    while (i < j) {
      swap(items, i, j);
      i++;
      j--;
      while (coords[i * width + lower]! + coords[i * width + upper]! < pivot) i++;
      while (coords[j * width + lower]! + coords[j * width + upper]! > pivot) j--;
    }
    if (coords[left * width + lower]! + coords[left * width + upper]! === pivot) {
      swap(items, left, j);
    } else {
      j++;
      swap(items, j, right);
    }
    if (j <= k) left = j + 1;
    if (k <= j) right = j - 1;
  }
}

function swap({ slots, coords, width, far }: ItemList, i: number, j: number): void {
  const slot = slots[i]!;
  slots[i] = slots[j]!;
  slots[j] = slot;
  const a = i * width;
  const b = j * width;
  const x = coords[a]!;
  const y = coords[a + 1]!;
  const z = coords[a + 2]!;
  coords[a] = coords[b]!;
  coords[a + 1] = coords[b + 1]!;
  coords[a + 2] = coords[b + 2]!;
  coords[b] = x;
  coords[b + 1] = y;
  coords[b + 2] = z;
  if (far === 0) return;
  const x1 = coords[a + 3]!;
  const y1 = coords[a + 4]!;
  const z1 = coords[a + 5]!;
  coords[a + 3] = coords[b + 3]!;
  coords[a + 4] = coords[b + 4]!;
  coords[a + 5] = coords[b + 5]!;
  coords[b + 3] = x1;
  coords[b + 4] = y1;
  coords[b + 5] = z1;
}
