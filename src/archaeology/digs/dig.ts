import type { GapView } from '../gaps/contract.ts';
import type { PatternView } from '../patterns/contract.ts';
import type { DIG_PARTS, DIG_STATES } from './contract.ts';

export type DigPart = (typeof DIG_PARTS)[number];
export type DigState = (typeof DIG_STATES)[number];

/** What is worked on, in this order. */
const STAGES = ['scan', 'gaps', 'reconstructions', 'patterns', 'end'] as const;
export type DigStage = (typeof STAGES)[number];

export interface DigRequest {
  /** epoch ms */
  from: number;
  to: number;
  /** null: all */
  conversationId: string | null;
  include: readonly DigPart[];
}

/** What was found so far. */
export interface DigFindings {
  gaps: GapView[] | null;
  gapsTotal: number;
  /** gaps that are still to be reconstructed */
  left: string[];
  /** null: not asked for */
  reconstructionIds: string[] | null;
  patterns: PatternView[] | null;
  isOutdated: boolean;
}

export const NOTHING_FOUND: DigFindings = {
  gaps: null,
  gapsTotal: 0,
  left: [],
  reconstructionIds: null,
  patterns: null,
  isOutdated: false,
};

/** The first stage that there is anything to do in, from `stage` on. */
export function stageFrom(stage: DigStage, include: readonly DigPart[]): DigStage {
  const needsGaps = include.includes('gaps') || include.includes('reconstructions');
  const isWanted: Record<DigStage, boolean> = {
    scan: needsGaps,
    gaps: needsGaps,
    reconstructions: include.includes('reconstructions'),
    patterns: include.includes('patterns'),
    end: true,
  };
  return STAGES.slice(STAGES.indexOf(stage)).find((each) => isWanted[each])!;
}

export const stageAfter = (stage: DigStage, include: readonly DigPart[]): DigStage =>
  stage === 'end' ? 'end' : stageFrom(STAGES[STAGES.indexOf(stage) + 1]!, include);

/** Share of the work done, in [0, 1]. Scanning and patterns count as one piece each, each gap as one. */
export const digProgress = ({ state, done, total }: { state: DigState; done: number; total: number }): number =>
  state === 'completed' ? 1 : total === 0 ? 0 : Math.min(1, done / total);
