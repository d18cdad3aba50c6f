/**
 * Benjamini & Hochberg 1995: of each p-value the smallest level at which it counts as a discovery, where the expected
 * share of false ones among all discoveries is held at that level. In the order of the input.
 *
 * @param tests how many tests were made in all, where only the smallest p-values are given
 */
export function benjaminiHochberg(p: ArrayLike<number>, tests = p.length): number[] {
  const order = Array.from(p, (_, i) => i).sort((a, b) => p[b]! - p[a]!);
  const levels = new Array<number>(p.length).fill(1);
  let least = 1;
  for (const [i, each] of order.entries()) {
    least = Math.min(least, (p[each]! * tests) / (p.length - i));
    levels[each] = least;
  }
  return levels;
}
