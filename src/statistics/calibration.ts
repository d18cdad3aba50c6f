/** Labels: true or 1 where the event happened, false or 0 where it did not. As many as there are probabilities or scores. */
export type Labels = ArrayLike<number | boolean>;

/** One bin of a reliability table. */
export interface ReliabilityBin {
  n: number;
  /** lowest and highest probability inside */
  from: number;
  to: number;
  /** mean probability that was shown */
  shown: number;
  /** share of cases that came true */
  happened: number;
  /** 90 % Wilson interval of `happened` */
  low: number;
  high: number;
}

/** How cases are cut into bins: as many cases each (equal probabilities stay together), or equally wide. */
export type Binning = 'mass' | 'width';

const Z90 = 1.6448536269514722;
const PLATT_STEPS = 100;

/** Mean squared error of probabilities in [0, 1]; 0.25 for always one half. NaN without cases. */
export function brier(p: ArrayLike<number>, y: Labels): number {
  let sum = 0;
  for (let i = 0; i < p.length; i++) sum += (p[i]! - Number(y[i])) ** 2;
  return sum / p.length;
}

/**
 * Expected calibration error: mean distance between shown probability and share that came true over `bins` bins,
 * weighted by their cases. Bins hold equally many cases unless `binning` says `width` (equally wide, Guo et al. 2017):
 * equal mass has the smaller bias where probabilities crowd together (Nixon et al. 2019). NaN without cases.
 */
export function expectedCalibrationError(
  p: ArrayLike<number>,
  y: Labels,
  bins = 10,
  binning: Binning = 'mass',
): number {
  let sum = 0;
  for (const bin of reliabilityTable(p, y, bins, binning)) sum += bin.n * Math.abs(bin.shown - bin.happened);
  return sum / p.length;
}

/** Bins in order of probability, empty ones left out. */
export function reliabilityTable(
  p: ArrayLike<number>,
  y: Labels,
  bins = 10,
  binning: Binning = 'mass',
): ReliabilityBin[] {
  const order = ascending(p);
  const table: ReliabilityBin[] = [];
  for (let from = 0; from < order.length; ) {
    const until = binning === 'mass' ? endOfMass(p, order, from, bins, table.length) : endOfWidth(p, order, from, bins);
    table.push(binOf(p, y, order.subarray(from, until)));
    from = until;
  }
  return table;
}

/** The first case past the bin's share of all cases that differs from the one before it. */
function endOfMass(p: ArrayLike<number>, order: Uint32Array, from: number, bins: number, done: number): number {
  // what ties took from later bins is shared out again
  const left = Math.max(1, bins - done);
  let until = from + Math.max(1, Math.round((order.length - from) / left));
  while (until < order.length && p[order[until]!] === p[order[until - 1]!]) until++;
  return Math.min(until, order.length);
}

function endOfWidth(p: ArrayLike<number>, order: Uint32Array, from: number, bins: number): number {
  const binAt = (at: number) => Math.min(bins - 1, Math.floor(p[order[at]!]! * bins));
  let until = from + 1;
  while (until < order.length && binAt(until) === binAt(from)) until++;
  return until;
}

function binOf(p: ArrayLike<number>, y: Labels, cases: Uint32Array): ReliabilityBin {
  let shown = 0;
  let hits = 0;
  for (const i of cases) {
    shown += p[i]!;
    hits += Number(y[i]);
  }
  const n = cases.length;
  const [low, high] = wilson(hits, n);
  return { n, from: p[cases[0]!]!, to: p[cases[n - 1]!]!, shown: shown / n, happened: hits / n, low, high };
}

/** Wilson's score interval of a share. @param z half width in standard errors; 90 % unless given */
export function wilson(hits: number, n: number, z = Z90): [low: number, high: number] {
  if (n === 0) return [0, 1];
  const share = hits / n;
  const centre = (share + (z * z) / (2 * n)) / (1 + (z * z) / n);
  const half = (z / (1 + (z * z) / n)) * Math.sqrt((share * (1 - share)) / n + (z * z) / (4 * n * n));
  return [Math.max(0, centre - half), Math.min(1, centre + half)];
}

/** Chance that a case that came true has the higher score than one that did not; ties count half. NaN with one class only. */
export function auc(scores: ArrayLike<number>, y: Labels): number {
  const order = ascending(scores);
  let positives = 0;
  let rankSum = 0;
  for (let from = 0; from < order.length; ) {
    let until = from + 1;
    while (until < order.length && scores[order[until]!] === scores[order[from]!]) until++;
    for (let i = from; i < until; i++) {
      if (!y[order[i]!]) continue;
      positives++;
      rankSum += (from + 1 + until) / 2;
    }
    from = until;
  }
  return (rankSum - (positives * (positives + 1)) / 2) / (positives * (order.length - positives));
}

/** Score to probability: 1 / (1 + exp(-(a * score + b))). */
export interface Platt {
  a: number;
  b: number;
}

export const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));

/** The probability of a score. */
export const plattAt = ({ a, b }: Platt, score: number): number => sigmoid(a * score + b);

/**
 * Platt's sigmoid (1999) with his smoothed targets, so that separable scores still give finite factors; fitted by
 * Newton's method with backtracking as in Lin, Lin & Weng (2007), "A note on Platt's probabilistic outputs".
 */
export function fitPlatt(scores: ArrayLike<number>, y: Labels): Platt {
  const n = scores.length;
  let positives = 0;
  for (let i = 0; i < n; i++) if (y[i]) positives++;
  const high = (positives + 1) / (positives + 2);
  const low = 1 / (n - positives + 2);
  const targets = Float64Array.from({ length: n }, (_, i) => (y[i] ? high : low));
  let fit: Platt = { a: 0, b: Math.log((positives + 1) / (n - positives + 1)) };
  let loss = crossEntropy(scores, targets, fit);
  for (let step = 0; step < PLATT_STEPS; step++) {
    // a small ridge keeps the matrix invertible where all scores are equal
    const at = curvature(scores, targets, fit, { ga: 0, gb: 0, haa: 1e-12, hab: 0, hbb: 1e-12 });
    const { da, db } = newtonStep(at);
    const slope = at.ga * da + at.gb * db;
    if (Math.abs(slope) < 1e-12) break;
    let size = 1;
    let next = fit;
    let nextLoss = Number.POSITIVE_INFINITY;
    for (; size >= 1e-10; size /= 2) {
      next = { a: fit.a + size * da, b: fit.b + size * db };
      nextLoss = crossEntropy(scores, targets, next);
      if (nextLoss < loss + 1e-4 * size * slope) break;
    }
    if (size < 1e-10) break;
    [fit, loss] = [next, nextLoss];
  }
  return fit;
}

/** First and second derivatives of `crossEntropy` by `a` and `b`. */
export interface Curvature {
  ga: number;
  gb: number;
  haa: number;
  hab: number;
  hbb: number;
}

/** What the cases say of a fit. @param start what is known before them, changed in place and given back */
export function curvature(scores: ArrayLike<number>, targets: ArrayLike<number>, fit: Platt, start: Curvature) {
  for (let i = 0; i < scores.length; i++) {
    const score = scores[i]!;
    const p = plattAt(fit, score);
    const spread = p * (1 - p);
    const error = p - targets[i]!;
    start.haa += score * score * spread;
    start.hab += score * spread;
    start.hbb += spread;
    start.ga += score * error;
    start.gb += error;
  }
  return start;
}

/** The step to the minimum of a parabola. */
export function newtonStep({ ga, gb, haa, hab, hbb }: Curvature): { da: number; db: number } {
  const determinant = haa * hbb - hab * hab;
  return { da: -(hbb * ga - hab * gb) / determinant, db: -(haa * gb - hab * ga) / determinant };
}

/** Negative log-likelihood of targets in [0, 1], in nats. */
export function crossEntropy(scores: ArrayLike<number>, targets: ArrayLike<number>, { a, b }: Platt): number {
  let loss = 0;
  for (let i = 0; i < scores.length; i++) {
    const logit = a * scores[i]! + b;
    // log(1 + exp(logit)) without overflow
    loss += Math.max(logit, 0) + Math.log1p(Math.exp(-Math.abs(logit))) - targets[i]! * logit;
  }
  return loss;
}

/** A rising curve: knots in order of score; straight between them, level outside. */
export interface Isotonic {
  scores: number[];
  values: number[];
}

/**
 * The rising curve nearest to the labels in least squares, by pooling adjacent violators (Zadrozny & Elkan 2002).
 * Each pooled block keeps its first and last score as knots. No cases: no knots.
 */
export function fitIsotonic(scores: ArrayLike<number>, y: Labels): Isotonic {
  const blocks: { from: number; to: number; sum: number; n: number }[] = [];
  for (const i of ascending(scores)) {
    const score = scores[i]!;
    const last = blocks.at(-1);
    if (last?.to === score) {
      last.sum += Number(y[i]);
      last.n++;
    } else blocks.push({ from: score, to: score, sum: Number(y[i]), n: 1 });
  }
  const pooled: typeof blocks = [];
  for (const block of blocks) {
    pooled.push(block);
    while (pooled.length > 1 && mean(pooled.at(-2)!) >= mean(pooled.at(-1)!)) {
      const { to, sum, n } = pooled.pop()!;
      const before = pooled.at(-1)!;
      pooled[pooled.length - 1] = { from: before.from, to, sum: before.sum + sum, n: before.n + n };
    }
  }
  const knots = pooled.flatMap((block) => (block.from === block.to ? [block.from] : [block.from, block.to]));
  const values = pooled.flatMap((block) => (block.from === block.to ? [mean(block)] : [mean(block), mean(block)]));
  return { scores: knots, values };
}

/** The value of a curve at a score. @throws RangeError if it has no knots */
export function isotonicAt({ scores, values }: Isotonic, score: number): number {
  const last = scores.length - 1;
  if (last < 0) throw new RangeError('A curve without knots has no values.');
  if (score <= scores[0]!) return values[0]!;
  if (score >= scores[last]!) return values[last]!;
  let low = 0;
  let high = last;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (scores[middle]! <= score) low = middle;
    else high = middle;
  }
  const share = (score - scores[low]!) / (scores[high]! - scores[low]!);
  return values[low]! + share * (values[high]! - values[low]!);
}

const mean = ({ sum, n }: { sum: number; n: number }) => sum / n;

const ascending = (values: ArrayLike<number>): Uint32Array =>
  Uint32Array.from({ length: values.length }, (_, i) => i).sort((a, b) => values[a]! - values[b]! || a - b);
