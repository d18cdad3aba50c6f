import type { CountModel } from './blend.ts';
import type { ConversationScan } from './conversation-scan.ts';
import type { Boundaries } from './features.ts';

export interface MissingCount {
  expected: number;
  low: number;
  high: number;
}

/** A silence this unlikely is itself evidence of how many are missing. */
const TELLING_SILENCE = 0.001;

/** What bears on the number of missing messages, besides whose turn it is; the first is 1. */
export function countFeatures(scan: ConversationScan, boundaries: Boundaries, i: number): number[] {
  const { isBreak, rhythm, sessions } = boundaries;
  const gap = Math.max(0, scan.times[i + 1]! - scan.times[i]!);
  const across = isBreak[i]!;
  const slow = across || gap === 0 ? 0 : Math.min(6, -Math.log(rhythm.withinSession(gap)));
  const short = (length: number) => Math.max(0, 1 - length / sessions.mean);
  const before = across ? short(sessions.before[i]!) : 0;
  const after = across ? short(sessions.after[i]!) : 0;
  return [1, across, slow, before, after];
}

/**
 * Chance of each number of missing messages, 1 … `most`, given that some are missing. Whose turn it is counts as in a
 * Markov chain of two: in a chat that alternates strictly, the same speaker twice means an odd number.
 */
export function countPosterior(
  model: CountModel,
  scan: ConversationScan,
  boundaries: Boundaries,
  i: number,
): Float64Array {
  const x = countFeatures(scan, boundaries, i);
  const dotted = (factors: readonly number[]) => factors.reduce((sum, factor, j) => sum + factor * x[j]!, 0);
  const [byLog, byLinear] = [dotted(model.log), dotted(model.linear)];
  const isSame = scan.speakers.values[i] === scan.speakers.values[i + 1];
  const persistence = boundaries.isBreak[i] ? 0 : 2 * boundaries.habits.same - 1;
  const out = new Float64Array(model.most);
  let total = 0;
  for (let k = 1; k <= model.most; k++) {
    const same = (1 + persistence ** (k + 1)) / 2;
    const turn = Math.max(1e-3, isSame ? same : 1 - same);
    total += out[k - 1] = turn * Math.exp(byLog * Math.log(k) + (byLinear * k) / 10);
  }
  return out.map((value) => value / total);
}

/** Mean and interval. After a silence that is no silence, the rhythm's own count may reach beyond what was learned. */
export function missingCount(
  model: CountModel,
  scan: ConversationScan,
  boundaries: Boundaries,
  i: number,
): MissingCount {
  const posterior = countPosterior(model, scan, boundaries, i);
  const expected = posterior.reduce((sum, chance, k) => sum + chance * (k + 1), 0);
  const { low, high } = interval(posterior, model.tail);
  if (boundaries.silence[i]! >= TELLING_SILENCE) return { expected, low, high };
  const unsaid = boundaries.rhythm.expectedMessages(scan.times[i]!, scan.times[i + 1]!);
  return unsaid <= model.most
    ? { expected, low, high }
    : { expected: unsaid, low, high: Math.ceil(unsaid + 3 * Math.sqrt(unsaid * boundaries.rhythm.sessionLength)) };
}

/** Numbers between which all but `tail` at each end lies. */
export function interval(posterior: Float64Array, tail: number): Pick<MissingCount, 'low' | 'high'> {
  return { low: quantile(posterior, tail), high: quantile(posterior, 1 - tail) };
}

function quantile(posterior: Float64Array, share: number): number {
  let sum = 0;
  for (let k = 0; k < posterior.length; k++) {
    sum += posterior[k]!;
    if (sum >= share) return k + 1;
  }
  return posterior.length;
}
