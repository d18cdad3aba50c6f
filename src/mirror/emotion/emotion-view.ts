import { DAY_MS, SCALE, weekStart } from '../day-sums.ts';
import type { WeeklyRow } from '../evolution/weekly-row.ts';
import { DIMENSIONS, type Dimension, type EmotionState, MESSAGES, squareAt, sumAt, WORDS } from './emotion-state.ts';
import { type HalfLife, halfLifeOf } from './half-life.ts';

/** What is usual for the person in one dimension, and where they stand now. Valence in [-1, 1], emotions in [0, 1]. */
export interface Mood {
  /** slow mean, with its 90 % interval */
  usual: number;
  low: number;
  high: number;
  /** standard deviation of single messages */
  spread: number;
  /** where the person stands now: the recent messages, drawn to the usual by as much as they are few or old */
  now: number;
  /** `now` less `usual` with its 90 % interval; falls to 0 by half each half-life of silence */
  deviation: number;
  deviationLow: number;
  deviationHigh: number;
  /** whether the interval of the deviation leaves 0 out, and on which side */
  standing: 'usual' | 'above' | 'below';
}

export interface EmotionView {
  /** below 100 words no number is shown; settled from 1,200 words on */
  state: 'insufficient' | 'tentative' | 'settled';
  /** messages that could be read, and their words */
  messages: number;
  words: number;
  /** messages in a language that is not read, without a sign that is the same in all */
  unread: number;
  languages: { language: string; messages: number }[];
  /** null where the state is insufficient */
  moods: Record<Dimension, Mood> | null;
  /** of deviations of valence */
  halfLife: HalfLife | null;
  /** after which a message counts half in what is usual */
  usualHalfLifeDays: number;
}

const USUAL_HALF_LIFE_DAYS = 180;
const FEWEST_WORDS = 100;
const SETTLED_WORDS = 1_200;
/** Days from which the half-life of deviations is read. */
const HALF_LIFE_DAYS = 730;
/** So many recent messages weigh as much as all that is usual: single messages say little. */
const DRAW = 5;
const Z90 = 1.6448536269514722;

type Day = readonly [day: number, sums: Float64Array];

/** What the state says at `now` (epoch ms). Days ahead of `now`, by clocks that run wrong, count as today. */
export function emotionView(state: EmotionState, now: number): EmotionView {
  const days = state.days.inOrder();
  const total = (at: number) => days.reduce((sum, [, sums]) => sum + sums[at]!, 0);
  const words = total(WORDS);
  const isEnough = words >= FEWEST_WORDS;
  const halfLife = isEnough ? valenceHalfLife(days, now) : null;
  return {
    state: !isEnough ? 'insufficient' : words < SETTLED_WORDS ? 'tentative' : 'settled',
    messages: total(MESSAGES),
    words,
    unread: state.unread,
    languages: [...state.languages]
      .map(([language, messages]) => ({ language, messages }))
      .sort((a, b) => b.messages - a.messages || (a.language < b.language ? -1 : 1)),
    moods: halfLife === null ? null : moodsOf(days, now, halfLife.days),
    halfLife,
    usualHalfLifeDays: USUAL_HALF_LIFE_DAYS,
  };
}

/** Weeks and the mean of each dimension in them, oldest first. */
export function emotionWeeks(state: EmotionState): WeeklyRow[] {
  const weeks = new Map<number, Float64Array>();
  for (const [day, sums] of state.days.inOrder()) {
    const start = weekStart(day * DAY_MS);
    const week = weeks.get(start);
    if (week === undefined) weeks.set(start, sums.slice());
    else for (let i = 0; i < week.length; i++) week[i]! += sums[i]!;
  }
  return [...weeks].map(([start, sums]) => ({
    start,
    words: sums[WORDS]!,
    messages: sums[MESSAGES]!,
    values: perDimension((dimension) => sums[sumAt(dimension)]! / SCALE / sums[MESSAGES]!),
  }));
}

function moodsOf(days: readonly Day[], now: number, halfLife: number): Record<Dimension, Mood> {
  const slow = days.map(([day]) => fading(day, now, USUAL_HALF_LIFE_DAYS));
  const fast = days.map(([day]) => fading(day, now, halfLife));
  return perDimension((dimension) => moodOf(days, dimension, slow, fast));
}

const perDimension = <T>(of: (dimension: number) => T) =>
  Object.fromEntries(DIMENSIONS.map((name, i) => [name, of(i)])) as Record<Dimension, T>;

/** @param slow @param fast how much each day counts in what is usual, and in where the person stands now */
function moodOf(days: readonly Day[], dimension: number, slow: readonly number[], fast: readonly number[]): Mood {
  const { mean, spread, error } = usualOf(days, dimension, slow);
  let weight = 0;
  let offset = 0;
  for (const [i, [, sums]] of days.entries()) {
    const share = fast[i]!;
    weight += share * sums[MESSAGES]!;
    offset += share * (sums[sumAt(dimension)]! / SCALE - mean * sums[MESSAGES]!);
  }
  const deviation = offset / (weight + DRAW);
  const half = (Z90 * spread) / Math.sqrt(weight + DRAW);
  const [floor, ceiling] = dimension === 0 ? [-1, 1] : [0, 1];
  const within = (value: number) => Math.max(floor!, Math.min(ceiling!, value));
  return {
    usual: mean,
    low: within(mean - Z90 * error),
    high: within(mean + Z90 * error),
    spread,
    now: within(mean + deviation),
    deviation,
    deviationLow: deviation - half,
    deviationHigh: deviation + half,
    standing: deviation - half > 0 ? 'above' : deviation + half < 0 ? 'below' : 'usual',
  };
}

/** The slow mean; its error counts days and not messages, because messages of a day are alike. */
function usualOf(days: readonly Day[], dimension: number, shares: readonly number[]) {
  let weight = 0;
  let sum = 0;
  let squares = 0;
  for (const [i, [, sums]] of days.entries()) {
    const share = shares[i]!;
    weight += share * sums[MESSAGES]!;
    sum += (share * sums[sumAt(dimension)]!) / SCALE;
    squares += (share * sums[squareAt(dimension)]!) / SCALE;
  }
  const mean = sum / weight;
  let scatter = 0;
  for (const [i, [, sums]] of days.entries()) {
    const offset = sums[sumAt(dimension)]! / SCALE - mean * sums[MESSAGES]!;
    scatter += (shares[i]! * offset) ** 2;
  }
  const spread = Math.sqrt(Math.max(0, squares / weight - mean * mean));
  // one or two days tell nothing about how days differ: then messages are counted
  const byDays = Math.sqrt(scatter) / weight;
  const byMessages = spread / Math.sqrt(weight);
  return { mean, spread, error: Math.max(byDays, byMessages) };
}

/** Weights stay above zero however old a day is, so that a mean always exists. */
const fading = (day: number, now: number, halfLife: number) =>
  2 ** -Math.min(1_000, Math.max(0, now / DAY_MS - day - 1) / halfLife);

function valenceHalfLife(days: readonly Day[], now: number): HalfLife {
  const recent = days.filter(([day]) => day > now / DAY_MS - HALF_LIFE_DAYS);
  return halfLifeOf(
    recent.map(([day, sums]) => ({
      day,
      mean: sums[sumAt(0)]! / SCALE / sums[MESSAGES]!,
      messages: sums[MESSAGES]!,
    })),
  );
}
