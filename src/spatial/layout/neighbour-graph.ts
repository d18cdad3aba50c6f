/** The k nearest of every row by one distance, itself not among them. */
export interface NeighbourGraph {
  size: number;
  k: number;
  /** row-major [size, k], nearest first; a row with fewer neighbours than k ends in NO_ROW */
  rows: Uint32Array;
  /** row-major [size, k], ascending, at least 0 */
  distances: Float32Array;
}

/** No such neighbour. */
export const NO_ROW = 0xffffffff;
