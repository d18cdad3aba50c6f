import { normalWidth } from '../../statistics/distributions.ts';
import { weightedLine } from '../../statistics/trend.ts';
import { AGING_TRAITS, type AgingTrait, changeVariance, changeWithAge } from './age-effects.ts';
import { type WeeklyRow, weightOf } from './weekly-row.ts';

/** What is known of a trait now, in [0, 1]; `low` and `high` are its 90 % interval. */
export interface TraitNow {
  mean: number;
  low: number;
  high: number;
}

export interface FuturePoint {
  /** years from now; 0 is now */
  year: number;
  mean: number;
  /** 90 %; each year's interval holds that of the year before, and both stay in [0, 1] */
  low: number;
  high: number;
}

export interface FutureTrait {
  trait: string;
  points: FuturePoint[];
  /** slope of the person's own weeks, a year, and how much of it is carried on after a year, [0, 1] */
  ownTrend: { perYear: number; low: number; high: number; carried: number };
  /** what people of that age change by on average over the whole horizon; 0 without an age */
  ageEffect: number;
}

export type FutureSelf =
  | { state: 'insufficient'; reason: 'too-few-weeks' | 'too-short-a-time' | 'no-profile' }
  | { state: 'projected'; historyYears: number; age: number | null; traits: FutureTrait[] };

export interface FutureOptions {
  /** whole years, 1 to 30 */
  horizonYears: number;
  /** years, 10 to 110; null: no age effects */
  age?: number | null;
  /** standard deviation of a trait over people on the scale of the profile */
  populationSpread?: number;
}

const FEWEST_WEEKS = 12;
const SHORTEST_YEARS = 0.5;
const YEAR_MS = 365.25 * 86_400_000;
/** Spread of questionnaire scores over people on a scale of length 1, as in PAN 2015's labels. */
const POPULATION_SPREAD = 0.17;
/** How far a true past trend goes on: short-lived turns look like trends, and long ones level off. */
const PERSISTENCE = 0.5;
const Z90 = normalWidth(90);

/**
 * Where the traits are heading. The change of a person in t years is taken to be normal around what people of their age
 * change by (Roberts et al. 2006, Bleidorn et al. 2022), with the variance that test-retest studies leave (Roberts &
 * DelVecchio 2000). The person's own trend moves it by as much as the trend is surer than that variance, and by half of
 * that at most. The interval adds what is not known of today.
 *
 * @param profile trait → what is known now; a trait whose rows are too few is left out
 */
export function futureSelf(
  profile: Readonly<Record<string, TraitNow | null>>,
  rows: readonly WeeklyRow[],
  { horizonYears, age = null, populationSpread = POPULATION_SPREAD }: FutureOptions,
): FutureSelf {
  const weeks = rows.filter(({ words }) => words > 0).sort((a, b) => a.start - b.start);
  if (weeks.length < FEWEST_WEEKS) return { state: 'insufficient', reason: 'too-few-weeks' };
  const historyYears = (weeks.at(-1)!.start - weeks[0]!.start) / YEAR_MS;
  if (historyYears < SHORTEST_YEARS) return { state: 'insufficient', reason: 'too-short-a-time' };
  const traits: FutureTrait[] = [];
  for (const [trait, now] of Object.entries(profile)) {
    const own = now === null ? null : ownTrend(weeks, trait);
    if (now === null || own === null) continue;
    traits.push(projected(trait, now, own, horizonYears, age, populationSpread));
  }
  if (traits.length === 0) return { state: 'insufficient', reason: 'no-profile' };
  return { state: 'projected', historyYears, age, traits };
}

interface OwnTrend {
  slope: number;
  slopeError: number;
  low: number;
  high: number;
}

function ownTrend(weeks: readonly WeeklyRow[], trait: string): OwnTrend | null {
  const own = weeks.filter(({ values }) => Number.isFinite(values[trait]));
  if (own.length < FEWEST_WEEKS) return null;
  return weightedLine(
    own.map(({ start }) => start / YEAR_MS),
    own.map(({ values }) => values[trait]!),
    own.map(weightOf),
  );
}

function projected(
  trait: string,
  now: TraitNow,
  { slope, slopeError, low, high }: OwnTrend,
  horizonYears: number,
  age: number | null,
  spread: number,
): FutureTrait {
  const nowVariance = ((now.high - now.low) / (2 * Z90)) ** 2;
  const meanChange = (years: number) =>
    age === null || !isAging(trait) ? 0 : spread * changeWithAge(trait, age, age + years);
  const variance = (years: number) => spread ** 2 * changeVariance(age, years);
  const carriedIn = (years: number) => {
    const mine = variance(years);
    return mine / (mine + (slopeError * years) ** 2);
  };
  const points: FuturePoint[] = [{ year: 0, mean: within(now.mean), low: within(now.low), high: within(now.high) }];
  for (let year = 1; year <= horizonYears; year++) {
    const usual = meanChange(year);
    const carried = carriedIn(year);
    const mean = now.mean + usual + PERSISTENCE * carried * (slope * year - usual);
    const half = Z90 * Math.sqrt(nowVariance + variance(year) * (1 - PERSISTENCE ** 2 * carried));
    const before = points[year - 1]!;
    points.push({
      year,
      mean: within(mean),
      low: Math.min(before.low, within(mean - half)),
      high: Math.max(before.high, within(mean + half)),
    });
  }
  return {
    trait,
    points,
    ownTrend: { perYear: slope, low, high, carried: PERSISTENCE * carriedIn(1) },
    ageEffect: meanChange(horizonYears),
  };
}

const isAging = (trait: string): trait is AgingTrait => AGING_TRAITS.some((one) => one === trait);

const within = (value: number) => Math.max(0, Math.min(1, value));
