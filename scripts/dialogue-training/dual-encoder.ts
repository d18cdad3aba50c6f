import type { Matrix } from '../../src/dialogue/projection.ts';
import { seeded, shuffled } from '../../src/statistics/seeded.ts';
import { Adam } from './adam.ts';
import { multiply, multiplyTransposed, transposedTimes } from './matrices.ts';

/** A turn and its neighbours on one side, nearest first; -1: none. Numbers of rows in the inputs. */
export interface Pairing {
  turn: number;
  neighbours: number[];
}

export interface Encoders {
  contexts: Matrix[];
  turn: Matrix;
}

export interface EncoderOptions {
  /** how many neighbours are looked at */
  positions: number;
  epochs: number;
  rate: number;
  /** pull of the weights towards their start */
  pull: number;
  /** factor of the products before the softmax */
  sharpness: number;
  /** weights to start from; contexts and turn alike [positions + 1] */
  start: Float32Array[];
  width: number;
  /** the turn's map stays as it started */
  isTurnFixed?: boolean;
}

const BATCH = 256;

/**
 * Linear maps under which a turn's projection points where its neighbours' projections add up to, learned so that within
 * a batch each context picks its turn and each turn its context (in-batch negatives; Henderson et al. 2017). Inputs are
 * row-major [rows, columns]; weights are kept transposed, [columns, width], while they are trained.
 * @param kinds pairings by kind of talk: a batch is of one kind
 */
export function trainEncoders(
  inputs: Float32Array,
  columns: number,
  kinds: readonly Pairing[][],
  { positions, epochs, rate, pull, sharpness, start, width, isTurnFixed = false }: EncoderOptions,
): Encoders {
  const random = seeded(1);
  const weights = start.map((one) => one.slice());
  const adams = weights.map((one) => new Adam(one, pull));
  const steps = epochs * kinds.reduce((sum, { length }) => sum + Math.floor(length / BATCH), 0);
  let step = 0;
  for (let epoch = 0; epoch < epochs; epoch++) {
    for (const batch of batchesOf(kinds, random)) {
      const turns = gather(
        inputs,
        columns,
        batch.map(({ turn }) => turn),
      );
      const contexts = Array.from({ length: positions }, (_, k) =>
        gather(
          inputs,
          columns,
          batch.map(({ neighbours }) => neighbours[k] ?? -1),
        ),
      );
      const projectedTurns = multiply(turns, weights[positions]!, columns, width);
      const projected = new Float32Array(BATCH * width);
      for (const [k, rows] of contexts.entries()) addTo(projected, multiply(rows, weights[k]!, columns, width));
      const slopes = slopesOf(projected, projectedTurns, width, batch, sharpness);
      const contextSlopes = multiply(slopes, projectedTurns, BATCH, width);
      const speed = rate * Math.min(1, (2 * (steps - step++)) / steps);
      for (const [k, rows] of contexts.entries()) {
        adams[k]!.update(transposedTimes(rows, contextSlopes, columns, width), speed);
      }
      if (!isTurnFixed) {
        const turnSlopes = transposedTimes(slopes, projected, BATCH, width);
        adams[positions]!.update(transposedTimes(turns, turnSlopes, columns, width), speed);
      }
    }
  }
  const asMatrix = (one: Float32Array): Matrix => ({ rows: width, columns, values: transpose(one, columns, width) });
  const scaled = weights.slice(0, positions).map((one) => one.map((value) => value * sharpness));
  return { contexts: scaled.map(asMatrix), turn: asMatrix(weights[positions]!) };
}

/** Random batches of one kind each, in random order; what does not fill a batch waits for the next epoch. */
function batchesOf(kinds: readonly Pairing[][], random: () => number): Pairing[][] {
  const batches = kinds.flatMap((pairings) => {
    const order = shuffled(pairings.length, random);
    const count = Math.floor(order.length / BATCH);
    return Array.from({ length: count }, (_, b) =>
      Array.from(order.subarray(b * BATCH, (b + 1) * BATCH), (i) => pairings[i]!),
    );
  });
  return Array.from(shuffled(batches.length, random), (i) => batches[i]!);
}

/** Slope of the loss by each product of a context (row) and a turn (column); equal turns are no negatives of each other. */
function slopesOf(
  contexts: Float32Array,
  turns: Float32Array,
  width: number,
  batch: readonly Pairing[],
  sharpness: number,
): Float32Array {
  const logits = multiplyTransposed(contexts, turns, width);
  for (let i = 0; i < BATCH; i++) {
    for (let j = 0; j < BATCH; j++) {
      const isCopy = i !== j && batch[i]!.turn === batch[j]!.turn;
      logits[i * BATCH + j] = isCopy ? -1e9 : logits[i * BATCH + j]! * sharpness;
    }
  }
  const slopes = new Float32Array(BATCH * BATCH);
  addShares(slopes, logits, BATCH, 1);
  addShares(slopes, logits, 1, BATCH);
  for (let i = 0; i < BATCH; i++) slopes[i * BATCH + i]! -= 2;
  return slopes.map((slope) => (slope * sharpness) / (2 * BATCH));
}

/** Adds softmax shares along lines: line i starts at i * `stride`, its members stand `step` apart. */
function addShares(out: Float32Array, logits: Float32Array, stride: number, step: number): void {
  for (let line = 0; line < BATCH; line++) {
    let highest = Number.NEGATIVE_INFINITY;
    for (let i = 0; i < BATCH; i++) highest = Math.max(highest, logits[line * stride + i * step]!);
    let whole = 0;
    for (let i = 0; i < BATCH; i++) whole += Math.exp(logits[line * stride + i * step]! - highest);
    for (let i = 0; i < BATCH; i++) {
      const at = line * stride + i * step;
      out[at]! += Math.exp(logits[at]! - highest) / whole;
    }
  }
}

function gather(inputs: Float32Array, columns: number, rows: readonly number[]): Float32Array {
  const out = new Float32Array(rows.length * columns);
  for (const [i, row] of rows.entries()) {
    if (row >= 0) out.set(inputs.subarray(row * columns, (row + 1) * columns), i * columns);
  }
  return out;
}

function addTo(sum: Float32Array, more: Float32Array): void {
  for (let i = 0; i < sum.length; i++) sum[i]! += more[i]!;
}

function transpose(values: Float32Array, rows: number, columns: number): Float32Array {
  const out = new Float32Array(values.length);
  for (let r = 0; r < rows; r++) for (let c = 0; c < columns; c++) out[c * rows + r] = values[r * columns + c]!;
  return out;
}
