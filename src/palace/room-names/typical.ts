/** A memory of a room: what it says is near what its vector says. */
export interface Placed {
  /** id of its message */
  id: string;
  text: string;
  /** int8; component = int8 * scale, of unit length */
  vector: Int8Array;
  scale: number;
}

/** Letters below which a text says too little of a topic: "ok", "see you". */
const LEAST_LETTERS = 12;

/**
 * Those that say best what a room is about, nearest to the mean of all first; of two that are equally near the earlier.
 *
 * @param memories vectors of one model
 */
export function typical(memories: readonly Placed[], count: number): Placed[] {
  const telling = memories.filter(({ text }) => text.length >= LEAST_LETTERS);
  const dimensions = telling[0]?.vector.length ?? 0;
  const mean = new Float64Array(dimensions);
  for (const { vector, scale } of telling) for (let i = 0; i < dimensions; i++) mean[i]! += vector[i]! * scale;
  const fits = telling.map(({ vector, scale }) => {
    let sum = 0;
    for (let i = 0; i < dimensions; i++) sum += vector[i]! * mean[i]!;
    return sum * scale;
  });
  const order = [...telling.keys()].sort((a, b) => fits[b]! - fits[a]! || a - b);
  return order.slice(0, count).map((i) => telling[i]!);
}
