import { attractAndRepel } from './attract-repel.ts';
import { fuzzyGraph } from './fuzzy-graph.ts';
import type { NeighbourGraph } from './neighbour-graph.ts';
import { principalAxes, projectOn } from './pca.ts';

/** Neighbours that a row is laid out by: what a caller should ask the graph for. */
export const LAYOUT_NEIGHBOURS = 15;

export interface LayoutOptions {
  seed?: number;
  epochs?: number;
  /** called now and then with the share that is done; a false ends the work */
  onProgress?: (done: number) => boolean;
}

/** The start need only be near the principal axes. */
const START_ROUNDS = 6;
/** The rows of the start are this wide. */
const START_WIDTH = 10;
/** Few rows settle slowly and cost little: as many rounds as umap-js takes. */
const epochsFor = (size: number) => (size <= 2_500 ? 500 : size <= 5_000 ? 400 : size <= 7_500 ? 300 : 200);
const REPULSIONS = 5;

/**
 * Places in three dimensions for rows of any width, near where they are near in meaning: UMAP from a neighbour graph, begun
 * at the principal axes. Deterministic.
 * @param rows row-major [size, dimensions]
 * @returns row-major [size, 3], centred on nothing in particular, or null where `onProgress` ended it
 */
export function umapLayout(
  graph: NeighbourGraph,
  rows: Float32Array,
  { seed = 1, epochs = epochsFor(graph.size), onProgress }: LayoutOptions = {},
): Float64Array | null {
  const places = startingPlaces(rows, rows.length / Math.max(1, graph.size));
  const complete = attractAndRepel(places, fuzzyGraph(graph), {
    epochs,
    repulsions: REPULSIONS,
    rate: 1,
    seed,
    onEpoch: (epoch) => onProgress?.((epoch + 1) / epochs) ?? true,
  });
  return complete ? places : null;
}

function startingPlaces(rows: Float32Array, dimensions: number): Float64Array {
  if (rows.length === 0) return new Float64Array(0);
  const places = projectOn(principalAxes(rows, dimensions, 3, START_ROUNDS), rows);
  let largest = 0;
  for (const value of places) largest = Math.max(largest, Math.abs(value));
  if (largest > 0) for (let at = 0; at < places.length; at++) places[at]! *= START_WIDTH / largest;
  return places;
}
