/** Of reciprocal rank fusion: how little the very first ranks count above those after them. */
const RRF_K = 60;

/**
 * An order that two judges agree on: the search's own, and that of a model which has read the query with each text.
 * Ranks are fused and not scores, which are on no common scale.
 *
 * @param scores the model's, of the search's hits in their order
 * @returns places in `scores`, the best first; equal ones in the search's order
 * @see Cormack, Clarke & Büttcher 2009, Reciprocal Rank Fusion (SIGIR)
 */
export function fusedOrder(scores: readonly number[]): number[] {
  const places = scores.map((_, place) => place);
  const byModel = places.toSorted((a, b) => scores[b]! - scores[a]! || a - b);
  const fused = new Float64Array(scores.length);
  for (const [rank, place] of byModel.entries()) fused[place] = 1 / (RRF_K + rank) + 1 / (RRF_K + place);
  return places.sort((a, b) => fused[b]! - fused[a]! || a - b);
}
