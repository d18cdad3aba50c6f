import { type Arena, type Batch, type Hits, type QueryKind, type Ranked, type ShapeKind, WIDTH_OF } from './arena.ts';
import { BUCKET_SIZE } from './bucket-store.ts';
import { BucketTree } from './bucket-tree.ts';
import { scanVectors, type VectorScan } from './vector-scan.ts';

/** An arena with what its queries are answered from, built when the first one comes. */
export class Resident {
  readonly arena: Arena;
  private readonly kernel: WebAssembly.Module | null;
  private tree: BucketTree | null;
  private scan: VectorScan | null = null;

  /**
   * @param kernel the compiled .build/vectors.wasm; null: cosines are computed in JavaScript, with the same answers
   * @param tree of the arena's points, where there is one already
   */
  constructor(arena: Arena, kernel: WebAssembly.Module | null, tree: BucketTree | null = null) {
    this.arena = arena;
    this.kernel = kernel;
    this.tree = tree;
  }

  index(): BucketTree {
    if (this.tree) return this.tree;
    this.tree = new BucketTree();
    const { points, size } = this.arena;
    if (points)
      this.tree.bulkLoad(
        Uint32Array.from({ length: size }, (_, row) => row),
        points,
        BUCKET_SIZE,
      );
    return this.tree;
  }

  vectors(): VectorScan {
    this.scan ??= scanVectors(this.arena, this.kernel);
    return this.scan;
  }
}

/** Where the rows of a batch are gathered: kept from one to the next, because new memory is dear. */
let gathered = new Uint32Array(2 ** 15);
/** … unless it has grown beyond this: 4 MiB. */
const MOST_KEPT = 2 ** 20;

/** Answers a batch, on this thread, by the definitions of src/gpu-origin/backend.ts. `residents` stand for its arenas. */
export function findInBatch(
  kind: ShapeKind,
  residents: readonly Resident[],
  { which, values }: Pick<Batch, 'which' | 'values'>,
  cap: number,
): Hits {
  const counts = new Uint32Array(which.length);
  const starts = new Uint32Array(which.length);
  const width = WIDTH_OF[kind];
  let out = gathered;
  let stored = 0;
  for (const q of byArena(which, residents.length)) {
    const index = residents[which[q]!]!.index();
    const most = Math.min(cap, index.size);
    if (stored + most > out.length) out = grown(out, stored + most);
    const room = out.subarray(stored, stored + most);
    const query = values.subarray(q * width, (q + 1) * width);
    const count = kind === 'sphere' ? index.sphere(query, query[3]!, room) : index[kind](query, room);
    counts[q] = count;
    starts[q] = stored;
    stored += Math.min(count, most);
  }
  if (out.length <= MOST_KEPT) gathered = out;
  const rows = new Uint32Array(stored);
  for (let q = 0, at = 0; q < which.length; q++) {
    const end = starts[q]! + Math.min(counts[q]!, cap);
    for (let from = starts[q]!; from < end; from++) rows[at++] = out[from]!;
  }
  return { counts, rows };
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
  for (const q of byArena(which, residents.length)) {
    const resident = residents[which[q]!]!;
    const query = values.subarray(q * width, (q + 1) * width);
    const [toRows, toRanks] = [rows.subarray(q * k, (q + 1) * k), ranks.subarray(q * k, (q + 1) * k)];
    counts[q] =
      kind === 'nearest'
        ? resident.index().nearest(query, k, toRows, toRanks, query[3])
        : resident.vectors().best(query, k, toRows, toRanks);
  }
  let stored = 0;
  for (let q = 0; q < which.length; q++) {
    const end = q * k + counts[q]!;
    for (let from = q * k; from < end; from++, stored++) {
      rows[stored] = rows[from]!;
      ranks[stored] = ranks[from]!;
    }
  }
  if (stored === rows.length) return { counts, rows, values: ranks };
  return { counts, rows: rows.slice(0, stored), values: ranks.slice(0, stored) };
}

/** The numbers of the queries, arena by arena: what one query has brought into the cache serves the next. */
function byArena(which: Uint32Array, arenas: number): Uint32Array {
  const next = new Uint32Array(arenas + 1);
  for (const one of which) next[one + 1]!++;
  for (let i = 1; i < next.length; i++) next[i]! += next[i - 1]!;
  const order = new Uint32Array(which.length);
  for (let q = 0; q < which.length; q++) order[next[which[q]!]!++] = q;
  return order;
}

export const isRanking = (kind: QueryKind): kind is 'nearest' | 'cosine' => kind === 'nearest' || kind === 'cosine';

function grown(array: Uint32Array<ArrayBuffer>, least: number): Uint32Array<ArrayBuffer> {
  const larger = new Uint32Array(Math.max(least, 2 * array.length));
  larger.set(array);
  return larger;
}
