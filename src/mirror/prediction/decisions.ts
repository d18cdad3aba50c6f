import { cosine } from '../../dialogue/cosine.ts';
import { overlap, weighTerms } from '../../dialogue/turn-words.ts';
import { sameText } from '../../text/same-text.ts';
import { words } from '../../text/tokenize.ts';
import type { Decision } from './ports.ts';

/** Below this chance of being right, nothing is predicted unless the caller sets another floor. */
export const DECISION_FLOOR = 0.5;
/** A decision of so long ago counts half. */
const HALF_LIFE_MS = 180 * 24 * 3_600_000;
/** Decisions whose contexts have less in common say nothing of each other. */
const LEAST_LIKENESS = 0.25;
/** Likeness counts by this power: one decision of the same kind outweighs several vaguely like it. */
const LIKENESS_POWER = 3;
/** What stands for not knowing: so much weight, spread over the options. */
const PRIOR_WEIGHT = 0.5;
const SHOWN_SOURCES = 5;
const UNIT_RARITY = () => 1;

export interface DecisionRequest {
  context: string;
  /** of `context`, unit length; null: not embedded */
  vector: Float32Array | null;
  model: string | null;
  /** empty: whatever was chosen in like contexts */
  options: readonly string[];
  /** epoch ms */
  now: number;
  floor?: number;
}

export interface RankedOption {
  option: string;
  probability: number;
  /** decisions it rests on, weightiest first */
  sources: string[];
}

export interface DecisionPrediction {
  /** best first; probabilities add up to 1 with given options, to less without */
  ranked: RankedOption[];
  /** the best of them; null when abstained */
  answer: RankedOption | null;
  confidence: number;
  floor: number;
  abstained: 'no_options' | 'no_like_decision' | 'below_floor' | null;
  reason: string;
}

/** A past decision with what it weighs for the one at hand. */
interface Precedent {
  decision: Decision;
  weight: number;
}

/**
 * What the person would choose: each past decision speaks for its choice by likeness of context × recency × how it turned
 * out (choices that turned out well come again: Thorndike's law of effect); a regretted one speaks for the other options.
 * Smoothed by a prior over the options, so that little evidence gives little confidence.
 */
export function predictDecision(request: DecisionRequest, past: readonly Decision[]): DecisionPrediction {
  const { floor = DECISION_FLOOR } = request;
  const nothing = (abstained: 'no_options' | 'no_like_decision', reason: string): DecisionPrediction => ({
    ...{ ranked: [], answer: null, confidence: 0, floor, abstained, reason },
  });
  const precedents = past
    .map((decision) => ({ decision, weight: weightOf(decision, request) }))
    .filter(({ weight }) => weight > 0)
    .toSorted((a, b) => b.weight - a.weight);
  const options =
    request.options.length > 0 ? request.options : distinctTexts(precedents.map(({ decision }) => decision.choice));
  if (precedents.length === 0) return nothing('no_like_decision', 'No decision like this one was recorded.');
  if (options.length === 0) return nothing('no_options', 'There is nothing to choose from.');
  const ranked = rankOptions(options, precedents, request.options.length === 0);
  const best = ranked[0]!;
  if (best.sources.length === 0) return nothing('no_like_decision', 'No like decision chose any of these.');
  const isBelow = best.probability < floor;
  return {
    ...{ ranked, confidence: best.probability, floor },
    answer: isBelow ? null : best,
    abstained: isBelow ? 'below_floor' : null,
    reason: isBelow
      ? 'No option is likely enough.'
      : `${best.sources.length === 1 ? 'A like decision speaks' : 'Like decisions speak'} for it.`,
  };
}

/** @param isOpen the options are only those that were chosen before, so the choice may be another one */
function rankOptions(options: readonly string[], precedents: readonly Precedent[], isOpen: boolean): RankedOption[] {
  const prior = PRIOR_WEIGHT / (options.length + Number(isOpen));
  const masses = options.map(() => prior);
  const sources = options.map((): string[] => []);
  for (const { decision, weight } of precedents) {
    const matches = matchesOf(decision.choice, options);
    const liking = (1 + (decision.outcome ?? 0.5)) / 1.5;
    for (const [i, match] of matches.entries()) {
      masses[i]! += weight * match * liking;
      if (match > 0 && liking > 0 && sources[i]!.length < SHOWN_SOURCES) sources[i]!.push(decision.id);
    }
  }
  const whole = masses.reduce((sum, mass) => sum + mass, isOpen ? prior : 0);
  return options
    .map((option, i) => ({ option, probability: masses[i]! / whole, sources: sources[i]! }))
    .toSorted((a, b) => b.probability - a.probability);
}

function weightOf({ context, vector, model, decidedAt }: Decision, request: DecisionRequest): number {
  const isComparable = vector !== null && request.vector !== null && model === request.model;
  const likeness = isComparable ? cosine(vector, request.vector) : wordLikeness(context, request.context);
  if (likeness < LEAST_LIKENESS) return 0;
  return likeness ** LIKENESS_POWER * 2 ** (-Math.max(0, request.now - decidedAt) / HALF_LIFE_MS);
}

/** How much a choice speaks for each option: shared by those of the same words, else shared out by words in common. */
function matchesOf(choice: string, options: readonly string[]): number[] {
  const key = sameText(choice);
  const same = options.map((option) => Number(sameText(option) === key));
  const sharers = same.reduce((sum, each) => sum + each, 0);
  if (sharers > 0) return same.map((each) => each / sharers);
  const alike = options.map((option) => wordLikeness(option, choice));
  const whole = Math.max(
    1,
    alike.reduce((sum, likeness) => sum + likeness, 0),
  );
  return alike.map((likeness) => likeness / whole);
}

const wordLikeness = (a: string, b: string) =>
  overlap(weighTerms(words(a), UNIT_RARITY), weighTerms(words(b), UNIT_RARITY));

function distinctTexts(texts: readonly string[]): string[] {
  return [...new Map(texts.toReversed().map((text) => [sameText(text), text])).values()].toReversed();
}
