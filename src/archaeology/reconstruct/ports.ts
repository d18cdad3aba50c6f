import type { Turn } from '../../dialogue/turn.ts';
import type { EvidenceTurn } from '../fragments/fragment.ts';
import type { Rhythm } from '../rhythm/rhythm.ts';
import type { StyleModel } from '../style-model/style-model.ts';
import type { PersonCalibration } from './confidence.ts';
import type { ProposedText } from './proposed-texts.ts';
import type { WritingRanges } from './writing-ranges.ts';

/** Neighbours that are looked at on each side: evidence reaches further than fit. */
export const PLACE_BEFORE = 30;
export const PLACE_AFTER = 20;
/** Of them, how many messages, and how many turns of them, fit is judged by. */
export const FIT_MESSAGES = 12;
export const FIT_TURNS = 5;
/** The person's turns in like contexts that are looked at as candidates. */
export const LIKE_CONTEXTS = 16;

/** A message that is there. */
export interface KnownMessage extends EvidenceTurn {
  /** the remembered person wrote it */
  isOwn: boolean;
  /** unit length, of `ReconstructPorts.model`; null: not embedded */
  vector: Float32Array | null;
}

/** A stretch of one conversation between two neighbouring messages, where others are thought to be missing. */
export interface Place {
  conversationId: string;
  /** the gap that was asked for; null: an interval */
  gapId: string | null;
  /** epoch ms between which the missing ones were written; null: not bounded */
  from: number | null;
  to: number | null;
  /** oldest first, at most `PLACE_BEFORE`; may be empty */
  before: readonly KnownMessage[];
  /** oldest first, at most `PLACE_AFTER`; may be empty */
  after: readonly KnownMessage[];
  /** how many are missing, as the gap says; null: not known */
  missing: { expected: number; low: number; high: number } | null;
}

/** A message of another participant's export of this chat that the person's own record lacks (see src/archaeology/merge). */
export interface OtherCopy {
  /** of the message in that export */
  id: string;
  speaker: string;
  isOwn: boolean;
  /** epoch ms, on the clock of the person's record */
  at: number;
  content: string;
  /** chance that it stood in this stretch, as the merge says, 0 to 1 */
  certainty: number;
}

/** A turn of the person, with how like its surroundings are to the place. */
export interface PastTurn {
  id: string;
  turn: Turn;
  /** mean cosine of the turns right before and right after with those of the place, -1 to 1 */
  likeness: number;
}

/**
 * What reconstruction needs of a history. Storage gathers it, the rules keep nothing and await nothing.
 *
 * Nothing in it may have seen a turn that is hidden: `CalibrationPorts.hide` gives ports without it.
 */
export interface ReconstructPorts {
  /** messages that the person has written */
  ownMessages: number;
  /** embedding model of all the vectors; null: there are none */
  model: string | null;
  /** messages of other conversations within a day of the place, at most 200 */
  elsewhere: readonly EvidenceTurn[];
  /** from other participants' exports of the same chat, in order */
  otherCopies: readonly OtherCopy[];
  /** the person's turns in contexts like this one, likest first, at most `limit`; `likeContexts` does it over vectors */
  similarContexts(before: readonly Turn[], after: readonly Turn[], limit: number): PastTurn[];
  /** how often the person said just this before, see `sameText` */
  timesSaid(text: string): number;
  /** of the person's messages */
  style: StyleModel;
  ranges: WritingRanges;
  /** null: not known */
  rhythm: Rhythm | null;
  /** texts (see `sameText`) that were rejected for this place: `rejectedFor` */
  rejected: ReadonlySet<string>;
  calibration: PersonCalibration;
  /** what a text model proposes for the person's missing message, from the pieces of its evidence; left out: nothing */
  proposed?: readonly ProposedText[];
  /** rarity of a stem in the history; left out: a general table */
  rarity?: (term: string) => number;
}
