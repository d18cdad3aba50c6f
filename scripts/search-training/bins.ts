const MOST_BINS = 64;
/** Digits of a threshold; rounded before anything is learned, so that what is shipped is what was learned. */
const DIGITS = 5;

/** Columns cut into bins of about equally many rows. */
export interface Binned {
  rows: number;
  /** rising thresholds of each column; a value lies in the first bin whose threshold it does not exceed, else the last */
  thresholds: number[][];
  /** bin of each row by column: [columns][rows] */
  bins: Uint8Array[];
}

/** @param values row-major [rows, width] */
export function binned(values: Float32Array, width: number): Binned {
  const rows = values.length / width;
  const thresholds: number[][] = [];
  const bins: Uint8Array[] = [];
  for (let column = 0; column < width; column++) {
    const own = Float32Array.from({ length: rows }, (_, row) => values[row * width + column]!);
    const cuts = cutsOf(own.slice().sort());
    thresholds.push(cuts);
    bins.push(Uint8Array.from(own, (value) => binOf(value, cuts)));
  }
  return { rows, thresholds, bins };
}

/** Half way between neighbouring values, at most one cut in each stretch of `rows / MOST_BINS` rows. */
function cutsOf(sorted: Float32Array): number[] {
  const cuts: number[] = [];
  const step = sorted.length / MOST_BINS;
  let next = step;
  for (let i = 1; i < sorted.length; i++) {
    if (sorted[i] === sorted[i - 1] || i < next) continue;
    const cut = Number(((sorted[i - 1]! + sorted[i]!) / 2).toPrecision(DIGITS));
    if (cuts.length === 0 || cut > cuts.at(-1)!) cuts.push(cut);
    next = Math.max(next + step, i + step / 2);
  }
  return cuts;
}

function binOf(value: number, cuts: readonly number[]): number {
  let low = 0;
  let high = cuts.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (value <= cuts[middle]!) high = middle;
    else low = middle + 1;
  }
  return low;
}
