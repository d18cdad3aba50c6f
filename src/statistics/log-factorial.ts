/** Below this the sums are kept; above, Stirling's series is exact to double precision. */
const KEPT = 1024;
let sums: Float64Array | undefined;

/** ln(n!). @param n whole, 0 or more */
export function logFactorial(n: number): number {
  if (n >= KEPT) return n * Math.log(n) - n + 0.5 * Math.log(2 * Math.PI * n) + 1 / (12 * n) - 1 / (360 * n ** 3);
  if (sums === undefined) {
    sums = new Float64Array(KEPT);
    for (let i = 2; i < KEPT; i++) sums[i] = sums[i - 1]! + Math.log(i);
  }
  return sums[n]!;
}

/** ln of the number of ways to choose k of n. */
export const logChoose = (n: number, k: number): number => logFactorial(n) - logFactorial(k) - logFactorial(n - k);
