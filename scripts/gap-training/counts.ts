import type { CountModel } from '../../src/archaeology/gaps/blend.ts';
import type { ConversationScan } from '../../src/archaeology/gaps/conversation-scan.ts';
import type { Boundaries } from '../../src/archaeology/gaps/features.ts';
import { countFeatures, countPosterior, missingCount } from '../../src/archaeology/gaps/missing-count.ts';

/** A hole that was found, and how many it lacks. */
export interface FoundHole {
  scan: ConversationScan;
  boundaries: Boundaries;
  at: number;
  missing: number;
}

/** Share of the intervals that hold the true number. */
const COVERAGE = 0.92;
const STEPS = 400;
const RATE = 0.05;
const SHRINK = 2e-2;

/** Likeliest factors by gradient ascent (Adam). @param most the longest run there can be */
export function fitCounts(holes: readonly FoundHole[], most: number): CountModel {
  const width = holes.length === 0 ? 1 : countFeatures(holes[0]!.scan, holes[0]!.boundaries, holes[0]!.at).length;
  const inputs = holes.map(({ scan, boundaries, at }) => countFeatures(scan, boundaries, at));
  const model = { log: new Array<number>(width).fill(0), linear: new Array<number>(width).fill(0), most, tail: 0.05 };
  const [mean, square] = [new Float64Array(2 * width), new Float64Array(2 * width)];
  for (let step = 1; step <= STEPS; step++) {
    const slope = new Float64Array(2 * width);
    for (const [h, { scan, boundaries, at, missing }] of holes.entries()) {
      const posterior = countPosterior(model, scan, boundaries, at);
      let [byLog, byLinear] = [Math.log(missing), missing / 10];
      for (let k = 1; k <= most; k++) {
        byLog -= posterior[k - 1]! * Math.log(k);
        byLinear -= (posterior[k - 1]! * k) / 10;
      }
      for (let j = 0; j < width; j++) {
        slope[j]! += inputs[h]![j]! * byLog;
        slope[width + j]! += inputs[h]![j]! * byLinear;
      }
    }
    for (const [part, factors] of [model.log, model.linear].entries()) {
      for (let j = 0; j < width; j++) {
        const at = part * width + j;
        const value = slope[at]! / holes.length - SHRINK * factors[j]!;
        mean[at] = 0.9 * mean[at]! + 0.1 * value;
        square[at] = 0.99 * square[at]! + 0.01 * value * value;
        factors[j]! += (RATE * mean[at]!) / (1 - 0.9 ** step) / (Math.sqrt(square[at]! / (1 - 0.99 ** step)) + 1e-8);
      }
    }
  }
  return { ...model, tail: tailOf(model, holes) };
}

/** The largest that still covers: numbers are whole, so an interval holds more than its ends say. */
function tailOf(model: CountModel, holes: readonly FoundHole[]): number {
  let best = 0.01;
  for (let tail = 0.01; tail <= 0.3; tail += 0.01) {
    if (coverage({ ...model, tail }, holes) >= COVERAGE) best = tail;
  }
  return Number(best.toFixed(2));
}

/** Share of the holes whose length lies in the interval that is told of them. */
export function coverage(model: CountModel, holes: readonly FoundHole[]): number {
  const covered = holes.filter(({ scan, boundaries, at, missing }) => {
    const { low, high } = missingCount(model, scan, boundaries, at);
    return low <= missing && missing <= high;
  });
  return covered.length / Math.max(1, holes.length);
}
