import type { Arena, Batch, Hits, Ranked, ShapeKind } from '../spatial/arena.ts';
import type { NeighbourGraph } from '../spatial/layout/neighbour-graph.ts';

/** What a backend computes with: `cpu` is always there. */
export type BackendName = 'cpu' | 'webgpu';

/** Where a long piece of work can be ended, and says how far it is. */
export interface Watch {
  /** called now and then with the share that is done, 0..1; false ends the work, whose answer is then null */
  onProgress?(share: number): boolean;
}

/**
 * Computes over resident arenas. Every backend gives the same answers, bit for bit, because every number that is
 * returned or compared at the end is defined exactly; a device that computes in float32 finds candidates with enough
 * slack for its own rounding, and the host settles them. The definitions are executable: test/gpu-origin/oracle.ts.
 *
 * - box: float32 comparisons, borders inside.
 * - sphere: float32 numbers, arithmetic in float64: dx*dx + dy*dy + dz*dz <= r*r, added in that order, r >= 0.
 * - frustum: shut out where a*x + b*y + c*z + d < 0 in float64, added in that order, for one of the planes.
 * - nearest: as sphere; the value is Math.sqrt of the sum; equal sums by row.
 * - cosine: sum of query[i] * row[i] over ascending i in float64; int8: the sum with the bytes, then times the scale.
 *   Equal scores by row.
 * - neighbourGraph: of each row the k others with the largest dot product (two int8 rows: the integer sum times one scale,
 *   then times the other, the lower row's first), equal ones by row; distances are Math.fround(Math.max(0, 1 - dot)).
 * - project: rows and axes rounded to multiples of 2^-14 (Math.round; int8 bytes stay as they are), their products added as
 *   32 bit integers (which wrap, so every order gives one sum; with lengths of at most 4 and 1 it fits), times 2^-28 (int8:
 *   2^-14, then the row's scale) in float64.
 *
 * An arena with no rows answers with nothing. Calls may overlap. A call fails with `BackendLost` where the device went
 * away under it; the service then asks the `cpu` backend instead.
 */
export interface Backend {
  readonly name: BackendName;
  /** of the adapter, for people: "llvmpipe (LLVM 15.0.6, 256 bits)"; cpu: threads */
  readonly description: string;
  /** whether it only pretends to be a GPU: figures of it say nothing of one */
  readonly isSoftware: boolean;
  /** settles with the reason when the device is gone for good; the cpu's never does */
  readonly lost: Promise<string>;

  /**
   * Makes an arena resident in place of any with its id. Calls with an `Arena` that was never loaded, or was replaced or
   * dropped meanwhile, still answer: the arena holds its own arrays.
   */
  load(arena: Arena): Promise<void>;
  drop(id: string): void;

  /** @param cap rows stored for each query, at least 0 */
  find(kind: ShapeKind, batch: Batch, cap: number): Promise<Hits>;
  /** @param k 1..64 */
  nearest(batch: Batch, k: number): Promise<Ranked>;
  /** All arenas of the batch have vectors of the batch's width. @param k 1..64 */
  cosine(batch: Batch, k: number): Promise<Ranked>;
  /** Over the arena's vectors, all pairs. @param k 1..64 */
  neighbourGraph(arena: Arena, k: number, watch?: Watch): Promise<NeighbourGraph | null>;
  /**
   * The arena's vectors along some axes: row-major [size, axes.length / dimensions].
   * @param axes row-major [axes, dimensions], each of length at most 1
   */
  project(arena: Arena, axes: Float32Array): Promise<Float64Array>;

  /** Ends threads or gives the device back. `lost` does not settle for it. */
  close(): Promise<void>;
}

/** The device went away before it could answer. */
export class BackendLost extends Error {
  override readonly name = 'BackendLost';
}

/**
 * Opens a backend, or says why it cannot be had: no adapter, software where that was not allowed, a wrong answer in the
 * self-test. Never throws for those.
 */
export type OpenBackend = (
  options: OpenOptions,
) => Promise<{ ok: true; backend: Backend } | { ok: false; why: string }>;

export interface OpenOptions {
  /** threads of the cpu backend */
  threads: number;
  /** a software adapter will do (tests) */
  allowSoftware: boolean;
}
