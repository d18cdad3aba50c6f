const DAY = 86_400;
const BUSIEST = 72_000; // 20:00

/**
 * How much more or less than on average comes in at a time of day: 1 on average, `peakFactor` at 20:00, least at 08:00
 * (a von Mises density; its concentration is found by halving).
 *
 * @param peakFactor at least 1
 */
export function dayCurve(peakFactor: number): (second: number) => number {
  if (peakFactor <= 1) return () => 1;
  let [low, high] = [0, 200];
  for (let i = 0; i < 60; i++) {
    const middle = (low + high) / 2;
    if (1 / scaledBessel(middle) < peakFactor) low = middle;
    else high = middle;
  }
  const average = scaledBessel(low);
  return (second) => Math.exp(low * (Math.cos((2 * Math.PI * (second - BUSIEST)) / DAY) - 1)) / average;
}

/** exp(-x) I0(x): the mean of exp(x (cos t - 1)) over a turn, which a plain sum gives to many digits. */
function scaledBessel(x: number): number {
  const steps = 1_024;
  let sum = 0;
  for (let i = 0; i < steps; i++) sum += Math.exp(x * (Math.cos((2 * Math.PI * i) / steps) - 1));
  return sum / steps;
}
