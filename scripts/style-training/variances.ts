import { standing } from '../../src/mirror/style/evidence.ts';
import { RATES } from '../../src/mirror/style/rates.ts';
import { addCounts } from '../../src/mirror/style/same-author.ts';
import { SLOTS } from '../../src/mirror/style/slots.ts';
import type { StyleWeights } from '../../src/mirror/style/weights.ts';
import type { Writing } from './authors.ts';
import type { Pair } from './pairs.ts';

const LEAST_SHARE = 2e-5;
const LEAST_NOISE = 0.02;
const MOST_NOISE = 4;
/** Habits of one person differ between two chats by more than within one, which is all that the accounts show. */
const OTHER_CHAT = 0.3;

/** Share of each rate, the mean over sets of authors. */
export function usualShares(sets: readonly (readonly Writing[])[]): number[] {
  const totals = sets.map((writings) => sumOf(writings.flatMap(({ counts }) => counts)));
  return RATES.map(({ hits, of }) => {
    const shares = totals.map((total) => (total[hits]! + 0.5) / (total[of]! + 1));
    return Math.min(0.999, Math.max(LEAST_SHARE, shares.reduce((sum, share) => sum + share, 0) / shares.length));
  });
}

/** Where these authors stand on each rate, each author counting once. */
export function meanStanding(writings: readonly Writing[], usual: readonly number[]): number[] {
  const totals = writings.map(({ counts }) => sumOf(counts));
  return RATES.map(({ hits, of }, i) => {
    const stands = totals.map((total) => standing(total[hits]!, total[of]!, usual[i]!));
    return stands.reduce((sum, stand) => sum + stand, 0) / stands.length;
  });
}

/**
 * Variances of each rate by the method of moments. Half the squared difference of two pieces of one author is
 * within + noise·v, v = (1/8n₁ + 1/8n₂), in the mean; of two authors it is `between` more. Pieces of several sizes tell
 * `within` from `noise` (least squares, weight 1/v).
 */
export function variances(
  batches: readonly (readonly Pair[])[],
  usual: readonly number[],
): Pick<StyleWeights['rates'], 'between' | 'within' | 'noise'> {
  const between: number[] = [];
  const within: number[] = [];
  const noise: number[] = [];
  for (let i = 0; i < RATES.length; i++) {
    const samples = batches.flatMap((batch) => samplesOf(batch, i, usual[i]!));
    const own = fitOwn(samples.filter(({ isSame }) => isSame));
    const other = samples.filter(({ isSame }) => !isSame);
    const weight = other.reduce((sum, { u }) => sum + u, 0);
    const excess = other.reduce((sum, { u, d, v }) => sum + u * (d - own.within - own.noise * v), 0);
    between.push(weight > 0 ? Math.max(0, excess / weight) : 0);
    within.push(own.within + OTHER_CHAT * between[i]!);
    noise.push(own.noise);
  }
  return { between, within, noise };
}

interface Sample {
  isSame: boolean;
  /** half the squared difference, its sampling share, its weight */
  d: number;
  v: number;
  u: number;
}

function samplesOf(batch: readonly Pair[], rate: number, usual: number): Sample[] {
  const { hits, of } = RATES[rate]!;
  const samples: Sample[] = [];
  for (const { a, b, isSame } of batch) {
    if (a[of]! <= 0 || b[of]! <= 0) continue;
    const v = 1 / (8 * a[of]!) + 1 / (8 * b[of]!);
    const difference = standing(a[hits]!, a[of]!, usual) - standing(b[hits]!, b[of]!, usual);
    samples.push({ isSame, d: difference ** 2 / 2, v, u: 1 / Math.max(v, 1e-4) / batch.length });
  }
  return samples;
}

/** Weighted least squares of d on within + noise·v, neither below 0. */
function fitOwn(samples: readonly Sample[]): { within: number; noise: number } {
  let [a, b, c, d, e] = [0, 0, 0, 0, 0];
  for (const sample of samples) {
    a += sample.u;
    b += sample.u * sample.v;
    c += sample.u * sample.v ** 2;
    d += sample.u * sample.d;
    e += sample.u * sample.d * sample.v;
  }
  if (a === 0) return { within: 0, noise: 1 };
  const determinant = Math.max(a * c - b * b, 1e-12);
  let within = (d * c - e * b) / determinant;
  let noise = (a * e - b * d) / determinant;
  if (within < 0) [within, noise] = [0, e / Math.max(c, 1e-12)];
  else if (noise < 0) within = d / a;
  return { within, noise: Math.min(MOST_NOISE, Math.max(LEAST_NOISE, noise)) };
}

function sumOf(all: readonly Float64Array[]): Float64Array {
  const sum = new Float64Array(SLOTS);
  for (const counts of all) addCounts(sum, counts, 1);
  return sum;
}
