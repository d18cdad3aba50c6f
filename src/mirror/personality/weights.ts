import { DENSE, FEATURES } from './features.ts';
import packed from './weights.json' with { type: 'json' };

/** What a head reads: surface alone (any language), words and surface, or both with the vectors of one model. */
export type Basis = 'surface' | 'lexical' | 'embedding';

/** How a trait's score becomes a probability and a place on [0, 1]. */
export interface TraitCalibration {
  /** log-odds of "above the median" = slope · score + offset, for as many words as the training texts have */
  slope: number;
  offset: number;
  /** share of the trait's variance that the score explains there, in [0, 1) */
  explained: number;
}

/** One linear model for all five traits, in the order of `TRAITS`. */
export interface Head {
  intercept: Float64Array;
  /** [traits, FEATURES]: per standardised dense feature, then per bucket's rate */
  lexical: Float32Array;
  /** [traits, dimensions] per component of the mean vector; empty without vectors */
  vector: Float32Array;
  /** what buckets and vector give at the mean of the training texts, [traits] each: a message's pull is counted from there */
  usual: { buckets: Float64Array; vector: Float64Array };
  calibration: readonly TraitCalibration[];
  /** words at which half of a score's variance is the person and half is chance */
  halfReliableWords: number;
}

/** Where a population stands on a trait's scale of [0, 1]. */
export interface Population {
  mean: number;
  deviation: number;
  /** half width of the 90 % interval of one person, in deviations, as measured */
  halfWidth: number;
}

export interface PersonalityWeights {
  version: string;
  /** of the dense rates over the training texts, [DENSE] */
  mean: Float64Array;
  deviation: Float64Array;
  /** words of a typical training text */
  trainingWords: number;
  surface: Head;
  lexical: Head;
  /** by embedding model id */
  embedding: ReadonlyMap<string, Head>;
  /** in the order of `TRAITS` */
  population: readonly Population[];
}

export interface PackedHead {
  intercept: number[];
  /** rows of int16, little endian, base64; a row's weights are `scale` times that */
  dense: PackedRows;
  buckets: PackedRows | null;
  vector: PackedRows | null;
  usual: { buckets: number[]; vector: number[] };
  calibration: TraitCalibration[];
  halfReliableWords: number;
}

interface PackedRows {
  scales: number[];
  base64: string;
}

export interface PackedWeights {
  version: string;
  layout: string;
  mean: number[];
  deviation: number[];
  trainingWords: number;
  surface: PackedHead;
  lexical: PackedHead;
  embedding: Record<string, PackedHead>;
  population: Population[];
}

let shipped: PersonalityWeights | undefined;
/** The weights of this version, decoded once. */
export function shippedWeights(): PersonalityWeights {
  shipped ??= unpackWeights(packed as PackedWeights);
  return shipped;
}

export function unpackWeights(from: PackedWeights): PersonalityWeights {
  return {
    version: from.version,
    mean: Float64Array.from(from.mean),
    deviation: Float64Array.from(from.deviation),
    trainingWords: from.trainingWords,
    surface: unpackHead(from.surface),
    lexical: unpackHead(from.lexical),
    embedding: new Map(Object.entries(from.embedding).map(([model, head]) => [model, unpackHead(head)])),
    population: from.population,
  };
}

function unpackHead(from: PackedHead): Head {
  const traits = from.intercept.length;
  const lexical = new Float32Array(traits * FEATURES);
  copyRows(unpackRows(from.dense), lexical, traits, 0);
  if (from.buckets !== null) copyRows(unpackRows(from.buckets), lexical, traits, DENSE);
  return {
    intercept: Float64Array.from(from.intercept),
    lexical,
    vector: from.vector === null ? new Float32Array(0) : unpackRows(from.vector),
    usual: {
      buckets: Float64Array.from(from.usual.buckets),
      vector: Float64Array.from(from.usual.vector),
    },
    calibration: from.calibration,
    halfReliableWords: from.halfReliableWords,
  };
}

function copyRows(rows: Float32Array, to: Float32Array, traits: number, offset: number): void {
  const width = rows.length / traits;
  for (let t = 0; t < traits; t++) to.set(rows.subarray(t * width, (t + 1) * width), t * FEATURES + offset);
}

function unpackRows({ scales, base64 }: PackedRows): Float32Array {
  const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
  const view = new DataView(bytes.buffer);
  const width = bytes.length / 2 / scales.length;
  return Float32Array.from({ length: bytes.length / 2 }, (_, i) => {
    return view.getInt16(2 * i, true) * scales[Math.floor(i / width)]!;
  });
}

/** Rounds rows of weights to int16 by each row's largest. */
export function packRows(rows: readonly ArrayLike<number>[]): PackedRows {
  const width = rows[0]?.length ?? 0;
  const view = new DataView(new ArrayBuffer(2 * width * rows.length));
  const scales = rows.map((row, r) => {
    let largest = 0;
    for (let i = 0; i < width; i++) largest = Math.max(largest, Math.abs(row[i]!));
    const scale = largest === 0 ? 1 : largest / 32767;
    for (let i = 0; i < width; i++) view.setInt16(2 * (r * width + i), Math.round(row[i]! / scale), true);
    return scale;
  });
  let binary = '';
  for (const byte of new Uint8Array(view.buffer)) binary += String.fromCharCode(byte);
  return { scales, base64: btoa(binary) };
}
