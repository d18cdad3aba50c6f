/** Cut-offs reported. */
export const CUTS = [1, 5, 10, 25, 50] as const;

/**
 * Share of the gold turns among the first `k` shown, for each of CUTS. A list shorter than `k` counts as it is.
 *
 * @param ranked turn ids, best first; each a single turn
 * @param gold ids, at least one
 */
export function recallAtCuts(ranked: readonly string[], gold: readonly string[]): number[] {
  const wanted = new Set(gold);
  return CUTS.map((k) => {
    const found = new Set(ranked.slice(0, k).filter((id) => wanted.has(id)));
    return found.size / wanted.size;
  });
}

/** One answered question: its recall at each of CUTS. */
export interface Answered {
  sample: string;
  category: string;
  recall: number[];
}

/** Mean recall at each of CUTS; NaN for no question. */
export function meanRecall(answered: readonly Answered[]): number[] {
  return CUTS.map((_, cut) => answered.reduce((sum, { recall }) => sum + recall[cut]!, 0) / answered.length);
}

/**
 * Groups by category, with `all` and, where the set has questions that cannot be answered, `cat14`: all but those.
 */
export function byCategory(answered: readonly Answered[]): Map<string, Answered[]> {
  const groups = new Map<string, Answered[]>([['all', [...answered]]]);
  if (answered.some(({ category }) => category === 'adversarial')) {
    groups.set(
      'cat14',
      answered.filter(({ category }) => category !== 'adversarial'),
    );
  }
  for (const one of answered) groups.set(one.category, [...(groups.get(one.category) ?? []), one]);
  return groups;
}
