import type { Ranked } from '../../spatial/arena.ts';
import { NO_ROW } from '../../spatial/layout/neighbour-graph.ts';
import type { Proposals } from './proposals.ts';

// What the host makes of a device's proposals.

interface Candidate {
  row: number;
  /** ascending is better; equal ones by row */
  order: number;
}

/** Answers of one query: rows and what they are worth. */
export type Answer = Candidate[];

interface Judge {
  /** told when the host has to look at all rows */
  onUnsure: () => void;
  /** exact */
  orderOf: (row: number) => number;
  /** whether a row with a key of the device after `key` is certainly worse than `last` */
  isBeyond: (key: number, last: number) => boolean;
}

/** The exact k best of one query, from the proposals where they certainly hold them. */
export function bestOf(
  size: number,
  k: number,
  proposals: Proposals | null,
  at: number,
  { orderOf, isBeyond, onUnsure }: Judge,
): Answer {
  if (proposals !== null) {
    const { kept, rows, keys } = proposals;
    const named = Array.from(rows.subarray(at * kept, (at + 1) * kept)).filter((row) => row !== NO_ROW);
    const best = sorted(named, orderOf).slice(0, k);
    if (named.length === size) return best;
    if (best.length === k && named.length === kept && isBeyond(keys[(at + 1) * kept - 1]!, best[k - 1]!.order))
      return best;
  }
  onUnsure();
  return sorted(
    Array.from({ length: size }, (_, row) => row),
    orderOf,
  ).slice(0, k);
}

function sorted(rows: readonly number[], orderOf: (row: number) => number): Answer {
  const judged = rows.map((row) => ({ row, order: orderOf(row) }));
  return judged.sort((a, b) => a.order - b.order || a.row - b.row);
}

export function ranked(answers: readonly Answer[], worthOf: (order: number) => number): Ranked {
  const all = answers.flat();
  return {
    counts: Uint32Array.from(answers, ({ length }) => length),
    rows: Uint32Array.from(all, ({ row }) => row),
    values: Float64Array.from(all, ({ order }) => worthOf(order)),
  };
}

/** Rows whose bit is set, ascending; all of them where there are no bits. */
export function eachRow(size: number, bits: Uint32Array | null, query: number, visit: (row: number) => void): void {
  if (bits === null) {
    for (let row = 0; row < size; row++) visit(row);
    return;
  }
  const stride = Math.ceil(size / 32);
  for (let word = 0; word < stride; word++) {
    let left = bits[query * stride + word]!;
    while (left !== 0) {
      const bit = 31 - Math.clz32(left & -left);
      visit(32 * word + bit);
      left &= left - 1;
    }
  }
}
