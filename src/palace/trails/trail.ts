import type { Rating } from '../memories/contract.ts';
import { learnedTrace, review, type Trace } from '../strength.ts';

/** A stop as far as walking and practising go. */
export interface WalkedStop {
  /** from 1, in walking order */
  number: number;
  gone: boolean;
  /** null before the first practice */
  trace: Trace | null;
}

/** The first stop after number `after` that is still there; 0 stands before the first. */
export const nextStop = <T extends WalkedStop>(stops: readonly T[], after: number): T | null =>
  stops.find((stop) => stop.number > after && !stop.gone) ?? null;

/** The last stop before number `before` that is still there. */
export const previousStop = <T extends WalkedStop>(stops: readonly T[], before: number): T | null =>
  stops.findLast((stop) => stop.number < before && !stop.gone) ?? null;

/**
 * Numbers of the stops to be practised at `now`, the longest due first; of those never practised, which are due since
 * the trail was laid out, the first on the way.
 */
export const dueStops = (stops: readonly WalkedStop[], createdAt: number, now: number): number[] =>
  stops
    .filter(({ gone, trace }) => !gone && dueAt(trace, createdAt) <= now)
    .sort((a, b) => dueAt(a.trace, createdAt) - dueAt(b.trace, createdAt) || a.number - b.number)
    .map(({ number }) => number);

/** Epoch ms; what was never practised is due from the start. */
export const dueAt = (trace: Trace | null, createdAt: number): number => trace?.due ?? createdAt;

/** What is known after a practice: the first one learns, those after it review. */
export const practised = (trace: Trace | null, rating: Rating, now: number): Trace =>
  trace === null ? learnedTrace(rating, now) : review(trace, rating, now);
