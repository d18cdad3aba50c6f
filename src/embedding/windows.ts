/** A half-open range of token positions. */
export interface Window {
  start: number;
  end: number;
}

/**
 * Which parts of a long sequence are looked at: consecutive windows while they are few, else `most` windows spread
 * evenly from the first position to the last, so that the cost of a text has a bound and its end still counts.
 *
 * @param length positions in the sequence; 0 has no windows
 * @param size positions in a window; the last one may be shorter
 */
export function planWindows(length: number, size: number, most: number): Window[] {
  const count = Math.ceil(length / size);
  if (count <= most) {
    return Array.from({ length: count }, (_, i) => ({ start: i * size, end: Math.min(length, (i + 1) * size) }));
  }
  const step = most === 1 ? 0 : (length - size) / (most - 1);
  return Array.from({ length: most }, (_, i) => {
    const start = Math.round(i * step);
    return { start, end: start + size };
  });
}

/**
 * One unit vector for several: their mean by weight, scaled to length 1.
 *
 * @param vectors at least one, all of one length
 * @param weights one for each vector, positive
 * @returns a single vector as it came, so that a text of one window keeps its exact bits
 */
export function poolWindows(vectors: Float32Array[], weights: number[]): Float32Array {
  if (vectors.length === 1) return vectors[0]!;
  const sum = new Float64Array(vectors[0]!.length);
  for (const [i, vector] of vectors.entries()) {
    const weight = weights[i]!;
    for (let d = 0; d < sum.length; d++) sum[d] = sum[d]! + weight * vector[d]!;
  }
  return toUnitLength(sum);
}

/** The vector scaled to length 1; a zero vector stays zero. */
export function toUnitLength(vector: ArrayLike<number>): Float32Array {
  let squares = 0;
  for (let d = 0; d < vector.length; d++) squares += vector[d]! * vector[d]!;
  const scale = squares === 0 ? 0 : 1 / Math.sqrt(squares);
  const unit = new Float32Array(vector.length);
  for (let d = 0; d < vector.length; d++) unit[d] = vector[d]! * scale;
  return unit;
}
