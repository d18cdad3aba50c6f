import fc from 'fast-check';
import type { Arena, QueryKind, Vectors } from '../../src/spatial/arena.ts';
import { quantize } from '../../src/spatial/quantize.ts';
import { seeded } from '../../src/statistics/seeded.ts';

export interface ArenaPlan {
  size: number;
  seed: number;
  dimensions: number;
  vectors: Vectors['kind'];
  /** whole metres make places coincide and sit exactly on borders */
  whole: boolean;
}

export const arenaPlan = (most: number) =>
  fc.record({
    size: fc.oneof(fc.integer({ min: 0, max: 3 }), fc.integer({ min: 0, max: most })),
    seed: fc.integer(),
    dimensions: fc.constant(12),
    vectors: fc.constantFrom('float32' as const, 'int8' as const),
    whole: fc.boolean(),
  });

/** In SharedArrayBuffers. A third of the rows say what another one says. */
export function makeArena({ size, seed, dimensions, vectors: kind, whole }: ArenaPlan, number = 0): Arena {
  const random = seeded(seed);
  const points = shared(Float32Array, 3 * size);
  for (let i = 0; i < points.length; i++) points[i] = whole ? Math.floor(random() * 8) : random() * 40 - 20;
  const floats = shared(Float32Array, size * dimensions);
  const [rows, scales] = [shared(Int8Array, size * dimensions), shared(Float32Array, size)];
  for (let row = 0; row < size; row++) {
    const like = row > 0 && random() < 1 / 3 ? Math.floor(random() * row) : -1;
    const vector = like < 0 ? unit(random, dimensions) : floats.slice(like * dimensions, (like + 1) * dimensions);
    floats.set(vector, row * dimensions);
    const { bytes, scale } = quantize(vector);
    rows.set(bytes, row * dimensions);
    scales[row] = scale;
  }
  const vectors: Vectors = kind === 'float32' ? { kind, dimensions, rows: floats } : { kind, dimensions, rows, scales };
  return { id: number.toString(16).padStart(64, '0'), epoch: 1, size, points, vectors };
}

/** Row-major [count, width]; about half of them look where something is. */
export function makeQueries(kind: QueryKind, count: number, seed: number, { dimensions, whole }: ArenaPlan) {
  const random = seeded(seed);
  const metre = () => (whole ? Math.floor(random() * 9) : random() * 50 - 25);
  const one = (): number[] => {
    const [x, y, z] = [metre(), metre(), metre()];
    const reach = whole ? Math.floor(random() * 5) : random() * 20;
    if (kind === 'box') return [x, y, z, x + reach, y + reach, z + reach];
    if (kind === 'sphere') return [x, y, z, reach];
    if (kind === 'nearest') return [x, y, z, random() < 0.5 ? Infinity : reach];
    if (kind === 'cosine') return [...unit(random, dimensions)];
    return Array.from({ length: 6 }, () => [...unit(random, 3), whole ? 3 : random() * 20]).flat();
  };
  return Float32Array.from(Array.from({ length: count }, one).flat());
}

function unit(random: () => number, dimensions: number): Float32Array {
  const vector = Float32Array.from({ length: dimensions }, () => random() - 0.5);
  const length = Math.hypot(...vector);
  return vector.map((x) => x / length);
}

function shared<T>(Kind: { new (buffer: SharedArrayBuffer): T; BYTES_PER_ELEMENT: number }, length: number): T {
  return new Kind(new SharedArrayBuffer(length * Kind.BYTES_PER_ELEMENT));
}
