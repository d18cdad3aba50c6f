import type { Keystrokes } from '../../messages/contract.ts';
import { VarintReader, VarintWriter } from '../varint.ts';

/** Edges of the histogram: an interval of `SHORTEST` ms is in bin 0, each octave has `PER_OCTAVE` bins. */
const SHORTEST_MS = 8;
const PER_OCTAVE = 8;
const OCTAVES = 17;
/** 8 ms to 17 minutes; a bin is 9 % wide. */
export const BINS = PER_OCTAVE * OCTAVES;
/** An interval this long is a pause (Chenoweth & Hayes 2001 and others set it at two seconds). */
export const PAUSE_MS = 2_000;
/** What was sent by a client that counts wrong. */
const ABSURD_MS = 600_000;

/**
 * Typing of a person as sums: how many intervals fell into each bin, and counts. Exact, additive, bounded. Times of
 * nothing else: which keys were pressed is never known.
 */
export interface TypingState {
  /** messages with at least one usable interval */
  messages: number;
  /** intervals a bin */
  bins: Float64Array;
  /** ms of all intervals that are no pause */
  typingMs: number;
  pauses: number;
  /** stretches between pauses, and the keys in them */
  bursts: number;
  /** correction keys, and the keys of the messages that report them */
  corrections: number;
  keysWithCorrections: number;
}

export const emptyTyping = (): TypingState => ({
  messages: 0,
  bins: new Float64Array(BINS),
  typingMs: 0,
  pauses: 0,
  bursts: 0,
  corrections: 0,
  keysWithCorrections: 0,
});

/** Adds the timings of a message (1) or takes them back (-1). Intervals that are not above 0 ms, or absurd, are left out. */
export function applyTyping(state: TypingState, keystrokes: Keystrokes | null, sign: 1 | -1): void {
  const usable = (keystrokes?.intervals_ms ?? []).filter((ms) => ms > 0 && ms <= ABSURD_MS);
  if (usable.length === 0) return;
  state.messages += sign;
  let pauses = 0;
  for (const ms of usable) {
    state.bins[binOf(ms)]! += sign;
    if (ms >= PAUSE_MS) pauses++;
    else state.typingMs += sign * Math.round(ms);
  }
  state.pauses += sign * pauses;
  state.bursts += sign * burstsOf(usable);
  const corrections = keystrokes?.corrections;
  if (corrections === undefined || !(corrections >= 0)) return;
  state.corrections += sign * Math.round(corrections);
  state.keysWithCorrections += sign * (usable.length + 1);
}

/** Stretches of two keys or more between pauses. */
function burstsOf(intervals: readonly number[]): number {
  let bursts = 0;
  let isInside = false;
  for (const ms of intervals) {
    if (ms < PAUSE_MS && !isInside) bursts++;
    isInside = ms < PAUSE_MS;
  }
  return bursts;
}

const binOf = (ms: number): number =>
  Math.max(0, Math.min(BINS - 1, Math.floor(PER_OCTAVE * Math.log2(ms / SHORTEST_MS))));

/** Lower edge of a bin in ms; `bin` may lie between two. */
export const edgeOf = (bin: number): number => SHORTEST_MS * 2 ** (bin / PER_OCTAVE);

export function writeTyping(state: TypingState): Uint8Array {
  const writer = new VarintWriter();
  for (const value of [state.messages, state.typingMs, state.pauses, state.bursts]) writer.signed(value);
  for (const value of [state.corrections, state.keysWithCorrections, ...state.bins]) writer.signed(value);
  return writer.done();
}

export function readTyping(bytes: Uint8Array): TypingState {
  const reader = new VarintReader(bytes);
  const state = emptyTyping();
  state.messages = reader.signed();
  state.typingMs = reader.signed();
  state.pauses = reader.signed();
  state.bursts = reader.signed();
  state.corrections = reader.signed();
  state.keysWithCorrections = reader.signed();
  for (let bin = 0; bin < BINS; bin++) state.bins[bin] = reader.signed();
  return state;
}
