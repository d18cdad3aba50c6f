import type { ShapeKind, Vectors } from '../spatial/arena.ts';

// The numbers that every backend answers with (backend.ts defines them); a device only proposes rows.

/** Whether a row's point lies in the query that begins at `values[at]`. */
export function isInside(
  kind: ShapeKind,
  points: Float32Array,
  row: number,
  values: Float32Array,
  at: number,
): boolean {
  const x = points[3 * row]!;
  const y = points[3 * row + 1]!;
  const z = points[3 * row + 2]!;
  if (kind === 'box') {
    return (
      x >= values[at]! &&
      y >= values[at + 1]! &&
      z >= values[at + 2]! &&
      x <= values[at + 3]! &&
      y <= values[at + 4]! &&
      z <= values[at + 5]!
    );
  }
  if (kind === 'sphere') {
    const radius = values[at + 3]!;
    return radius >= 0 && squaredDistance(points, row, values, at) <= radius * radius;
  }
  for (let plane = at; plane < at + 24; plane += 4) {
    if (values[plane]! * x + values[plane + 1]! * y + values[plane + 2]! * z + values[plane + 3]! < 0) return false;
  }
  return true;
}

/** From a row's point to the one that begins at `values[at]`. */
export function squaredDistance(points: Float32Array, row: number, values: Float32Array, at: number): number {
  const dx = points[3 * row]! - values[at]!;
  const dy = points[3 * row + 1]! - values[at + 1]!;
  const dz = points[3 * row + 2]! - values[at + 2]!;
  return dx * dx + dy * dy + dz * dz;
}

/** Of a row with the query that begins at `values[at]`. */
export function scoreOf(vectors: Vectors, row: number, values: Float32Array, at: number): number {
  const { dimensions, rows } = vectors;
  const first = row * dimensions;
  let sum = 0;
  for (let i = 0; i < dimensions; i++) sum += values[at + i]! * rows[first + i]!;
  return vectors.kind === 'int8' ? sum * vectors.scales[row]! : sum;
}

/** Of two rows, whichever comes first. */
export function dotOf(vectors: Vectors, a: number, b: number): number {
  const { dimensions, rows } = vectors;
  const [first, second] = [a * dimensions, b * dimensions];
  let sum = 0;
  for (let i = 0; i < dimensions; i++) sum += rows[first + i]! * rows[second + i]!;
  return vectors.kind === 'int8' ? sum * vectors.scales[Math.min(a, b)]! * vectors.scales[Math.max(a, b)]! : sum;
}
