/** A gauge of the last minutes is forgotten after this long. */
export const PEAK_MS = 420_000;
/** Of what was told within one of these only the largest is kept, so that eight are the most there are. */
const SLOT_MS = 60_000;

/**
 * What was told of a gauge and nothing since has reached: value and epoch ms by turns, the largest and oldest first.
 * Earlier versions kept the largest alone, as `[value, at]`: that is a list of one here, and of ours they read the first.
 */
export type Peaks = readonly number[];

type Peak = [value: number, at: number];

/** @returns the peaks once this was told as well, in whatever order it came */
export function withPeak(peaks: Peaks, value: number, at: number): Peaks {
  const told = [...eachPeak(peaks), [value, at] satisfies Peak].sort((a, b) => a[1] - b[1]);
  const oldest = told.at(-1)![1] - PEAK_MS;
  const kept: Peak[] = [];
  for (const peak of told.filter(([, when]) => when >= oldest)) {
    while (kept.length > 0 && kept.at(-1)![0] <= peak[0]) kept.pop();
    const before = kept.at(-1);
    // up to a minute too long is better than to forget what is smaller while it still counts
    if (before && slotOf(before[1]) === slotOf(peak[1])) before[1] = peak[1];
    else kept.push(peak);
  }
  return kept.flat();
}

/** The largest of the last minutes; 0: nothing was told in them. */
export const peakAt = (peaks: Peaks, now: number): number =>
  eachPeak(peaks).find(([, at]) => at >= now - PEAK_MS)?.[0] ?? 0;

export const eachPeak = (peaks: Peaks): Peak[] =>
  Array.from({ length: peaks.length / 2 }, (_, i) => [peaks[2 * i]!, peaks[2 * i + 1]!]);

const slotOf = (at: number): number => Math.floor(at / SLOT_MS);
