import { joinSpeakers } from '../../dialogue/join-messages.ts';
import type { Turn } from '../../dialogue/turn.ts';
import { findFragments } from '../fragments/find-fragments.ts';
import type { Fragment } from '../fragments/fragment.ts';
import { fragmentChance, isQuotedLine } from './fragment-chance.ts';
import type { WeighedFragment } from './pieces.ts';
import {
  FIT_MESSAGES,
  FIT_TURNS,
  type KnownMessage,
  PLACE_AFTER,
  PLACE_BEFORE,
  type Place,
  type ReconstructPorts,
} from './ports.ts';
import type { Product } from './reconstruction.ts';
import { type Slot, slotsOf } from './slots.ts';

/** Whole turns among the evidence that are looked at: the strongest. */
const WHOLE_TURNS = 2;

export interface ReconstructOptions {
  /** at most so many missing messages, 1 or more */
  maxMessages: number;
  /** which products are asked for */
  products: readonly Product[];
  /** known texts, one of which stood there; they alone are ranked. null: not known */
  given: readonly string[] | null;
}

/** A missing message with the evidence that bears on it. */
export interface OpenSlot extends Slot {
  fragments: readonly Fragment[];
  /** of the fragments, as composition weighs them; likeliest first */
  weighed: readonly WeighedFragment[];
}

/** What there is to go by, before any text is weighed. */
export interface Prospect {
  place: Place;
  options: ReconstructOptions;
  slots: readonly OpenSlot[];
  /**
   * What should be embedded, by the model of the history and in the form in which its messages are; without it fit is
   * judged by words. Often empty.
   */
  texts: readonly { content: string; speaker: string | null }[];
}

/** Looks for evidence around a place. Pure; under a millisecond. */
export function prospectOf(
  place: Place,
  { otherCopies, elsewhere }: Pick<ReconstructPorts, 'otherCopies' | 'elsewhere'>,
  options: ReconstructOptions,
): Prospect {
  const around = {
    before: place.before.slice(-PLACE_BEFORE),
    after: place.after.slice(0, PLACE_AFTER),
    elsewhere,
  };
  const missing = Math.max(1, place.missing?.expected ?? 1);
  const open = slotsOf(place, otherCopies, options.maxMessages);
  const bySpeaker = new Map<string | null, Pick<OpenSlot, 'fragments' | 'weighed'>>();
  const slots = open.map((slot): OpenSlot => {
    const { speaker } = slot;
    const found =
      bySpeaker.get(speaker) ??
      evidenceFor(findFragments({ ...around, speaker }), place, slot, Math.max(missing, open.length));
    bySpeaker.set(speaker, found);
    return { ...slot, ...found };
  });
  const texts = new Map<string, { content: string; speaker: string | null }>();
  for (const slot of options.products.includes('retrieval') ? slots : []) {
    const known = slot.copy ? [] : (options.given ?? wholeTurns(slot).map(({ text }) => text));
    for (const content of known) texts.set(content, { content, speaker: slot.speaker });
  }
  return { place, options, slots, texts: [...texts.values()] };
}

function evidenceFor(fragments: readonly Fragment[], place: Place, { speaker }: Slot, missing: number) {
  const weighed = fragments.map((fragment) => ({
    fragment,
    chance: fragmentChance(fragment, { place, missing, speaker }),
  }));
  return { fragments, weighed: weighed.sort((a, b) => b.chance - a.chance) };
}

/** Evidence that is a whole turn by itself. The first part of one would pass for all that was said. */
export const wholeTurns = ({ fragments }: OpenSlot): Fragment[] =>
  fragments
    .filter((fragment) => !fragment.isCut && (fragment.kind === 'copy' || isQuotedLine(fragment)))
    .slice(0, WHOLE_TURNS);

/** What stands before a place as the turns that fit is judged by: neighbouring messages of one speaker are one turn. */
export const turnsBefore = ({ before }: Place): Turn[] => turnsOf(before.slice(-FIT_MESSAGES)).slice(-FIT_TURNS);
export const turnsAfter = ({ after }: Place): Turn[] => turnsOf(after.slice(0, FIT_MESSAGES)).slice(0, FIT_TURNS);

const turnsOf = (messages: readonly KnownMessage[]) =>
  joinSpeakers(messages.map(({ content, vector, speaker }) => ({ text: content, vector, speaker })));
