const HOUR_MS = 3_600_000;
export const SLOTS = 168;
const WEEK_MS = SLOTS * HOUR_MS;
/** 1 January 1970 was a Thursday; slot 0 is Monday, 00:00 to 01:00 UTC. */
const MONDAY_MS = 4 * 24 * HOUR_MS;
/** Gaps are counted in bins of half octaves from one second: the last holds all beyond 8 years. */
export const GAP_BINS = 56;
/** Upper edges, ms, of the coarse classes in which session starts are kept, so that the break may be chosen when read. */
export const BREAK_EDGES = [10 * 60_000, 30 * 60_000, HOUR_MS, 3 * HOUR_MS, 6 * HOUR_MS] as const;
const CLASSES = BREAK_EDGES.length + 1;
const HALF_LIFE_MS = 180 * 24 * HOUR_MS;
/** The weights grow by 2 every half-life; past this many the landmark moves. */
const MOST_HALVINGS = 32;
const VERSION = 1;

/** One message as the rhythm sees it: only when, after what, and whether the other one had spoken. */
export interface Beat {
  /** epoch ms */
  at: number;
  /** epoch ms of the message before it in time; null: the first. A clock that ran backwards counts as no time at all. */
  previousAt: number | null;
  /** the message before it was another speaker's, so that the time between is a reply's latency */
  isReply: boolean;
}

/**
 * When messages come, as sums that fade: additive, of fixed size (about 11 KB). Hours are UTC hours of the week, since
 * nothing tells the time zone; a person's own night is learned as a silent stretch wherever it lies.
 */
export interface RhythmState {
  /** epoch ms at which a message weighs 1; earlier ones weigh less (forward decay), half as much every 180 days */
  landmark: number | null;
  /** messages by slot */
  messages: Float64Array;
  /** hours watched by slot: the time between messages, faded as the message that ended it */
  exposure: Float64Array;
  /** messages that came after a break, [class of the break, slot] row-major; class 0 is within a session */
  starts: Float64Array;
  /** gaps to the same speaker's message before, and to another's, by bin */
  own: Float64Array;
  replies: Float64Array;
}

export function emptyRhythm(): RhythmState {
  return {
    landmark: null,
    messages: new Float64Array(SLOTS),
    exposure: new Float64Array(SLOTS),
    starts: new Float64Array(CLASSES * SLOTS),
    own: new Float64Array(GAP_BINS),
    replies: new Float64Array(GAP_BINS),
  };
}

/**
 * Adds a message (1) or takes it back (-1), in place. To take the middle one of three back: take it back, take the third
 * back with the middle one as `previousAt`, add the third with the first.
 */
export function observeBeat(state: RhythmState, { at, previousAt, isReply }: Beat, sign: 1 | -1): void {
  const weight = sign * weightAt(state, at);
  const slot = slotOf(at);
  state.messages[slot]! += weight;
  if (previousAt === null) return;
  const gap = Math.max(0, at - previousAt);
  (isReply ? state.replies : state.own)[gapBin(gap)]! += weight;
  state.starts[breakClass(gap) * SLOTS + slot]! += weight;
  expose(state.exposure, at - gap, at, weight);
}

/** 0 Monday 00:00 UTC … 167 Sunday 23:00. */
export function slotOf(at: number): number {
  return Math.floor(hourOfWeek(at));
}

/** Hours since Monday 00:00 UTC, in [0, 168). */
export function hourOfWeek(at: number): number {
  const into = (at - MONDAY_MS) % WEEK_MS;
  return ((into + WEEK_MS) % WEEK_MS) / HOUR_MS;
}

/** Bin of a gap in ms; bin b begins at `gapEdge(b)`. */
export function gapBin(gap: number): number {
  if (gap < 1_000) return 0;
  return Math.min(GAP_BINS - 1, 1 + Math.floor(2 * Math.log2(gap / 1_000)));
}

/** Lower edge of a bin, ms. */
export const gapEdge = (bin: number): number => (bin === 0 ? 0 : 1_000 * 2 ** ((bin - 1) / 2));

function breakClass(gap: number): number {
  let found = 0;
  while (found < BREAK_EDGES.length && gap >= BREAK_EDGES[found]!) found++;
  return found;
}

/** Adds the hours of [from, to) to their slots. Whole weeks count as one hour in every slot. */
function expose(exposure: Float64Array, from: number, to: number, weight: number): void {
  const weeks = Math.floor((to - from) / WEEK_MS);
  if (weeks > 0) for (let slot = 0; slot < SLOTS; slot++) exposure[slot]! += weeks * weight;
  let [left, position] = [(to - from - weeks * WEEK_MS) / HOUR_MS, hourOfWeek(from)];
  while (left > 0) {
    const slot = Math.floor(position) % SLOTS;
    const step = Math.min(left, Math.floor(position) + 1 - position);
    exposure[slot]! += step * weight;
    left -= step;
    position = Math.floor(position) + 1;
    if (step <= 0) break; // rounding at the very end of an hour
  }
}

function weightAt(state: RhythmState, at: number): number {
  state.landmark ??= at;
  const halvings = (at - state.landmark) / HALF_LIFE_MS;
  if (halvings <= MOST_HALVINGS) return 2 ** halvings;
  for (const sums of sumsOf(state)) for (let i = 0; i < sums.length; i++) sums[i]! *= 2 ** -halvings;
  state.landmark = at;
  return 1;
}

const sumsOf = ({ messages, exposure, starts, own, replies }: RhythmState) => [
  messages,
  exposure,
  starts,
  own,
  replies,
];

/** Version, landmark, sums as 64-bit floats. */
export function rhythmToBytes(state: RhythmState): Uint8Array {
  const sums = sumsOf(state);
  const out = new Float64Array(2 + sums.reduce((total, { length }) => total + length, 0));
  out[0] = VERSION;
  out[1] = state.landmark ?? Number.NaN;
  let offset = 2;
  for (const part of sums) {
    out.set(part, offset);
    offset += part.length;
  }
  return new Uint8Array(out.buffer);
}

/** What `rhythmToBytes` wrote; null when it is of another version, to be computed anew. */
export function rhythmFromBytes(bytes: Uint8Array): RhythmState | null {
  if (bytes.byteLength % 8 !== 0) return null;
  const all = new Float64Array(bytes.slice().buffer);
  const state = emptyRhythm();
  const sums = sumsOf(state);
  if (all[0] !== VERSION || all.length !== 2 + sums.reduce((total, { length }) => total + length, 0)) return null;
  state.landmark = Number.isNaN(all[1]!) ? null : all[1]!;
  let offset = 2;
  for (const part of sums) {
    part.set(all.subarray(offset, offset + part.length));
    offset += part.length;
  }
  return state;
}
