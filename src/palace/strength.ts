import { computeDecayFactor, createEmptyCard, default_w, fsrs, type Grade, Rating as Grades, State } from 'ts-fsrs';
import type { Rating } from './memories/contract.ts';

/** What FSRS knows of a memory. Times in epoch ms. */
export interface Trace {
  /** days until the strength falls to `DUE_STRENGTH` */
  stability: number;
  /** 1 (easy) to 10 */
  difficulty: number;
  /** reviews, the first meeting included */
  reps: number;
  /** reviews in which it was forgotten */
  lapses: number;
  lastReview: number;
  due: number;
}

/** A memory is due when its strength has fallen to this. */
const DUE_STRENGTH = 0.9;
const DAY_MS = 86_400_000;
/** Days after the last review at which a curve has a point. */
const CURVE_DAYS = [0, 0.25, 0.5, 1, 2, 4, 7, 14, 30, 60, 90, 180, 365, 730];

const GRADES: Record<Rating, Grade> = {
  again: Grades.Again,
  hard: Grades.Hard,
  good: Grades.Good,
  easy: Grades.Easy,
};
// no random spread of intervals: the same reviews give the same dates; no steps of minutes: nobody sits before cards
const scheduler = fsrs({ request_retention: DUE_STRENGTH, enable_fuzz: false, enable_short_term: false });
const { decay, factor } = computeDecayFactor(default_w);

/** What remains of a memory first met at `learnedAt`: a weightier one (`salience`, 0 to 1) is met with more attention. */
export function firstTrace(salience: number, learnedAt: number): Trace {
  const rating: Rating = salience >= 0.8 ? 'easy' : salience >= 0.35 ? 'good' : salience >= 0.15 ? 'hard' : 'again';
  return learnedTrace(rating, learnedAt);
}

/** The trace of what was learned at `learnedAt`, by how well that went. */
export function learnedTrace(rating: Rating, learnedAt: number): Trace {
  const { card } = scheduler.next(createEmptyCard(learnedAt), learnedAt, GRADES[rating]);
  return { ...traceOf(card.stability, card.difficulty, learnedAt), reps: 1, lapses: 0 };
}

/** The trace after a recall at `now`. One right after another changes next to nothing: cramming does not help. */
export function review(trace: Trace, rating: Rating, now: number): Trace {
  const at = Math.max(now, trace.lastReview);
  const { card } = scheduler.next(
    {
      due: trace.due,
      stability: trace.stability,
      difficulty: trace.difficulty,
      elapsed_days: 0,
      scheduled_days: 0,
      learning_steps: 0,
      reps: trace.reps,
      lapses: trace.lapses,
      state: State.Review,
      last_review: trace.lastReview,
    },
    at,
    GRADES[rating],
  );
  return { ...traceOf(card.stability, card.difficulty, at), reps: card.reps, lapses: card.lapses };
}

const traceOf = (stability: number, difficulty: number, lastReview: number) => ({
  stability,
  difficulty,
  lastReview,
  due: Math.round(lastReview + stability * DAY_MS),
});

/**
 * FSRS retrievability at `now`: the probability that the memory is recalled, 1 at a review, `DUE_STRENGTH` after
 * `stability` days. Unlike the library's it falls all the time and not once a day.
 */
export function strengthAt({ stability, lastReview }: Pick<Trace, 'stability' | 'lastReview'>, now: number): number {
  const days = Math.max(0, now - lastReview) / DAY_MS;
  return (1 + (factor * days) / stability) ** decay;
}

/**
 * Milliseconds a day of stability for which the strength stays at `strength` or more: a memory is that strong while
 * `now - lastReview <= stability * reach`. Lets SQL filter without powers.
 */
export const reachOf = (strength: number): number =>
  strength === 0 ? Infinity : (DAY_MS * (strength ** (1 / decay) - 1)) / factor;

/** The forgetting curve from the last review on, with a point at `now`, oldest first. */
export function curveOf(trace: Trace, now: number): { at: number; strength: number }[] {
  const times = CURVE_DAYS.map((days) => Math.round(trace.lastReview + days * DAY_MS));
  const distinct = [...new Set([...times, Math.max(now, trace.lastReview)])].sort((a, b) => a - b);
  return distinct.map((at) => ({ at, strength: strengthAt(trace, at) }));
}
