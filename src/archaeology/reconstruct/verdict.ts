import { done, type Outcome, refused } from '../../shared/errors.ts';
import { sameText } from '../../text/same-text.ts';
import { type PersonCalibration, withTrial } from './confidence.ts';
import type { VerdictBody } from './contract.ts';
import type { Place } from './ports.ts';
import type { Reconstruction } from './reconstruction.ts';

/** Where a reconstruction was proposed for: the messages beside it then, and the time between. */
export interface PlaceKey extends Pick<Place, 'conversationId' | 'from' | 'to'> {
  afterId: string | null;
  beforeId: string | null;
}

/** A text that must never be proposed again for a place. */
export interface Rejection extends PlaceKey {
  /** `sameText` of it */
  textKey: string;
}

/** A reconstruction as it is stored, with what was said of it. */
export interface StoredReconstruction {
  id: string;
  place: PlaceKey;
  speaker: string | null;
  /** proposed, epoch ms */
  at: number | null;
  reconstruction: Reconstruction;
  /** the last verdict; null: none yet */
  verdict: GivenVerdict | null;
}

export interface GivenVerdict {
  verdict: VerdictBody['verdict'];
  /** what was accepted, or said instead; null after `reject` */
  content: string | null;
  author: string;
  /** epoch ms */
  at: number;
  note: string | null;
}

/** A memory that comes of a verdict. Its origin stays with it for ever. */
export interface ReconstructedMemory {
  origin: 'reconstructed';
  reconstructionId: string;
  conversationId: string;
  speaker: string | null;
  content: string;
  /** epoch ms: as proposed, or as near as the place allows */
  sentAt: number;
  evidenceIds: string[];
}

/** What a verdict changes. All of it belongs into one transaction. */
export interface VerdictEffects {
  verdict: GivenVerdict;
  state: 'accepted' | 'corrected' | 'rejected';
  /** the memory of an earlier verdict on this reconstruction must go */
  forgetsMemory: boolean;
  memory: ReconstructedMemory | null;
  /** what was rejected by an earlier verdict on it may be proposed again */
  withdrawsRejection: boolean;
  rejection: Rejection | null;
  calibration: PersonCalibration;
}

/**
 * What someone's verdict on a reconstruction does. `accept` and `correct` make a memory of origin `reconstructed`;
 * `reject` bars the text from the place, and so does a correction that says something else. The calibration learns
 * whether the text held. A later verdict replaces an earlier one and takes back what it did.
 *
 * @param now epoch ms
 */
export function judge(
  stored: StoredReconstruction,
  body: VerdictBody,
  { author, now, calibration }: { author: string; now: number; calibration: PersonCalibration },
): Outcome<VerdictEffects> {
  const { reconstruction, place, verdict: earlier } = stored;
  const proposed = reconstruction.state === 'proposed' ? reconstruction : null;
  if (!proposed && body.verdict !== 'correct') return refused('conflict', 'Nothing was proposed: say what it was.');
  const content = body.verdict === 'reject' ? null : (body.content ?? proposed!.text);
  const verdict = { verdict: body.verdict, content, author: body.author ?? author, at: now, note: body.note ?? null };
  let learned = calibration;
  if (proposed && earlier) learned = withTrial(learned, trialOf(proposed, earlier.content), -1);
  if (proposed) learned = withTrial(learned, trialOf(proposed, content), 1);
  const isBarred = (text: string | null) => proposed !== null && !says(proposed.text, text);
  return done({
    verdict,
    state: STATES[body.verdict],
    forgetsMemory: earlier !== null && earlier.content !== null,
    memory: content === null ? null : memoryOf(stored, content, now),
    withdrawsRejection: earlier !== null && isBarred(earlier.content) && !isBarred(content),
    rejection: proposed && isBarred(content) ? { ...place, textKey: sameText(proposed.text) } : null,
    calibration: learned,
  });
}

const STATES = { accept: 'accepted', correct: 'corrected', reject: 'rejected' } as const;

const says = (text: string, other: string | null) => other !== null && sameText(text) === sameText(other);

/** What verdicts teach, were they given one after the other. */
export function withVerdicts(
  calibration: PersonCalibration,
  judged: readonly Pick<StoredReconstruction, 'reconstruction' | 'verdict'>[],
): PersonCalibration {
  return judged.reduce(
    (learned, { reconstruction, verdict }) =>
      reconstruction.state === 'proposed' && verdict
        ? withTrial(learned, trialOf(reconstruction, verdict.content), 1)
        : learned,
    calibration,
  );
}

const trialOf = (
  { method, uncorrected, text }: Extract<Reconstruction, { state: 'proposed' }>,
  content: string | null,
) => ({ method, confidence: uncorrected, held: says(text, content) });

function memoryOf({ id, place, speaker, at, reconstruction }: StoredReconstruction, content: string, now: number) {
  return {
    origin: 'reconstructed' as const,
    reconstructionId: id,
    conversationId: place.conversationId,
    speaker,
    content,
    sentAt: at ?? place.from ?? place.to ?? now,
    evidenceIds: [...new Set(reconstruction.evidence.map(({ messageId }) => messageId))],
  };
}

/**
 * Texts that were rejected for a place, for `ReconstructPorts.rejected`. A place is still the same one if a neighbour is,
 * or if it overlaps in time: messages that arrive later make a gap smaller and give it other neighbours.
 */
export function rejectedFor(place: PlaceKey, rejections: readonly Rejection[]): Set<string> {
  return new Set(rejections.filter((rejection) => isSamePlace(place, rejection)).map(({ textKey }) => textKey));
}

function isSamePlace(a: PlaceKey, b: PlaceKey): boolean {
  if (a.conversationId !== b.conversationId) return false;
  if ((a.afterId !== null && a.afterId === b.afterId) || (a.beforeId !== null && a.beforeId === b.beforeId))
    return true;
  const [from, to] = [Math.max(a.from ?? -Infinity, b.from ?? -Infinity), Math.min(a.to ?? Infinity, b.to ?? Infinity)];
  return from < to;
}
