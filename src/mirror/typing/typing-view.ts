import { wilson } from '../../statistics/calibration.ts';
import type { Inference } from '../inference.ts';
import {
  applyTyping,
  edgeOf,
  emptyTyping,
  PAUSE_MS,
  readTyping,
  type TypingState,
  writeTyping,
} from './typing-state.ts';

/** How a person types, from the times between keys alone. */
export interface TypingView {
  /** below 200 intervals no number is shown; settled from 2,000 on */
  state: 'insufficient' | 'tentative' | 'settled';
  messages: number;
  intervals: number;
  rhythm: Rhythm | null;
}

export interface Rhythm {
  /** keys a minute while typing, pauses left out */
  keysPerMinute: number;
  /** ms between keys, pauses left out: a tenth, a quarter, half, … of the intervals are shorter */
  quantiles: { p10: number; p25: number; p50: number; p75: number; p90: number };
  /** (p75 - p25) / (p75 + p25): 0 is a metronome, robust against single long intervals */
  unevenness: number;
  /** share of intervals that are pauses, and how long the middle pause is; null without one */
  pauseShare: number;
  pauseFromMs: number;
  middlePauseMs: number | null;
  /** keys typed between two pauses, on average */
  keysPerBurst: number | null;
  /** correction keys a key with a 90 % interval; null where clients never sent them */
  corrections: { rate: number; low: number; high: number } | null;
}

const FEWEST = 200;
const SETTLED = 2_000;

/** Rhythm of typing; consent `style`. */
export const typingInference: Inference<TypingState> = {
  version: 'typing-1',
  empty: emptyTyping,
  apply: (state, { keystrokes }, sign) => applyTyping(state, keystrokes, sign),
  toBytes: writeTyping,
  fromBytes: readTyping,
};

export function typingView(state: TypingState): TypingView {
  const intervals = state.bins.reduce((sum, count) => sum + count, 0);
  const isEnough = intervals >= FEWEST;
  return {
    state: !isEnough ? 'insufficient' : intervals < SETTLED ? 'tentative' : 'settled',
    messages: state.messages,
    intervals,
    rhythm: isEnough ? rhythmOf(state, intervals) : null,
  };
}

function rhythmOf(state: TypingState, intervals: number): Rhythm {
  const typed = intervals - state.pauses;
  const at = (share: number) => quantile(state.bins, share * typed);
  const quantiles = { p10: at(0.1), p25: at(0.25), p50: at(0.5), p75: at(0.75), p90: at(0.9) };
  const { corrections, keysWithCorrections: keys } = state;
  // more corrections than keys is a client that counts otherwise
  const rate = Math.min(corrections, keys);
  const [low, high] = wilson(rate, keys);
  return {
    keysPerMinute: state.typingMs === 0 ? 0 : (60_000 * typed) / state.typingMs,
    quantiles,
    unevenness: (quantiles.p75 - quantiles.p25) / (quantiles.p75 + quantiles.p25),
    pauseShare: state.pauses / intervals,
    pauseFromMs: PAUSE_MS,
    middlePauseMs: state.pauses === 0 ? null : quantile(state.bins, typed + state.pauses / 2),
    keysPerBurst: state.bursts === 0 ? null : typed / state.bursts + 1,
    corrections: keys === 0 ? null : { rate: rate / keys, low, high },
  };
}

/** The interval below which `rank` of the counted ones lie, straight (in octaves) between the edges of its bin. */
function quantile(bins: Float64Array, rank: number): number {
  let below = 0;
  let last = 0;
  for (const [bin, count] of bins.entries()) {
    if (count <= 0) continue;
    if (below + count >= rank) return edgeOf(bin + (rank - below) / count);
    below += count;
    last = bin;
  }
  return edgeOf(last + 1);
}
