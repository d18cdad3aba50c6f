import { changePoints, noiseOf } from '../../statistics/change-points.ts';
import { normalWidth } from '../../statistics/distributions.ts';
import { benjaminiHochberg } from '../../statistics/false-discovery.ts';
import { weightedLine } from '../../statistics/trend.ts';
import { type WeeklyRow, weightOf } from './weekly-row.ts';

/** A value in a week or month, with the 90 % interval that its words allow. */
export interface TrajectoryPoint {
  /** epoch ms */
  start: number;
  value: number;
  low: number;
  high: number;
  words: number;
  messages: number;
}

/** A level that changed. */
export interface LevelChange {
  /** start of the first week of the new level, epoch ms */
  at: number;
  from: number;
  to: number;
  direction: 'up' | 'down';
  /** in standard deviations of a usual week */
  size: number;
  p: number;
  /** `p` corrected over everything that was tested in this answer */
  q: number;
  isSignificant: boolean;
}

export interface YearlyTrend {
  perYear: number;
  low: number;
  high: number;
  p: number;
  q: number;
  isSignificant: boolean;
}

export interface Trajectory {
  name: string;
  points: TrajectoryPoint[];
  /** null where there is too little */
  trend: YearlyTrend | null;
  changes: LevelChange[];
}

export interface Evolution {
  /** below eight weeks with words nothing is tested; settled from half a year on */
  state: 'insufficient' | 'tentative' | 'settled';
  by: 'week' | 'month';
  /** weeks that hold words */
  weeks: number;
  /** epoch ms; null without rows */
  from: number | null;
  until: number | null;
  series: Trajectory[];
}

export interface EvolutionOptions {
  by?: 'week' | 'month';
  /** lowest and highest value that a series can have; none unless given */
  ranges?: Readonly<Record<string, readonly [low: number, high: number]>>;
}

const FEWEST_WEEKS = 8;
const SETTLED_WEEKS = 26;
const YEAR_MS = 365.25 * 86_400_000;
const FALSE_DISCOVERIES = 0.05;
const Z90 = normalWidth(90);

/**
 * How each series went, by week or month, with its line and its changes of level. Changes and lines are sought in
 * weeks, weighted by their words, and corrected together (Benjamini & Hochberg).
 *
 * @param rows in any order; rows without words are left out, and a series where it has no value
 */
export function evolution(rows: readonly WeeklyRow[], { by = 'week', ranges = {} }: EvolutionOptions = {}): Evolution {
  const weeks = rows.filter(({ words }) => words > 0).sort((a, b) => a.start - b.start);
  const names = [...new Set(weeks.flatMap(({ values }) => Object.keys(values)))];
  const tests: { p: number; take: (q: number) => void }[] = [];
  const series = names.map((name) => {
    const own = weeks.filter(({ values }) => Number.isFinite(values[name]));
    const noise = noiseOf(
      own.map(({ values }) => values[name]!),
      own.map(weightOf),
    );
    const trend = own.length < FEWEST_WEEKS ? null : trendOf(own, name, tests);
    const changes = own.length < FEWEST_WEEKS ? [] : changesOf(own, name, tests);
    return {
      name,
      points: pointsOf(by === 'week' ? own : byMonth(own, name), name, noise, ranges[name]),
      trend,
      changes,
    };
  });
  const corrected = benjaminiHochberg(tests.map(({ p }) => p));
  for (const [i, { take }] of tests.entries()) take(corrected[i]!);
  return {
    state: weeks.length < FEWEST_WEEKS ? 'insufficient' : weeks.length < SETTLED_WEEKS ? 'tentative' : 'settled',
    by,
    weeks: weeks.length,
    from: weeks[0]?.start ?? null,
    until: weeks.at(-1)?.start ?? null,
    series,
  };
}

type Tests = { p: number; take: (q: number) => void }[];

function trendOf(weeks: readonly WeeklyRow[], name: string, tests: Tests): YearlyTrend | null {
  const line = weightedLine(
    weeks.map(({ start }) => (start - weeks[0]!.start) / YEAR_MS),
    weeks.map(({ values }) => values[name]!),
    weeks.map(weightOf),
  );
  if (line === null) return null;
  const { p } = line;
  const trend = { perYear: line.slope, low: line.low, high: line.high, p, q: 1, isSignificant: false };
  tests.push({ p, take: (q) => Object.assign(trend, { q, isSignificant: q <= FALSE_DISCOVERIES }) });
  return trend;
}

function changesOf(weeks: readonly WeeklyRow[], name: string, tests: Tests): LevelChange[] {
  const found = changePoints(
    weeks.map(({ values }) => values[name]!),
    { weights: weeks.map(weightOf) },
  );
  // a series in which nothing was found was looked through all the same
  if (found.length === 0) tests.push({ p: 1, take: () => {} });
  return found.map(({ at, before, after, size, p }) => {
    const change: LevelChange = {
      at: weeks[at]!.start,
      from: before,
      to: after,
      direction: after > before ? 'up' : 'down',
      size,
      p,
      q: 1,
      isSignificant: false,
    };
    tests.push({ p, take: (q) => Object.assign(change, { q, isSignificant: q <= FALSE_DISCOVERIES }) });
    return change;
  });
}

function pointsOf(
  rows: readonly WeeklyRow[],
  name: string,
  noise: number,
  [lowest, highest]: readonly [number, number] = [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY],
): TrajectoryPoint[] {
  return rows.map((row) => {
    const value = row.values[name]!;
    const half = (Z90 * noise) / Math.sqrt(weightOf(row));
    return {
      start: row.start,
      value,
      low: Math.max(lowest, value - half),
      high: Math.min(highest, value + half),
      words: row.words,
      messages: row.messages,
    };
  });
}

/** Weeks put together by the UTC month that they begin in, weighted by their words. */
function byMonth(weeks: readonly WeeklyRow[], name: string): WeeklyRow[] {
  const months = new Map<number, WeeklyRow[]>();
  for (const week of weeks) {
    const day = new Date(week.start);
    const start = Date.UTC(day.getUTCFullYear(), day.getUTCMonth());
    months.set(start, [...(months.get(start) ?? []), week]);
  }
  return [...months].map(([start, inside]) => {
    const words = inside.reduce((sum, week) => sum + week.words, 0);
    const value = inside.reduce((sum, week) => sum + week.words * week.values[name]!, 0) / words;
    return { start, words, messages: inside.reduce((sum, week) => sum + week.messages, 0), values: { [name]: value } };
  });
}
