import { UMAP } from 'umap-js';
import { loadVectorKernel } from '../../src/gpu-origin/vector-kernel.ts';
import type { Arena } from '../../src/spatial/arena.ts';
import { asFloats, layOutHere } from '../../src/spatial/layout/lay-out.ts';
import { quantize } from '../../src/spatial/quantize.ts';
import { seeded } from '../../src/statistics/seeded.ts';
import type { Report } from './report.ts';

const ROWS = 10_000;
const DIMENSIONS = 512;
const TOPICS = 150;
/** Directions in which what is said of one topic varies. */
const SHADES = 6;
/** Rows whose neighbourhoods are judged. */
const JUDGED = 400;
const K = 10;

/**
 * A new layout of a palace on one thread, as the origin's cpu backend makes it, beside umap-js as one would call it (15
 * neighbours, cosine, three dimensions), once each:
 *
 * - `relayout/10k`: seconds, int8 vectors to places
 * - `ratio/umap-js`: how much longer umap-js takes
 * - `relayout/{trustworthiness,continuity}`: k = 10, over a sample of the rows; the baseline is that of umap-js
 */
export async function reportRelayout(report: Report): Promise<void> {
  const arena = palace();
  const kernel = await loadVectorKernel();
  layOutHere({ ...arena, ...slice(arena, 500) }, kernel); // compiles
  const started = performance.now();
  const places = layOutHere(arena, kernel);
  const ours = (performance.now() - started) / 1_000;
  report({ metric: 'relayout/10k', value: ours, unit: 's', n: 1 });

  const rows = asFloats(arena.vectors!);
  const lists = Array.from({ length: ROWS }, (_, i) => [...rows.subarray(i * DIMENSIONS, (i + 1) * DIMENSIONS)]);
  const umap = new UMAP({ nComponents: 3, nNeighbors: 15, minDist: 0.1, random: seeded(7), distanceFn: cosine });
  const begun = performance.now();
  const theirs = Float32Array.from(umap.fit(lists).flat());
  const seconds = (performance.now() - begun) / 1_000;
  report({ metric: 'ratio/umap-js', value: seconds / ours, unit: 'x', n: 1, baseline: seconds });

  const [mine, other] = [faithfulness(rows, places), faithfulness(rows, theirs)];
  for (const name of ['trustworthiness', 'continuity'] as const) {
    report({ metric: `relayout/${name}`, value: mine[name], unit: 'share', n: JUDGED, baseline: other[name] });
  }
}

/** Topics of unequal size; what is said of one lies in a few directions of its own, with noise in all. */
function palace(): Arena {
  const random = seeded(21);
  const noise = () => random() + random() + random() - 1.5;
  const direction = () => Float64Array.from({ length: DIMENSIONS }, noise);
  const topics = Array.from({ length: TOPICS }, () => ({
    centre: direction(),
    shades: Array.from({ length: SHADES }, direction),
  }));
  const rows = new Int8Array(ROWS * DIMENSIONS);
  const scales = new Float32Array(ROWS);
  for (let row = 0; row < ROWS; row++) {
    const { centre, shades } = topics[Math.floor(random() ** 2 * TOPICS)]!;
    const shares = shades.map(() => noise() * 0.6);
    const vector = Float32Array.from(centre, (x, d) => {
      let sum = x + noise() * 0.5;
      for (const [i, share] of shares.entries()) sum += share * shades[i]![d]!;
      return sum;
    });
    const length = Math.hypot(...vector);
    const { bytes, scale } = quantize(vector.map((x) => x / length));
    rows.set(bytes, row * DIMENSIONS);
    scales[row] = scale;
  }
  return {
    id: 'bench',
    epoch: 1,
    size: ROWS,
    points: null,
    vectors: { kind: 'int8', dimensions: DIMENSIONS, rows, scales },
  };
}

function slice({ vectors }: Arena, size: number): Pick<Arena, 'size' | 'vectors'> {
  if (vectors?.kind !== 'int8') throw new Error('The palace has int8 vectors.');
  const rows = vectors.rows.subarray(0, size * DIMENSIONS);
  return { size, vectors: { ...vectors, rows, scales: vectors.scales.subarray(0, size) } };
}

function cosine(a: number[], b: number[]): number {
  let sum = 0;
  for (let d = 0; d < a.length; d++) sum += a[d]! * b[d]!;
  return 1 - sum;
}

/** Venna & Kaski 2001, over every (ROWS / JUDGED)-th row; see test/eval/layout.ts. */
function faithfulness(rows: Float32Array, places: Float32Array) {
  let [intruders, missing] = [0, 0];
  const stride = ROWS / JUDGED;
  for (let i = 0; i < ROWS; i += stride) {
    const meant = ranks(i, (j) => {
      let sum = 0;
      for (let d = 0; d < DIMENSIONS; d++) sum -= rows[i * DIMENSIONS + d]! * rows[j * DIMENSIONS + d]!;
      return sum;
    });
    const shown = ranks(i, (j) =>
      Math.hypot(...[0, 1, 2].map((axis) => places[3 * i + axis]! - places[3 * j + axis]!)),
    );
    for (let j = 0; j < ROWS; j++) {
      if (shown[j]! <= K && meant[j]! > K) intruders += meant[j]! - K;
      if (meant[j]! <= K && shown[j]! > K) missing += shown[j]! - K;
    }
  }
  const unit = 2 / (JUDGED * K * (2 * ROWS - 3 * K - 1));
  return { trustworthiness: 1 - unit * intruders, continuity: 1 - unit * missing };
}

/** [ROWS]: 1 for the nearest to `i`; `i` itself ranks behind all, in both, and so counts in neither. */
function ranks(i: number, distanceTo: (j: number) => number): Uint32Array {
  const distances = Float64Array.from({ length: ROWS }, (_, j) => (j === i ? Infinity : distanceTo(j)));
  const order = Uint32Array.from({ length: ROWS }, (_, j) => j).sort((a, b) => distances[a]! - distances[b]!);
  const out = new Uint32Array(ROWS);
  for (const [at, j] of order.entries()) out[j] = at + 1;
  return out;
}
