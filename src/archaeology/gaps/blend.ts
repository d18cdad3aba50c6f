import type { EndModel } from './conversation-scan.ts';
import { FEATURES, type FeatureName, WIDTH } from './features.ts';
import type { GapSignal } from './gap-message.ts';
import file from './weights.json' with { type: 'json' };

/** Weights of one look at the boundaries: the log odds of a gap are bias plus the weighted features. */
export interface Blend {
  bias: number;
  /** in the order of `FEATURES` */
  weights: Float64Array;
}

/** What `scripts/train-gaps.ts` learns. */
export interface GapModel {
  /** the first look, which says what teaches no habit */
  first: Blend;
  /** the second, with the habits of what is likely whole */
  second: Blend;
  /** Platt scaling of the second's log odds, fitted to chats that were left out */
  calibration: { slope: number; offset: number };
  /** gaps at least as likely are shown */
  threshold: number;
  count: CountModel;
}

/**
 * Posterior of the number of missing messages given that some are missing: a softmax over 1 … `most` whose logits are
 * linear in ln k and k / 10, each with a weight a feature (the first feature is 1).
 */
export interface CountModel {
  log: readonly number[];
  linear: readonly number[];
  most: number;
  /** probability left out at each end of the interval */
  tail: number;
}

interface BlendFile {
  bias: number;
  weights: Record<string, number>;
}

interface EndFile {
  bias: number;
  /** int8 × scale is a weight */
  scale: number;
  /** base64 of int8 */
  weights: string;
}

interface ModelFile extends Omit<GapModel, 'first' | 'second'> {
  first: BlendFile;
  second: BlendFile;
}

interface WeightsFile {
  version: string;
  models: Record<Kind, ModelFile>;
  ends: { model: string; opens: EndFile; closes: EndFile };
}

const weights = file as unknown as WeightsFile;

/**
 * What a conversation can tell. Times: `turns`, each message has its own; `sessions`, many share one, as in exports that
 * know days only; `alternating`, these where speakers take strict turns. And whether most messages have vectors. The same
 * signs mean so different things in them that each has its own weights.
 */
export const KINDS = [
  'turns/vectors',
  'turns/words',
  'sessions/vectors',
  'sessions/words',
  'alternating/vectors',
  'alternating/words',
] as const;
export type Kind = (typeof KINDS)[number];

export const GAP_MODELS = Object.fromEntries(KINDS.map((kind) => [kind, modelOf(weights.models[kind])])) as Readonly<
  Record<Kind, GapModel>
>;

/** What was learned about the ends of conversations for vectors of this model; null: nothing. */
export function endModelOf(model: string | null): EndModel | null {
  if (model !== weights.ends.model) return null;
  return { opens: endOf(weights.ends.opens), closes: endOf(weights.ends.closes) };
}

function modelOf(model: ModelFile): GapModel {
  return { ...model, first: blendOf(model.first), second: blendOf(model.second) };
}

function blendOf({ bias, weights: named }: BlendFile): Blend {
  return { bias, weights: Float64Array.from(FEATURES, ([name]) => named[name as FeatureName] ?? 0) };
}

function endOf({ bias, scale, weights: encoded }: EndFile): EndModel['opens'] {
  const bytes = Uint8Array.from(atob(encoded), (character) => character.charCodeAt(0));
  return { bias, weights: Float32Array.from(new Int8Array(bytes.buffer), (value) => value * scale) };
}

/** Log odds of a gap at each boundary. @param features [boundary, feature] row-major */
export function logOddsOf({ bias, weights: factors }: Blend, features: Float32Array): Float64Array {
  const out = new Float64Array(features.length / WIDTH);
  for (let i = 0; i < out.length; i++) {
    let sum = bias;
    for (let j = 0, at = i * WIDTH; j < WIDTH; j++, at++) sum += factors[j]! * features[at]!;
    out[i] = sum;
  }
  return out;
}

/** How much each signal speaks for a gap at a boundary, in nats; those that speak against it are left out. */
export function signalsAt({ weights: factors }: Blend, features: Float32Array, i: number): Map<GapSignal, number> {
  const sums = new Map<GapSignal, number>();
  for (let j = 0; j < WIDTH; j++) {
    const part = factors[j]! * features[i * WIDTH + j]!;
    if (part === 0) continue;
    const signal = FEATURES[j]![1];
    sums.set(signal, (sums.get(signal) ?? 0) + part);
  }
  return new Map([...sums].filter(([, nats]) => nats > 0));
}
