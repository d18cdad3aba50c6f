import { measure } from './measure.ts';
import {
  addCounts,
  type Considered,
  consideredOf,
  isTooLittle,
  sameAuthorLogit,
  shownProbability,
} from './same-author.ts';
import { SLOT } from './slots.ts';
import { STYLE_WEIGHTS } from './weights.ts';

/** Share of the person's own messages that may raise the alarm. */
const FALSE_ALARMS = 0.02;
/** With fewer messages of their own to rank against, the line of the training authors is taken. */
const OWN_FLOOR = 50;

export type Drift =
  | ({ state: 'insufficient' } & Considered)
  | ({
      state: 'scored';
      /** that someone else wrote the message, at even odds before; [0.02, 0.98] */
      unlikely: number;
      /** share of the person's own messages that are as unlike them; (0, 1]; null: too few to rank against */
      rank: number | null;
      /** whether it is so unlike the person that about one in fifty of their own messages would be */
      alarm: boolean;
    } & Considered);

/**
 * How like the person each of their own messages is, each against all the others. Those of too few words are left out.
 *
 * @param known counts of all their messages, `texts` among them
 */
export function ownLogits(known: Float64Array, texts: readonly string[]): number[] {
  return texts.flatMap((text) => {
    const { counts } = measure(text);
    const others = without(known, counts);
    return isTooLittle(consideredOf(others, counts)) ? [] : [sameAuthorLogit(others, counts)];
  });
}

/**
 * Whether one message is unlikely to be the person's. The alarm is conformal: the message is ranked among the person's
 * own, so that of their own to come about one in fifty raises it, whoever they are.
 *
 * @param isCounted whether the message is among the known ones: then it is left out of them for this
 * @param own `ownLogits` of recent messages; if the message is one of them, it counts once more against an alarm
 * @see Vovk, Gammerman & Shafer 2005, Algorithmic Learning in a Random World
 */
export function drift(known: Float64Array, text: string, isCounted: boolean, own: readonly number[] = []): Drift {
  const asked = measure(text).counts;
  const others = isCounted ? without(known, asked) : known;
  const considered = consideredOf(others, asked);
  if (isTooLittle(considered)) return { state: 'insufficient', ...considered };
  const logit = sameAuthorLogit(others, asked);
  const asUnlike = own.reduce((count, one) => count + Number(one <= logit), 0);
  const rank = own.length < OWN_FLOOR ? null : (asUnlike + 1) / (own.length + 1);
  const alarm = rank === null ? logit < usualLine(asked[SLOT.words]!) : rank <= FALSE_ALARMS;
  return { state: 'scored', unlikely: shownProbability(-logit), rank, alarm, ...considered };
}

function usualLine(words: number): number {
  return STYLE_WEIGHTS.alarm.findLast((line) => words >= line.words)?.below ?? -Infinity;
}

function without(known: Float64Array, counts: Float64Array): Float64Array {
  const others = known.slice();
  addCounts(others, counts, -1);
  return others;
}
