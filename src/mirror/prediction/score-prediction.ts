import { cosine } from '../../dialogue/cosine.ts';
import type { Turn } from '../../dialogue/turn.ts';
import {
  brier,
  expectedCalibrationError,
  type ReliabilityBin,
  reliabilityTable,
  wilson,
} from '../../statistics/calibration.ts';
import { sameText } from '../../text/same-text.ts';

/** What is kept of a prediction until the truth arrives: storage adds its id, its kind and what it was about. */
export interface ShownPrediction {
  /** best first */
  ranked: readonly { text: string; probability: number }[];
  confidence: number;
  /** nothing was predicted: the ranking is scored, the hit does not count */
  isAbstained: boolean;
}

/** How a prediction did. */
export interface PredictionScore {
  /** the best candidate was right */
  isHit: boolean;
  /** place of the truth in the ranking from 1; null: it was not among the candidates */
  rank: number | null;
  /** probability that was shown for the truth, 0 where it was not among the candidates */
  probability: number;
  /** squared error of the confidence in the best candidate, 0 to 1 */
  brier: number;
  /** chance of a guess: 1 / candidates, 0 without any */
  chance: number;
}

/** Cosine from which a reply is held to say what was predicted. */
export const SAME_EFFECT = 0.8;

/**
 * Scores a prediction when the true reply or choice has arrived. A candidate is right if it says the same words; with
 * `vectors`, also if it is to the same effect (cosine of at least `SAME_EFFECT`).
 * @param truth what was said or chosen
 * @param vectors of the ranked candidates, in their order, of the model of the truth's vector
 */
export function scorePrediction(
  { ranked, confidence }: ShownPrediction,
  truth: Pick<Turn, 'text' | 'vector'>,
  vectors: readonly (Float32Array | null)[] = [],
): PredictionScore {
  const key = sameText(truth.text);
  const exact = ranked.findIndex(({ text }) => sameText(text) === key);
  const at = exact >= 0 ? exact : ranked.findIndex((_, i) => cosine(vectors[i] ?? null, truth.vector) >= SAME_EFFECT);
  const isHit = at === 0;
  return {
    isHit,
    rank: at < 0 ? null : at + 1,
    probability: ranked[at]?.probability ?? 0,
    brier: (confidence - Number(isHit)) ** 2,
    chance: ranked.length === 0 ? 0 : 1 / ranked.length,
  };
}

/** How predictions of one kind did, all together. */
export interface PredictionRecord {
  /** predictions whose truth has arrived, and how many of them had abstained */
  scored: number;
  abstained: number;
  /** of those that had not abstained; null where there are none */
  hitRate: number | null;
  /** 90 % interval of the hit rate */
  hitRateInterval: [low: number, high: number];
  /** hit rate of a guess on the same predictions */
  chance: number | null;
  /** of the confidence, over all scored */
  brier: number | null;
  ece: number | null;
  reliability: ReliabilityBin[];
}

/** @param scored what was shown and how it did, in any order */
export function recordOf(
  scored: readonly { shown: Pick<ShownPrediction, 'confidence' | 'isAbstained'>; score: PredictionScore }[],
): PredictionRecord {
  const made = scored.filter(({ shown }) => !shown.isAbstained);
  const hits = made.filter(({ score }) => score.isHit).length;
  const confidences = scored.map(({ shown }) => shown.confidence);
  const outcomes = scored.map(({ score }) => score.isHit);
  const orNull = (value: number) => (Number.isNaN(value) ? null : value);
  return {
    scored: scored.length,
    abstained: scored.length - made.length,
    hitRate: orNull(hits / made.length),
    hitRateInterval: wilson(hits, made.length),
    chance: orNull(made.reduce((sum, { score }) => sum + score.chance, 0) / made.length),
    brier: orNull(brier(confidences, outcomes)),
    ece: orNull(expectedCalibrationError(confidences, outcomes)),
    reliability: reliabilityTable(confidences, outcomes),
  };
}
