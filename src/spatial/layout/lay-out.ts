import type { Arena, Vectors } from '../arena.ts';
import { NeighbourFinder } from './neighbour-finder.ts';
import type { NeighbourGraph } from './neighbour-graph.ts';
import { LAYOUT_NEIGHBOURS, umapLayout } from './umap.ts';

/** The neighbour graph of an arena's vectors, on this thread: all pairs are looked at. */
export function neighbourGraph(arena: Arena, k: number, kernel: WebAssembly.Module | null): NeighbourGraph {
  return { size: arena.size, k, ...new NeighbourFinder(arena, kernel).find(0, arena.size, k) };
}

/** Places for an arena's rows, row-major [size, 3]: what the GPU origin gives, bit for bit, on this thread. */
export function layOutHere(arena: Arena, kernel: WebAssembly.Module | null): Float32Array {
  if (arena.vectors === null) throw new RangeError('The arena has no vectors.');
  const places = umapLayout(neighbourGraph(arena, LAYOUT_NEIGHBOURS, kernel), asFloats(arena.vectors));
  return Float32Array.from(places ?? []);
}

/** Row-major [size, dimensions]. */
export function asFloats({ dimensions, ...rest }: Vectors): Float32Array {
  if (rest.kind === 'float32') return rest.rows;
  const { rows, scales } = rest;
  return Float32Array.from(rows, (byte, at) => byte * scales[Math.floor(at / dimensions)]!);
}
