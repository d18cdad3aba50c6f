import { sigmoid } from '../statistics/calibration.ts';
import weights from './weights.json' with { type: 'json' };

/** What a search tells about whether it found an answer. */
export interface Evidence {
  /** highest cosine of the query with any message; 0 where nothing has a vector */
  cosine: number;
  /** best of the first three results: BM25 share of the message with its neighbours */
  words: number;
  /** share of the query's rarity in words that nobody ever used */
  unheard: number;
  /** how far the first result stands above the last of ten */
  gap: number;
  /** best score of what the named person said above the best of the others, -3 to 3, the names themselves left out */
  lead: number;
}

/** A time in which something was said answers the question what was said then. */
const BY_TIME_ALONE = 0.99;
const LONGEST_LEAD = 3;
const SHOWN = 3;

/**
 * Probability that an answer is among the first ten results, in [0, 1]: a logistic model of the evidence, fitted by
 * `scripts/train-search.ts` to answerable questions, questions that put the wrong person into a true story (LoCoMo's
 * adversarial ones), and one third as many that belong to another conversation. On conversations left out of the fit:
 * AUC 0.80, calibration error 0.03; 0.85 against what was never talked about, 0.76 against the wrong person. It is a
 * probability for that mixture: where nearly every question has an answer it is too low.
 *
 * @param evidence null where nothing was found
 */
export function answerable(evidence: Evidence | null, isOnlyTime: boolean): number {
  if (evidence === null) return 0;
  if (isOnlyTime) return BY_TIME_ALONE;
  const { bias, ...factors } = weights.answerable;
  let logit = bias;
  for (const [name, factor] of Object.entries(factors)) logit += factor * evidence[name as keyof Evidence];
  return sigmoid(logit);
}

/** Best scores of what the named people said and of what the others said. */
export class Lead {
  private named = Number.NEGATIVE_INFINITY;
  private others = Number.NEGATIVE_INFINITY;

  /** @param score without the shares that a name gives */
  note(isNamed: boolean, score: number): void {
    if (isNamed) this.named = Math.max(this.named, score);
    else this.others = Math.max(this.others, score);
  }

  /** 0 where there is nothing to compare. */
  get value(): number {
    if (!Number.isFinite(this.named) || !Number.isFinite(this.others)) return 0;
    return Math.max(-LONGEST_LEAD, Math.min(LONGEST_LEAD, this.named - this.others));
  }
}

/** Highest value among the first results. */
export const bestOf = (hits: readonly { row: number }[], scoreOf: (row: number) => number): number =>
  Math.max(0, ...hits.slice(0, SHOWN).map(({ row }) => scoreOf(row)));
