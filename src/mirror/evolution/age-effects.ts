/** The traits of the Big Five whose change with age is published. */
export const AGING_TRAITS = ['openness', 'conscientiousness', 'extraversion', 'agreeableness', 'neuroticism'] as const;
export type AgingTrait = (typeof AGING_TRAITS)[number];

/** Years in which the rates hold: up to the first, up to the second, … */
const UNTIL_AGE = [20, 40, 60, Number.POSITIVE_INFINITY] as const;

/**
 * Mean-level change in standard deviations a decade, in the four spans of age. Directions and spans are those of the
 * meta-analyses of longitudinal studies by Roberts, Walton & Viechtbauer (2006, Psychological Bulletin 132, 1-25) and
 * Bleidorn et al. (2022, Psychological Bulletin 148, 588-619: emotional stability rises all through life, the other
 * changes are somewhat smaller than had been thought). The rates are coarse, rounded to a twentieth and meant as the
 * middle of a prior, not as findings of those papers. Extraversion is the mean of its two facets, which part ways.
 */
const PER_DECADE: Readonly<Record<AgingTrait, readonly [number, number, number, number]>> = {
  openness: [0.2, 0.05, 0, -0.15],
  conscientiousness: [0.05, 0.2, 0.1, 0.1],
  extraversion: [0.1, 0.05, 0, -0.1],
  agreeableness: [0.05, 0.05, 0.15, 0.05],
  neuroticism: [-0.1, -0.2, -0.1, -0.1],
};

/** Test-retest correlation over 6.7 years by age (Roberts & DelVecchio 2000, Psychological Bulletin 126, 3-25). */
const RETEST_YEARS = 6.7;
const RETEST: readonly (readonly [untilAge: number, correlation: number])[] = [
  [18, 0.31],
  [25, 0.54],
  [45, 0.64],
  [Number.POSITIVE_INFINITY, 0.74],
];
/** Reliability of personality scales (Anusic & Schimmack 2015, JPSP 110, 766-781): what is lost to it is no change. */
const RELIABILITY = 0.72;
/** Where scales alone would make people perfectly stable. */
const MOST_STABLE = 0.95;

/** Expected change in standard deviations between two ages, years. */
export function changeWithAge(trait: AgingTrait, from: number, to: number): number {
  let sum = 0;
  let start = from;
  for (const [span, until] of UNTIL_AGE.entries()) {
    const end = Math.min(to, until);
    if (end <= start) continue;
    sum += (PER_DECADE[trait][span]! * (end - start)) / 10;
    start = end;
  }
  return sum;
}

/**
 * Variance of the change of single people in `years`, in variances of the population: 2 (1 - r), with the published
 * correlation freed of unreliability and carried to other times as r^(years / 6.7).
 *
 * @param age null: as at 30
 */
export function changeVariance(age: number | null, years: number): number {
  const observed = RETEST.find(([until]) => (age ?? 30) < until)![1];
  const stable = Math.min(MOST_STABLE, observed / RELIABILITY);
  return 2 * (1 - stable ** (years / RETEST_YEARS));
}
