import { BREAK_EDGES, GAP_BINS, gapBin, gapEdge, hourOfWeek, type RhythmState, SLOTS } from './rhythm-state.ts';

const HOUR_MS = 3_600_000;
const WEEK_HOURS = SLOTS;
/** Hours by which a slot leans on its neighbours (standard deviation of a circular normal kernel). */
const SMOOTHING_HOURS = 1.5;
/** A slot's own count weighs against what hour and weekday say by this many expected starts. */
const SHRINK_STARTS = 4;
/** Hour and weekday weigh against "always the same" by this many starts. */
const SHRINK_MARGINS = 6;
/** What is believed before anything is seen: one session in three days, worth one session's evidence. */
const PRIOR_STARTS = 1;
const PRIOR_HOURS = 72;
/** Before anything is seen a session has six messages. */
const PRIOR_GOES_ON = 5 / 6;
const PRIOR_GAPS = 6;
/** Kernel for the gap histogram, in bins. */
const GAP_SMOOTHING = 1;

/** The rhythm as it stands, prepared so that each question is answered in constant time. */
export interface Rhythm {
  /**
   * Chance, in (0, 1], that nothing is said in (from, to) although nothing is missing, given a message at `from`: either
   * the session goes on more slowly, or it ended and the next has not begun. Times in epoch ms; 1 when `to` <= `from`.
   */
  silenceProbability(from: number, to: number): number;
  /** Messages expected in (from, to) besides those at its ends, had the person written as usual. */
  expectedMessages(from: number, to: number): number;
  /** Sessions expected to begin in the hour of the week that holds `at`, per hour. */
  startsPerHour(at: number): number;
  /** Chance that the session goes on for longer than `gap` ms after a message, given that it goes on. */
  withinSession(gap: number): number;
  /** A gap of this many ms or more is a break between sessions. */
  breakMs: number;
  /** Messages a session, at least 1. */
  sessionLength: number;
  /** Reply latency, ms, at share q in [0, 1]; null before any reply was seen. Resolution: a factor of 1.4. */
  replyLatency(q: number): number | null;
}

/**
 * Sessions begin by an inhomogeneous Poisson process over the hours of the week and, once begun, go on with a chance
 * after each message (a geometric burst). Slots are smoothed, then shrunk to hour × weekday, and these to one rate, so
 * that a week of messages gives a usable curve. The rate itself is uncertain: silences have Lomax tails, not
 * exponential ones, and with few sessions seen hardly any silence is surprising.
 */
export function rhythmOf(state: RhythmState): Rhythm {
  const gaps = state.own.map((weight, bin) => Math.max(0, weight + state.replies[bin]!));
  const breakClass = breakOf(gaps);
  const breakMs = BREAK_EDGES[breakClass - 1]!;
  const starts = new Float64Array(SLOTS);
  for (let k = breakClass; k <= BREAK_EDGES.length; k++) {
    for (let slot = 0; slot < SLOTS; slot++) starts[slot]! += Math.max(0, state.starts[k * SLOTS + slot]!);
  }
  const rates = slotRates(starts, state.exposure);
  const week = cumulative(rates);
  const total = sum(gaps);
  const begun = sum(starts);
  const goesOn = (Math.max(0, total - begun) + PRIOR_GOES_ON * PRIOR_GAPS) / (total + PRIOR_GAPS);
  const within = withinSurvival(gaps, breakMs);
  const evidence = begun + PRIOR_STARTS;
  const sessionLength = 1 / (1 - goesOn);
  const startsIn = (from: number, to: number) => {
    const hours = Math.max(0, to - from) / HOUR_MS;
    const weeks = Math.floor(hours / WEEK_HOURS);
    return weeks * week[SLOTS]! + partOfWeek(week, hourOfWeek(from), hours - weeks * WEEK_HOURS);
  };
  return {
    silenceProbability: (from, to) => {
      if (!(to > from)) return 1;
      const resting = (1 + startsIn(from, to) / evidence) ** -evidence;
      return Math.max(Number.MIN_VALUE, goesOn * within(to - from) + (1 - goesOn) * resting);
    },
    expectedMessages: (from, to) => startsIn(from, to) * sessionLength,
    startsPerHour: (at) => rates[Math.floor(hourOfWeek(at))]!,
    withinSession: within,
    breakMs,
    sessionLength,
    replyLatency: (q) => quantile(state.replies, breakMs, q),
  };
}

/** The class of break at which counts are fewest between the two humps of the log gaps; an hour while unclear. */
function breakOf(gaps: Float64Array): number {
  const fallback = 3;
  const smooth = smoothed(gaps, 2);
  const total = sum(gaps);
  let [best, fewest] = [fallback, smooth[gapBin(BREAK_EDGES[fallback - 1]!)]!];
  if (total < 20) return fallback;
  for (let k = 1; k <= BREAK_EDGES.length; k++) {
    const here = smooth[gapBin(BREAK_EDGES[k - 1]!)]!;
    if (here < 0.8 * fewest) [best, fewest] = [k, here];
  }
  return best;
}

/** Starts per hour by slot. */
function slotRates(starts: Float64Array, exposure: Float64Array): Float64Array {
  const hours = exposure.map((value) => Math.max(0, value));
  const all = (sum(starts) + PRIOR_STARTS) / (sum(hours) + PRIOR_HOURS);
  const byHour = margin(starts, hours, 24, (slot) => slot % 24, all);
  const byDay = margin(starts, hours, 7, (slot) => Math.floor(slot / 24), all);
  const [near, nearHours] = [circular(starts), circular(hours)];
  return near.map((count, slot) => {
    const expected = (byHour[slot % 24]! * byDay[Math.floor(slot / 24)]!) / all;
    return (count + SHRINK_STARTS * expected * 24) / (nearHours[slot]! + SHRINK_STARTS * 24);
  });
}

/** Rates of the groups of slots, each shrunk to `all` by the evidence it has. */
function margin(
  starts: Float64Array,
  hours: Float64Array,
  groups: number,
  groupOf: (slot: number) => number,
  all: number,
): Float64Array {
  const [counts, times] = [new Float64Array(groups), new Float64Array(groups)];
  for (let slot = 0; slot < SLOTS; slot++) {
    counts[groupOf(slot)]! += starts[slot]!;
    times[groupOf(slot)]! += hours[slot]!;
  }
  const [c, t] = groups === 24 ? [around(counts), around(times)] : [counts, times];
  return c.map((count, i) => (count + SHRINK_MARGINS) / (t[i]! + SHRINK_MARGINS / all));
}

const KERNEL = Array.from({ length: 9 }, (_, i) => Math.exp(-(((i - 4) / SMOOTHING_HOURS) ** 2) / 2));
const KERNEL_SUM = KERNEL.reduce((a, b) => a + b, 0);

const circular = around;

/** Values leaning on their neighbours round the ring; the sum stays. */
function around(values: Float64Array): Float64Array {
  const { length } = values;
  return values.map((_, i) => {
    let value = 0;
    for (let k = 0; k < KERNEL.length; k++) value += KERNEL[k]! * values[(i + k - 4 + length) % length]!;
    return value / KERNEL_SUM;
  });
}

function cumulative(rates: Float64Array): Float64Array {
  const out = new Float64Array(SLOTS + 1);
  for (let slot = 0; slot < SLOTS; slot++) out[slot + 1] = out[slot]! + rates[slot]!;
  return out;
}

/** Integral over `hours` < 168 from an hour of the week. */
function partOfWeek(week: Float64Array, from: number, hours: number): number {
  const to = from + hours;
  if (to <= SLOTS) return upTo(week, to) - upTo(week, from);
  return week[SLOTS]! - upTo(week, from) + upTo(week, to - SLOTS);
}

function upTo(week: Float64Array, hour: number): number {
  const slot = Math.min(SLOTS - 1, Math.floor(hour));
  return week[slot]! + (hour - slot) * (week[slot + 1]! - week[slot]!);
}

/** Share of the gaps within sessions that are longer, by bin, read with log-linear interpolation. */
function withinSurvival(gaps: Float64Array, breakMs: number): (gap: number) => number {
  const last = gapBin(breakMs);
  const counts = smoothed(
    gaps.map((count, bin) => (bin < last ? count : 0)),
    GAP_SMOOTHING,
  );
  // before anything is seen: gaps around a minute, within a factor of four
  for (let bin = 0; bin < GAP_BINS; bin++) counts[bin]! += Math.exp(-(((bin - gapBin(60_000)) / 4) ** 2) / 2) / 10;
  const survival = new Float64Array(GAP_BINS + 1);
  for (let bin = GAP_BINS - 1; bin >= 0; bin--) survival[bin] = survival[bin + 1]! + counts[bin]!;
  const total = survival[0]!;
  return (gap) => {
    const bin = gapBin(gap);
    const [from, to] = [gapEdge(bin), gapEdge(bin + 1)];
    const into = bin === 0 ? gap / to : Math.min(1, Math.log(gap / from) / Math.log(to / from));
    return Math.max(1e-12, (survival[bin]! + into * (survival[bin + 1]! - survival[bin]!)) / total);
  };
}

function smoothed(counts: Float64Array, width: number): Float64Array {
  const out = new Float64Array(counts.length);
  for (let i = 0; i < counts.length; i++) {
    for (let k = -2 * width; k <= 2 * width; k++) {
      const at = Math.min(counts.length - 1, Math.max(0, i + k));
      out[i]! += counts[at]! * Math.exp(-((k / width) ** 2) / 2);
    }
  }
  return out;
}

function quantile(counts: Float64Array, below: number, q: number): number | null {
  const last = gapBin(below);
  let total = 0;
  for (let bin = 0; bin < last; bin++) total += Math.max(0, counts[bin]!);
  if (total < 1e-9) return null;
  let left = Math.min(1, Math.max(0, q)) * total;
  for (let bin = 0; bin < last; bin++) {
    const count = Math.max(0, counts[bin]!);
    if (left <= count && count > 0) return gapEdge(bin) + (left / count) * (gapEdge(bin + 1) - gapEdge(bin));
    left -= count;
  }
  return gapEdge(last);
}

const sum = (values: Float64Array) => values.reduce((a, b) => a + b, 0);
