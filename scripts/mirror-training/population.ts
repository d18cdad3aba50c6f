import { TRAITS } from '../../src/mirror/personality/traits.ts';
import type { Population } from '../../src/mirror/personality/weights.ts';
import type { Writer } from '../../test/eval/personality/people.ts';
import { average } from './design.ts';

const COVERED = 0.9;

/** Where people stand on each scale, every person once. The interval is as wide as what it has to cover. */
export function populationOf(writers: readonly Writer[]): Population[] {
  const persons = [...new Map(writers.map((writer) => [writer.person, writer])).values()];
  return TRAITS.map((_, t) => {
    const values = persons.map(({ labels }) => labels[t]!);
    const mean = average(values);
    const deviation = Math.sqrt(average(values.map((value) => (value - mean) ** 2)));
    return { mean, deviation, halfWidth: coveringQuantile(values.map((value) => Math.abs(value - mean))) / deviation };
  });
}

/** Smallest distance that holds 90 % of cases like these (split conformal: Lei et al. 2018); ties are met half way. */
export function coveringQuantile(distances: readonly number[]): number {
  const sorted = [...distances].sort((a, b) => a - b);
  const at = COVERED * (sorted.length + 1) - 1;
  const below = sorted[Math.min(sorted.length - 1, Math.max(0, Math.floor(at)))]!;
  const above = sorted[Math.min(sorted.length - 1, Math.max(0, Math.ceil(at)))]!;
  return below + (above - below) * (at - Math.floor(at));
}
