import { iso } from '../shared/instant.ts';
import { snakeCase } from '../shared/snake-case.ts';
import type { EvolutionAnswer } from './evolution/contract.ts';
import { evolution, type Trajectory } from './evolution/evolution.ts';
import type { WeeklyRow } from './evolution/weekly-row.ts';

const SIGNED = new Set(['emotion.valence']);
/** Style's means per message, sentence and word have no upper bound; all others are shares. */
const UNBOUNDED = /^style\.(message_length|sentence_length|word_length|syllables|links)$/;

/** How the series of several inferences went, named by them: `emotion.valence`. */
export function evolutionAnswer(
  rows: Readonly<Record<string, readonly WeeklyRow[]>>,
  by: 'week' | 'month',
): EvolutionAnswer {
  const merged = mergedRows(rows);
  const names = [...new Set(merged.flatMap(({ values }) => Object.keys(values)))];
  const ranges = Object.fromEntries(names.map((name) => [name, rangeOf(name)]));
  const { state, weeks, from, until, series } = evolution(merged, { by, ranges });
  return {
    state,
    resolution: by,
    weeks,
    from: iso(from),
    until: iso(until),
    series: series.map(trajectoryAnswer),
  };
}

function trajectoryAnswer({ name, points, trend, changes }: Trajectory): EvolutionAnswer['series'][number] {
  return {
    name,
    points: points.map((point) => ({ ...point, start: iso(point.start)! })),
    trend: trend && {
      per_year: trend.perYear,
      low: trend.low,
      high: trend.high,
      p: trend.p,
      q: trend.q,
      is_significant: trend.isSignificant,
    },
    changes: changes.map(({ at, isSignificant, ...change }) => ({
      ...change,
      at: iso(at)!,
      is_significant: isSignificant,
    })),
  };
}

/** One row a week, with the values of all. */
function mergedRows(rows: Readonly<Record<string, readonly WeeklyRow[]>>): WeeklyRow[] {
  const weeks = new Map<number, { words: number; messages: number; values: Record<string, number> }>();
  for (const [prefix, own] of Object.entries(rows)) {
    for (const { start, words, messages, values } of own) {
      const week = weeks.get(start) ?? { words: 0, messages: 0, values: {} };
      week.words = Math.max(week.words, words);
      week.messages = Math.max(week.messages, messages);
      for (const [name, value] of Object.entries(values)) week.values[`${prefix}.${snakeCase(name)}`] = value;
      weeks.set(start, week);
    }
  }
  return [...weeks].map(([start, week]) => ({ start, ...week }));
}

function rangeOf(name: string): [low: number, high: number] {
  if (SIGNED.has(name)) return [-1, 1];
  return [0, UNBOUNDED.test(name) ? Number.POSITIVE_INFINITY : 1];
}
