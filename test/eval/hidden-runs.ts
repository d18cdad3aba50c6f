import { seeded } from '../../src/statistics/seeded.ts';

/** Shortest and longest run that is hidden, in turns; every length between is as likely. */
export const RUN = { min: 1, max: 20 } as const;
/** A run for this many turns of the chat, so that 450 turns lose five: "a handful". About a tenth of the chat is hidden. */
export const TURNS_A_RUN = 90;
/** Turns left in peace between two runs, and before the first and after the last: a hole at an end has one side only. */
const APART = 6;

/** Where a run was taken out of a chat, in terms of what is left. */
export interface HiddenRun {
  /** the run stood right after this position of the turns that are left */
  after: number;
  length: number;
}

export interface HoledChat<T> {
  left: T[];
  runs: HiddenRun[];
}

/**
 * Hides runs of turns. What it returns is all that an index, a model or a detector is given: the hidden turns are gone
 * before any of them is made, and positions and lengths of the holes stay with the harness.
 */
export function hideRuns<T>(turns: readonly T[], seed: number): HoledChat<T> {
  const random = seeded(seed);
  const wanted = Math.max(1, Math.round(turns.length / TURNS_A_RUN));
  const taken: { from: number; length: number }[] = [];
  for (let attempt = 0; attempt < 50 * wanted && taken.length < wanted; attempt++) {
    const length = RUN.min + Math.floor(random() * (RUN.max - RUN.min + 1));
    const from = APART + Math.floor(random() * (turns.length - length - 2 * APART + 1));
    const isFree = taken.every((run) => from >= run.from + run.length + APART || run.from >= from + length + APART);
    if (from >= APART && isFree) taken.push({ from, length });
  }
  taken.sort((a, b) => a.from - b.from);
  const left: T[] = [];
  const runs: HiddenRun[] = [];
  let next = 0;
  for (const { from, length } of taken) {
    for (; next < from; next++) left.push(turns[next]!);
    runs.push({ after: left.length - 1, length });
    next = from + length;
  }
  for (; next < turns.length; next++) left.push(turns[next]!);
  return { left, runs };
}
