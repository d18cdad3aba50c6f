import type { Arena, Batch, Hits, QueryKind, Ranked, ShapeKind, Vectors } from '../../src/spatial/arena.ts';
import { WIDTH_OF } from '../../src/spatial/arena.ts';
import type { NeighbourGraph } from '../../src/spatial/layout/neighbour-graph.ts';

// The definitions of src/gpu-origin/backend.ts in the plainest JavaScript there is. Shares no code with what it judges.

const NO_ROW = 0xffffffff;

export function oracleFind(kind: ShapeKind, batch: Batch, cap: number): Hits {
  const counts = new Uint32Array(batch.which.length);
  const rows: number[] = [];
  batch.which.forEach((which, q) => {
    const { points, size } = batch.arenas[which]!;
    const values = queryValues(kind, batch, q);
    const found: number[] = [];
    for (let row = 0; row < size; row++) {
      if (isInside(kind, [...points!.subarray(3 * row, 3 * row + 3)], values)) found.push(row);
    }
    counts[q] = found.length;
    rows.push(...found.slice(0, cap));
  });
  return { counts, rows: Uint32Array.from(rows) };
}

export function oracleNearest(batch: Batch, k: number): Ranked {
  return rank('nearest', batch, k, ({ points }, row, [x, y, z, far]) => {
    const [dx, dy, dz] = [points![3 * row]! - x!, points![3 * row + 1]! - y!, points![3 * row + 2]! - z!];
    const squared = dx * dx + dy * dy + dz * dz;
    return squared <= far! * far! ? { order: squared, value: Math.sqrt(squared) } : null;
  });
}

export function oracleCosine(batch: Batch, k: number): Ranked {
  return rank('cosine', batch, k, ({ vectors }, row, query) => {
    let sum = 0;
    query.forEach((x, i) => {
      sum += x * vectors!.rows[row * query.length + i]!;
    });
    const value = vectors!.kind === 'int8' ? sum * vectors!.scales[row]! : sum;
    return { order: -value, value };
  });
}

export function oracleGraph({ size, vectors }: Arena, k: number): NeighbourGraph {
  const rows = new Uint32Array(size * k).fill(NO_ROW);
  const distances = new Float32Array(size * k);
  for (let a = 0; a < size; a++) {
    const others = Array.from({ length: size }, (_, b) => ({ b, dot: dotOf(vectors!, Math.min(a, b), Math.max(a, b)) }))
      .filter(({ b }) => b !== a)
      .sort((x, y) => y.dot - x.dot || x.b - y.b);
    others.slice(0, k).forEach(({ b, dot }, i) => {
      rows[a * k + i] = b;
      distances[a * k + i] = Math.max(0, 1 - dot);
    });
  }
  return { size, k, rows, distances };
}

export function oracleProject({ size, vectors }: Arena, axes: Float32Array): Float64Array {
  const { dimensions, rows } = vectors!;
  const count = axes.length / dimensions;
  return Float64Array.from({ length: size * count }, (_, at) => {
    const [row, axis] = [Math.floor(at / count), at % count];
    let sum = 0n;
    for (let i = 0; i < dimensions; i++) {
      const x = rows[row * dimensions + i]!;
      const whole = vectors!.kind === 'int8' ? x : Math.round(x * 16384);
      sum += BigInt(whole) * BigInt(Math.round(axes[axis * dimensions + i]! * 16384));
    }
    const exact = Number(BigInt.asIntN(32, sum));
    return vectors!.kind === 'int8' ? (exact / 16384) * vectors!.scales[row]! : exact / 16384 / 16384;
  });
}

function isInside(kind: ShapeKind, p: number[], v: number[]): boolean {
  if (kind === 'box') return p.every((x, axis) => x >= v[axis]! && x <= v[axis + 3]!);
  if (kind === 'sphere') {
    const [dx, dy, dz] = [p[0]! - v[0]!, p[1]! - v[1]!, p[2]! - v[2]!];
    return v[3]! >= 0 && dx * dx + dy * dy + dz * dz <= v[3]! * v[3]!;
  }
  return [0, 4, 8, 12, 16, 20].every(
    (at) => v[at]! * p[0]! + v[at + 1]! * p[1]! + v[at + 2]! * p[2]! + v[at + 3]! >= 0,
  );
}

type Judge = (arena: Arena, row: number, values: number[]) => { order: number; value: number } | null;

function rank(kind: QueryKind, batch: Batch, k: number, judge: Judge): Ranked {
  const counts = new Uint32Array(batch.which.length);
  const [rows, values]: [number[], number[]] = [[], []];
  batch.which.forEach((which, q) => {
    const arena = batch.arenas[which]!;
    const query = queryValues(kind, batch, q);
    const judged = Array.from({ length: arena.size }, (_, row) => ({ row, ...judge(arena, row, query) }));
    const best = judged
      .flatMap(({ row, order, value }) => (order === undefined || value === undefined ? [] : [{ row, order, value }]))
      .sort((a, b) => a.order - b.order || a.row - b.row)
      .slice(0, k);
    counts[q] = best.length;
    rows.push(...best.map(({ row }) => row));
    values.push(...best.map(({ value }) => value));
  });
  return { counts, rows: Uint32Array.from(rows), values: Float64Array.from(values) };
}

function queryValues(kind: QueryKind, { arenas, which, values }: Batch, q: number): number[] {
  const width = kind === 'cosine' ? arenas[which[q]!]!.vectors!.dimensions : WIDTH_OF[kind];
  return [...values.subarray(q * width, (q + 1) * width)];
}

function dotOf(vectors: Vectors, low: number, high: number): number {
  const { dimensions, rows } = vectors;
  let sum = 0;
  for (let i = 0; i < dimensions; i++) sum += rows[low * dimensions + i]! * rows[high * dimensions + i]!;
  return vectors.kind === 'int8' ? sum * vectors.scales[low]! * vectors.scales[high]! : sum;
}
