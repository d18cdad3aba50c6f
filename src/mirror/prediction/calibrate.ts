import { cosine } from '../../dialogue/cosine.ts';
import { joinSpeakers } from '../../dialogue/join-messages.ts';
import { softmax, turnFit } from '../../dialogue/turn-fit.ts';
import {
  brier,
  expectedCalibrationError,
  type ReliabilityBin,
  reliabilityTable,
  wilson,
} from '../../statistics/calibration.ts';
import { seeded } from '../../statistics/seeded.ts';
import { sameText } from '../../text/same-text.ts';
import { CONTEXT_TURNS, type PastReply } from './ports.ts';

/** Most replies that are held back in one run: the work has a bound however long the history is. */
export const HELD_BACK = 200;
/** Most replies that a run reads, held back or not: where distractors are drawn from. */
export const CALIBRATION_REPLIES = 400;
/** Fewer held-back replies say nothing about a person. */
export const LEAST_HELD_BACK = 20;
const CANDIDATES = 10;
/** Factors of the scores that are tried; 1 first, so that it wins ties. */
const SHARPNESS = [1, 0.5, 0.6, 0.7, 0.8, 0.9, 1.1, 1.25, 1.5, 1.75, 2];
/** Held-back replies that speak for leaving the scores as they are. */
const PRIOR_CASES = 20;

/** What calibration needs of a person's history. */
export interface CalibrationHistory {
  /** embedding model of the vectors; null: none */
  model: string | null;
  /** at most `CALIBRATION_REPLIES` of the person's replies that have a context, in a fixed order */
  replies: readonly PastReply[];
  rarity?: (term: string) => number;
}

export interface CalibrationReport {
  /** replies that were held back, and candidates each was hidden among */
  heldBack: number;
  candidates: number;
  hitRate: number;
  /** 90 % */
  hitRateInterval: [low: number, high: number];
  /** hit rates of simple predictors on the same candidates: a guess, the reply said most often, the likest context's reply */
  baselines: { chance: number; frequency: number; nearest: number };
  /** of the confidence in the best candidate; `uncalibrated` as it was before this person's own correction */
  brier: number;
  ece: number;
  uncalibrated: { brier: number; ece: number };
  reliability: ReliabilityBin[];
  /** for `PersonalCalibration`, from all of the held-back replies */
  sharpness: number;
}

interface Case {
  scores: Float64Array;
  gold: number;
  frequency: number;
  nearest: number;
}

/**
 * Hides the person's own replies among others of theirs and looks how well they are found. Distractors are drawn as
 * often as they were said, so habit tells nothing here and is left out. The figures are cross-fitted: the sharpness
 * that a reply is judged with comes from the other half. null: fewer than `LEAST_HELD_BACK` replies can be used.
 *
 * A run scores at most `HELD_BACK` × 10 candidates; the nearest-context baseline compares them with all that were read.
 * @param seed the same seed and history give the same report
 */
export function calibrate(history: CalibrationHistory, seed = 1): CalibrationReport | null {
  const cases = casesOf(history, seed);
  if (cases.length < LEAST_HELD_BACK) return null;
  const halves = [0, 1].map((half) => fitSharpness(cases.filter((_, i) => i % 2 !== half)));
  const own = judged(cases, (i) => halves[i % 2]!);
  const shipped = judged(cases, () => 1);
  const hits = own.outcomes.filter(Boolean).length;
  const mean = (value: (one: Case) => number) => cases.reduce((sum, one) => sum + value(one), 0) / cases.length;
  return {
    heldBack: cases.length,
    candidates: CANDIDATES,
    hitRate: hits / cases.length,
    hitRateInterval: wilson(hits, cases.length),
    baselines: {
      chance: 1 / CANDIDATES,
      frequency: mean(({ frequency }) => frequency),
      nearest: mean(({ nearest }) => nearest),
    },
    brier: brier(own.confidences, own.outcomes),
    ece: expectedCalibrationError(own.confidences, own.outcomes),
    uncalibrated: {
      brier: brier(shipped.confidences, shipped.outcomes),
      ece: expectedCalibrationError(shipped.confidences, shipped.outcomes),
    },
    reliability: reliabilityTable(own.confidences, own.outcomes),
    sharpness: fitSharpness(cases),
  };
}

function casesOf({ model, replies, rarity }: CalibrationHistory, seed: number): Case[] {
  const random = seeded(seed);
  const pool = replies.slice(0, CALIBRATION_REPLIES);
  const times = countTexts(pool);
  const cases: Case[] = [];
  for (let n = 0; n < Math.min(HELD_BACK, pool.length); n++) {
    // spread evenly over what was read
    const hidden = pool[Math.floor((n * pool.length) / Math.min(HELD_BACK, pool.length))]!;
    const others = distractorsOf(hidden, pool, random);
    if (others.length < CANDIDATES - 1) continue;
    const gold = Math.floor(random() * CANDIDATES);
    const candidates = others.toSpliced(gold, 0, hidden);
    const { scores } = turnFit(
      { before: joinSpeakers(hidden.context.slice(-CONTEXT_TURNS)), after: [] },
      candidates.map(({ turn }) => turn),
      { model, ...(rarity === undefined ? {} : { rarity }) },
    );
    const said = candidates.map((reply) => times.get(sameText(reply.turn.text))! - Number(reply === hidden));
    const nearest = nearestOf(hidden, pool);
    const like = candidates.map(({ turn }) => cosine(turn.vector, nearest?.turn.vector ?? null));
    cases.push({ scores, gold, frequency: shareOfBest(said, gold), nearest: shareOfBest(like, gold) });
  }
  return cases;
}

/** Other replies of the person in other words, and none that stands in the context: it would be no distractor but a copy. */
function distractorsOf(hidden: PastReply, pool: readonly PastReply[], random: () => number): PastReply[] {
  const taken = new Set([hidden.turn, ...hidden.context].map(({ text }) => sameText(text)));
  const chosen: PastReply[] = [];
  // a pool of one text repeated would never fill up
  for (let tries = 0; tries < 10 * CANDIDATES && chosen.length < CANDIDATES - 1; tries++) {
    const other = pool[Math.floor(random() * pool.length)]!;
    const key = sameText(other.turn.text);
    if (taken.has(key)) continue;
    taken.add(key);
    chosen.push(other);
  }
  return chosen;
}

function nearestOf(hidden: PastReply, pool: readonly PastReply[]): PastReply | undefined {
  const now = hidden.context.at(-1)?.vector ?? null;
  let nearest: PastReply | undefined;
  let most = Number.NEGATIVE_INFINITY;
  for (const other of pool) {
    if (other === hidden) continue;
    const likeness = cosine(now, other.context.at(-1)?.vector ?? null);
    if (likeness > most) [nearest, most] = [other, likeness];
  }
  return nearest;
}

function countTexts(pool: readonly PastReply[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { turn } of pool) counts.set(sameText(turn.text), (counts.get(sameText(turn.text)) ?? 0) + 1);
  return counts;
}

/** Chance that a predictor that takes the highest, and any one of equals, takes the right one. */
function shareOfBest(values: readonly number[], gold: number): number {
  const highest = Math.max(...values);
  return values[gold] === highest ? 1 / values.filter((value) => value === highest).length : 0;
}

function judged(cases: readonly Case[], sharpnessOf: (i: number) => number) {
  const confidences: number[] = [];
  const outcomes: boolean[] = [];
  for (const [i, { scores, gold }] of cases.entries()) {
    const shares = softmax(scores.map((score) => score * sharpnessOf(i)));
    const best = shares.indexOf(Math.max(...shares));
    confidences.push(shares[best]!);
    outcomes.push(best === gold);
  }
  return { confidences, outcomes };
}

/** The factor under which the truth was likeliest, held near 1 by `PRIOR_CASES`. */
function fitSharpness(cases: readonly Case[]): number {
  let best = { sharpness: 1, loss: Number.POSITIVE_INFINITY };
  for (const sharpness of SHARPNESS) {
    const loss = cases.reduce(
      (sum, { scores, gold }) => sum - Math.log(softmax(scores.map((score) => score * sharpness))[gold]!),
      PRIOR_CASES * Math.log(sharpness) ** 2,
    );
    if (loss < best.loss) best = { sharpness, loss };
  }
  return best.sharpness;
}
