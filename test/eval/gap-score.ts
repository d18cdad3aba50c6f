import type { Gap } from '../../src/archaeology/gaps/gap-message.ts';
import type { HoledChat } from './hidden-runs.ts';

/** A gap may be told this many turns away from where the run stood. */
const NEAR = 1;

/** What became of the gaps that were told of one chat with hidden runs. */
export interface GapScore {
  /** each gap told: its chance, and the length of the run that it found, 0 if none; a run is found once */
  told: { afterId: string; probability: number; found: number; isCovered: boolean }[];
  /** each hidden run: its length and the chance of the gap that found it, 0 if none */
  runs: { length: number; probability: number }[];
}

/**
 * What an export itself marks as deleted is missing, whether or not the harness hid it (RealTalk has such marks): those
 * gaps are neither right nor wrong here.
 */
const isMark = ({ reasons }: Gap) => reasons[0]?.signal === 'deletion-mark';

/** Likeliest gap first, each takes the nearest run within ±1 turn that none has taken. */
export function scoreGaps<T extends { id: string }>(gaps: readonly Gap[], { left, runs }: HoledChat<T>): GapScore {
  const position = new Map(left.map(({ id }, i) => [id, i]));
  const score: GapScore = { told: [], runs: runs.map(({ length }) => ({ length, probability: 0 })) };
  for (const { afterId, probability, missing } of gaps
    .filter((gap) => !isMark(gap))
    .toSorted((a, b) => b.probability - a.probability)) {
    const at = position.get(afterId)!;
    const near = runs
      .map(({ after }, k) => ({ k, distance: Math.abs(after - at) }))
      .filter(({ k, distance }) => distance <= NEAR && score.runs[k]!.probability === 0)
      .sort((a, b) => a.distance - b.distance)[0];
    const found = near === undefined ? 0 : runs[near.k]!.length;
    if (near !== undefined) score.runs[near.k]!.probability = probability;
    score.told.push({ afterId, probability, found, isCovered: missing.low <= found && found <= missing.high });
  }
  return score;
}
