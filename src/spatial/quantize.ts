/** A vector as it is stored: component i is `bytes[i] * scale`. */
export interface QuantizedVector {
  /** each in -127..127 */
  bytes: Int8Array;
  scale: number;
}

/** Rounds a vector to int8 by its largest component. The zero vector has scale 0. */
export function quantize(vector: Float32Array): QuantizedVector {
  const largest = largestMagnitude(vector);
  const bytes = new Int8Array(vector.length);
  if (largest === 0) return { bytes, scale: 0 };
  for (let i = 0; i < vector.length; i++) bytes[i] = Math.round((vector[i]! / largest) * 127);
  // what storage returns must equal what is held here, and SQLite, Postgres and typed arrays may keep 4 bytes
  return { bytes, scale: Math.fround(largest / 127) };
}

/** The vector that storage holds so. `Float32Array.from` would make an object for each component. */
export function dequantize(bytes: Int8Array, scale: number): Float32Array<ArrayBuffer> {
  const vector = new Float32Array(bytes.length);
  for (let i = 0; i < bytes.length; i++) vector[i] = bytes[i]! * scale;
  return vector;
}

export function largestMagnitude(vector: Float32Array): number {
  let largest = 0;
  for (let i = 0; i < vector.length; i++) {
    const magnitude = Math.abs(vector[i]!);
    if (magnitude > largest) largest = magnitude;
  }
  return largest;
}
