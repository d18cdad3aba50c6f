import type { Embedder } from './embedder.ts';

/**
 * A sentence of about twenty tokens, the length of a usual chat message. V8 first runs wasm through its baseline
 * compiler and optimises what turns out to be hot, so the first runs of a process are two to three times slower.
 */
const SENTENCE = 'We could meet at the station around nine and walk along the river before lunch.';

/** Dummy runs after which the figures no longer fall much (measured by `bench -- embed`). */
export const WARM_UP_RUNS = 64;

/** Runs a local model on dummy texts, so that the first real message does not pay for it. */
export async function warmUp(embedder: Embedder, runs: number = WARM_UP_RUNS): Promise<void> {
  for (let run = 0; run < runs; run++) await embedder.embed([SENTENCE]);
}
