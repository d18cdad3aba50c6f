/** Standard normal probability of a value up to `z`; off by less than 2e-7 (Abramowitz & Stegun 7.1.26 has 1.5e-7 for erf). */
export function normalCdf(z: number): number {
  const x = Math.abs(z) / Math.SQRT2;
  const t = 1 / (1 + 0.3275911 * x);
  const series = t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))));
  const tail = 0.5 * series * Math.exp(-x * x);
  return z > 0 ? 1 - tail : tail;
}

/** Two-sided p of a standard normal score. */
const twoSided = (z: number): number => 2 * normalCdf(-Math.abs(z));

/** Two-sided p of a Student t with `freedom` degrees, by Wallace's (1959) normal score; off by less than 0.01. */
export const studentTwoSided = (t: number, freedom: number): number =>
  twoSided(((8 * freedom + 1) / (8 * freedom + 3)) * Math.sqrt(freedom * Math.log1p((t * t) / freedom)));

/** Half width of a two-sided interval in standard errors: normal values for 80, 90, 95 and 99 %. */
const NORMAL = {
  80: 1.2815515655446004,
  90: 1.6448536269514722,
  95: 1.959963984540054,
  99: 2.5758293035489004,
} as const;
export type Level = keyof typeof NORMAL;

export const normalWidth = (level: Level): number => NORMAL[level];

/**
 * … for Student's t with `freedom` degrees, at least 1; above 3 it is right to half a percent (Cornish & Fisher's
 * expansion, Abramowitz & Stegun 26.7.5).
 */
export function studentWidth(level: Level, freedom: number): number {
  const z = NORMAL[level];
  // the expansion is of no use below; these are exact
  if (freedom < 2) return Math.tan((Math.PI / 2) * (level / 100));
  if (freedom < 3) {
    const share = level / 100;
    return share * Math.sqrt(2 / (1 - share * share));
  }
  const [z3, z5, z7] = [z ** 3, z ** 5, z ** 7];
  return (
    z +
    (z3 + z) / (4 * freedom) +
    (5 * z5 + 16 * z3 + 3 * z) / (96 * freedom ** 2) +
    (3 * z7 + 19 * z5 + 17 * z3 - 15 * z) / (384 * freedom ** 3)
  );
}
