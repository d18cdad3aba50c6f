import { DAY_MS, SCALE, weekStart } from '../day-sums.ts';
import type { WeeklyRow } from '../evolution/weekly-row.ts';
import { type Mover, strongest } from './movers.ts';
import type { PersonalityState } from './personality-state.ts';
import { type Posterior, posteriorOf, trustOf } from './posterior.ts';
import { choiceOf, inputOf, likenessOf, scoresOf } from './score.ts';
import { TRAIT_NAMES, TRAITS, type Trait } from './traits.ts';
import { type Basis, type Head, type PersonalityWeights, shippedWeights } from './weights.ts';

/** No number is shown below this. */
const SUFFICIENT_WORDS = 100;
/** About what the published studies ask for. */
const SETTLED_WORDS = 1200;

export interface TraitView extends Posterior {
  /** the messages that pulled the trait most, strongest first */
  movedBy: Mover[];
}

export interface PersonalityView {
  state: 'insufficient' | 'tentative' | 'settled';
  /** words seen, those of other languages included */
  words: number;
  /** of them in a language that the model does not read */
  otherWords: number;
  messages: number;
  /**
   * What the numbers rest on: `embedding` is vectors and words, `lexical` words alone (no weights for the vectors'
   * model), `surface` marks and lengths alone (another language): it says next to nothing.
   */
  basis: Basis;
  /** embedding model, where the basis is one */
  model: string | null;
  /** of the weights */
  version: string;
  /** how like the training texts the writing looks, in (0, 1]; what is said is drawn to the mean by it */
  likeness: number | null;
  /** null while the state is insufficient */
  traits: Record<Trait, TraitView> | null;
}

/** What is known of a person now. */
export function personalityProfile(
  state: PersonalityState,
  weights: PersonalityWeights = shippedWeights(),
): PersonalityView {
  const { basis, head, model, words } = choiceOf(state, weights);
  const standing = words < SUFFICIENT_WORDS ? 'insufficient' : words < SETTLED_WORDS ? 'tentative' : 'settled';
  const shown = {
    state: standing,
    words: state.words + state.otherWords,
    otherWords: state.otherWords,
    messages: state.messages,
    basis,
    model,
    version: weights.version,
  } as const;
  if (standing === 'insufficient') return { ...shown, likeness: null, traits: null };
  const input = inputOf(state, model, weights);
  const scores = scoresOf(head, input);
  const likeness = likenessOf(input);
  const trust = likeness * trustOf(words, head, weights);
  const traits = TRAITS.map((trait, t) => {
    const posterior = posteriorOf(scores[t]!, head.calibration[t]!, weights.population[t]!, trust);
    return [trait, { ...posterior, movedBy: strongest(state.movers, trait) }];
  });
  return { ...shown, likeness, traits: Object.fromEntries(traits) as Record<Trait, TraitView> };
}

/** The traits by week, oldest first, each from that week's messages alone: their means on [0, 1], drawn to the population's by as much as the words are few. */
export function weeklyTraits(state: PersonalityState, weights: PersonalityWeights = shippedWeights()): WeeklyRow[] {
  const weeks = new Map<number, Float64Array>();
  for (const [day, sums] of state.days.inOrder()) {
    const start = weekStart(day * DAY_MS);
    const week = weeks.get(start);
    if (week === undefined) weeks.set(start, sums.slice());
    else for (let i = 0; i < sums.length; i++) week[i]! += sums[i]!;
  }
  const { head, model } = choiceOf(state, weights);
  const likeness = likenessOf(inputOf(state, model, weights));
  return [...weeks].map(([start, sums]) => {
    const [messages = 0, words = 0] = sums;
    const trust = likeness * trustOf(words, head, weights);
    const values = TRAITS.map((trait, t) => {
      const score = sums[2 + t]! / SCALE / Math.max(1, words) + usualScore(head, t);
      return [TRAIT_NAMES[trait], posteriorOf(score, head.calibration[t]!, weights.population[t]!, trust).mean];
    });
    return { start, messages, words, values: Object.fromEntries(values) };
  });
}

/** Score of the training texts' mean, from which pulls are counted. */
const usualScore = (head: Head, trait: number): number =>
  head.intercept[trait]! + head.usual.buckets[trait]! + (head.usual.vector[trait] ?? 0);
