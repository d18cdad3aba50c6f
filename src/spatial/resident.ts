import { type Arena, type Batch, type Hits, type QueryKind, type Ranked, type ShapeKind, WIDTH_OF } from './arena.ts';
import { BucketTree } from './bucket-tree.ts';
import { scanVectors, type VectorScan } from './vector-scan.ts';

/** An arena with what its queries are answered from, built when the first one comes. */
export class Resident {
  readonly arena: Arena;
  private readonly kernel: WebAssembly.Module | null;
  private tree: BucketTree | null = null;
  private scan: VectorScan | null = null;

  /** @param kernel the compiled .build/vectors.wasm; null: cosines are computed in JavaScript, with the same answers */
  constructor(arena: Arena, kernel: WebAssembly.Module | null) {
    this.arena = arena;
    this.kernel = kernel;
  }

  index(): BucketTree {
    if (this.tree) return this.tree;
    this.tree = new BucketTree();
    const { points, size } = this.arena;
    if (points)
      this.tree.bulkLoad(
        Uint32Array.from({ length: size }, (_, row) => row),
        points,
      );
    return this.tree;
  }

  vectors(): VectorScan {
    this.scan ??= scanVectors(this.arena, this.kernel);
    return this.scan;
  }
}

/** Answers a batch, on this thread, by the definitions of src/gpu-origin/backend.ts. `residents` stand for its arenas. */
export function findInBatch(
  kind: ShapeKind,
  residents: readonly Resident[],
  { which, values }: Pick<Batch, 'which' | 'values'>,
  cap: number,
): Hits {
  const counts = new Uint32Array(which.length);
  const width = WIDTH_OF[kind];
  let out = new Uint32Array(Math.max(1024, cap));
  let stored = 0;
  for (let q = 0; q < which.length; q++) {
    const index = residents[which[q]!]!.index();
    const most = Math.min(cap, index.size);
    if (stored + most > out.length) out = grown(out, stored + most);
    const room = out.subarray(stored, stored + most);
    const query = values.subarray(q * width, (q + 1) * width);
    const count = kind === 'sphere' ? index.sphere(query, query[3]!, room) : index[kind](query, room);
    counts[q] = count;
    stored += Math.min(count, most);
  }
  return { counts, rows: out.slice(0, stored) };
}

/** As `findInBatch`. */
export function rankInBatch(
  kind: 'nearest' | 'cosine',
  residents: readonly Resident[],
  { which, values }: Pick<Batch, 'which' | 'values'>,
  k: number,
): Ranked {
  const counts = new Uint32Array(which.length);
  const rows = new Uint32Array(which.length * k);
  const ranks = new Float64Array(which.length * k);
  const width = which.length === 0 ? 0 : values.length / which.length;
  let stored = 0;
  for (let q = 0; q < which.length; q++) {
    const resident = residents[which[q]!]!;
    const query = values.subarray(q * width, (q + 1) * width);
    const [toRows, toRanks] = [rows.subarray(stored, stored + k), ranks.subarray(stored, stored + k)];
    const count =
      kind === 'nearest'
        ? resident.index().nearest(query, k, toRows, toRanks, query[3])
        : resident.vectors().best(query, k, toRows, toRanks);
    counts[q] = count;
    stored += count;
  }
  return { counts, rows: rows.slice(0, stored), values: ranks.slice(0, stored) };
}

export const isRanking = (kind: QueryKind): kind is 'nearest' | 'cosine' => kind === 'nearest' || kind === 'cosine';

function grown(array: Uint32Array<ArrayBuffer>, least: number): Uint32Array<ArrayBuffer> {
  const larger = new Uint32Array(Math.max(least, 2 * array.length));
  larger.set(array);
  return larger;
}
