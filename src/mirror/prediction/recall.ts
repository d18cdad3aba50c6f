import { joinSpeakers } from '../../dialogue/join-messages.ts';
import type { Turn } from '../../dialogue/turn.ts';
import { turnFit } from '../../dialogue/turn-fit.ts';
import { sameText } from '../../text/same-text.ts';
import { CONTEXT_TURNS, type PastReply } from './ports.ts';

/** From this fit on, what the person once said is shown as an answer, though it is unlikely to be their words now. */
export const RECALL_FLOOR = 0.6;
/** As many alternatives as the fit was learned with. */
const OTHERS = 9;

/**
 * How well a past turn of the person answers what is said now: its share against nine others of theirs, taken evenly
 * from `past`. It was picked as the best of many, so this ranks and filters, and is no chance of being right.
 *
 * @returns 0 to 1; null: too few other turns to compare with
 */
export function fitAmongOwn(
  context: readonly Turn[],
  turn: Turn,
  past: readonly PastReply[],
  model: string | null,
): number | null {
  const own = sameText(turn.text);
  const others = past.map((reply) => reply.turn).filter(({ text }) => sameText(text) !== own);
  if (others.length < OTHERS) return null;
  const drawn = Array.from({ length: OTHERS }, (_, i) => others[Math.floor((i * others.length) / OTHERS)]!);
  const before = joinSpeakers(context.slice(-CONTEXT_TURNS));
  return turnFit({ before, after: [] }, [turn, ...drawn], { model }).probabilities[0]!;
}
