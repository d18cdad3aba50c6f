import { parentPort } from 'node:worker_threads';
import type { Vectors } from '../spatial/arena.ts';
import { asFloats } from '../spatial/layout/lay-out.ts';
import type { NeighbourGraph } from '../spatial/layout/neighbour-graph.ts';
import { umapLayout } from '../spatial/layout/umap.ts';

/** What a layout thread is asked. */
export interface LayoutTask {
  graph: NeighbourGraph;
  vectors: Vectors;
}

/** What it says: how far it is, 0..1, and at the end the places, row-major [size, 3]. */
export type LayoutNews = { progress: number } | { places: Float32Array };

/** Progress is told in steps of this share at least. */
const TELL_STEP = 0.02;

parentPort?.on('message', ({ graph, vectors }: LayoutTask) => {
  let told = 0;
  const places = umapLayout(graph, asFloats(vectors), {
    onProgress: (progress) => {
      if (progress - told >= TELL_STEP) {
        told = progress;
        parentPort?.postMessage({ progress } satisfies LayoutNews);
      }
      return true;
    },
  });
  parentPort?.postMessage({ places: Float32Array.from(places ?? []) } satisfies LayoutNews);
});
