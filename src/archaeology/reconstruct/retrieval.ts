import type { Neighbours, Turn } from '../../dialogue/turn.ts';
import { softmax, turnFit } from '../../dialogue/turn-fit.ts';
import { sigmoid } from '../../statistics/calibration.ts';
import { sameText } from '../../text/same-text.ts';
import type { Fragment } from '../fragments/fragment.ts';
import { chanceOf, corrected, logOdds } from './confidence.ts';
import { isNear } from './fragment-chance.ts';
import { LIKE_CONTEXTS, type PastTurn, type Place, type ReconstructPorts } from './ports.ts';
import { type OpenSlot, wholeTurns } from './prospect.ts';
import type { Candidate, Evidence } from './reconstruction.ts';

/** Fewer messages of the person are no past to draw from. */
export const LEAST_OWN = 20;
/**
 * Chance that a quote of strength 1 stood there whole, and that a copy did: set by hand, as no development data holds
 * either; verdicts move them.
 */
const QUOTE_HOLDS = 0.85;
/** What is quoted far behind a place may have stood at another one. */
const FAR_SHARE = 0.6;
const COPY_HOLDS = 0.5;
/** The merge's certainty is its own; this much is left for what it may have misplaced. */
const OTHER_COPY_HOLDS = 0.99;
/** How far fit moves the log-odds of evidence, and at most. */
const FIT_WEIGHT = 0.5;
const FIT_MOST = 1;
/**
 * What a unit of cosine of the contexts, and of log(1 + times said), adds to the log-odds of a past turn. Set by hand: of
 * the turns of the development data hardly one in a hundred was said before, too few to learn from.
 */
const LIKENESS_WEIGHT = 2;
const HABIT_WEIGHT = 1;
/** What it adds that all like contexts had this text, and how much its share among the texts found may add. */
const AGREEMENT_WEIGHT = 4;
const SHARE_MOST = 2;
/** Messages that are named as evidence of one text. */
const SHOWN_TURNS = 5;
/** A past turn is the person's own; where the writer is not known, half of the turns are. */
const OWN_SHARE = 0.5;

export interface RetrievalInput {
  place: Place;
  slot: OpenSlot;
  /** what stands next to the slot; a side is empty where the message there is missing too */
  neighbours: Neighbours;
  /** texts already placed at other positions, see `sameText` */
  taken: ReadonlySet<string>;
  given: readonly string[] | null;
  vectorOf(text: string): Float32Array | null;
}

/** Known texts that may have stood there, best first, none that was rejected or stands right beside. */
export function retrieve(input: RetrievalInput, ports: ReconstructPorts): Candidate[] {
  const { slot, neighbours, taken, given } = input;
  const isOpen = (text: string) => {
    const key = sameText(text);
    return !ports.rejected.has(key) && !taken.has(key);
  };
  if (given !== null) return fromGiven(given.filter(isOpen), input, ports);
  if (slot.copy !== null) return isOpen(slot.copy.content) ? [fromOtherCopy(slot.copy, ports)] : [];
  const evidence = wholeTurns(slot).filter(({ text }) => isOpen(text));
  const past = (isPastOpen(slot, ports) ? pastTexts(neighbours, ports) : []).filter(({ turn }) => isOpen(turn.text));
  const found = [...evidenceByFit(evidence, past, input, ports), ...pastByFit(past, input, ports)];
  return distinct(found.sort((a, b) => b.confidence - a.confidence));
}

function fromGiven(
  texts: readonly string[],
  { neighbours, vectorOf }: RetrievalInput,
  ports: ReconstructPorts,
): Candidate[] {
  const turns = texts.map((text): Turn => ({ text, vector: vectorOf(text) }));
  const { probabilities } = turnFit(neighbours, turns, fitOptions(ports));
  const found = texts.map((text, i): Candidate => {
    const uncorrected = probabilities[i]!;
    const confidence = corrected(uncorrected, 'given', ports.calibration);
    return { text, method: 'given', confidence, uncorrected, evidence: [], tokens: [] };
  });
  return found.sort((a, b) => b.confidence - a.confidence);
}

function fromOtherCopy(
  { id, content, certainty }: NonNullable<OpenSlot['copy']>,
  { calibration }: ReconstructPorts,
): Candidate {
  const uncorrected = OTHER_COPY_HOLDS * certainty;
  return {
    text: content,
    method: 'other_copy',
    uncorrected,
    confidence: corrected(uncorrected, 'other_copy', calibration),
    evidence: [{ messageId: id, kind: 'other_copy', start: 0, end: content.length, text: content }],
    tokens: [],
  };
}

const isPastOpen = ({ isOwn }: OpenSlot, { ownMessages }: ReconstructPorts) =>
  isOwn !== false && ownMessages >= LEAST_OWN;

/** A text of the person that stood in like contexts. */
export interface PastText extends PastTurn {
  /** share of the like contexts in which it stood, 0 to 1 */
  agreement: number;
  /** where it stood, likest first */
  evidence: readonly Evidence[];
}

/** What the person said in like contexts, one a text, likest first, none that stands right beside. */
export function pastTexts({ before, after }: Neighbours, ports: ReconstructPorts): PastText[] {
  if (before.length + after.length === 0) return [];
  const past = ports.similarContexts(before, after, LIKE_CONTEXTS);
  const byText = Map.groupBy(past, ({ turn }) => sameText(turn.text));
  for (const beside of [before.at(-1), after[0]]) if (beside) byText.delete(sameText(beside.text));
  return [...byText.values()].map((alike) => ({
    ...alike[0]!,
    agreement: alike.length / past.length,
    evidence: alike.slice(0, SHOWN_TURNS).map(({ id, turn: { text } }) => ({
      ...{ messageId: id, kind: 'past_turn', start: 0, end: text.length, text },
    })),
  }));
}

function evidenceByFit(
  evidence: readonly Fragment[],
  past: readonly PastText[],
  { place, neighbours, vectorOf }: RetrievalInput,
  ports: ReconstructPorts,
): Candidate[] {
  if (evidence.length === 0) return [];
  // past turns are the measure: how much better than a turn from another place does it fit?
  const turns = [
    ...evidence.map(({ text }): Turn => ({ text, vector: vectorOf(text) })),
    ...past.map(({ turn }) => turn),
  ];
  const { probabilities } = turnFit(neighbours, turns, fitOptions(ports));
  return evidence.map((fragment, i) => {
    const holds = fragment.kind === 'copy' ? COPY_HOLDS : QUOTE_HOLDS * (isNear(fragment, place) ? 1 : FAR_SHARE);
    const base = fragment.strength * holds;
    const fit = FIT_WEIGHT * Math.log(Math.max(1e-9, probabilities[i]! * turns.length));
    const uncorrected = sigmoid(logOdds(base) + Math.max(-FIT_MOST, Math.min(FIT_MOST, fit)));
    const method = fragment.kind === 'quote' ? 'quote' : 'copy';
    return { ...judged(fragment.text, method, uncorrected, ports), evidence: [evidenceOf(fragment)] };
  });
}

/** Past turns by their share among each other, and the score from which the chance of the best is read. */
export interface WeighedPast {
  shares: Float64Array;
  /** place of the best; -1 where there are none */
  best: number;
  score: number;
}

export function weighPast(past: readonly PastText[], neighbours: Neighbours, ports: ReconstructPorts): WeighedPast {
  if (past.length === 0) return { shares: new Float64Array(), best: -1, score: Number.NEGATIVE_INFINITY };
  const habits = past.map(({ turn }) => Math.log1p(ports.timesSaid(turn.text)));
  const { scores } = turnFit(
    neighbours,
    past.map(({ turn }) => turn),
    {
      ...fitOptions(ports),
      priors: past.map(({ likeness }, i) => LIKENESS_WEIGHT * likeness + HABIT_WEIGHT * habits[i]!),
    },
  );
  const shares = softmax(scores);
  const best = shares.reduce((top, share, i) => (share > shares[top]! ? i : top), 0);
  return { shares, best, score: pastScore(past[best]!, shares[best]!, habits[best]!) };
}

function pastByFit(
  past: readonly PastText[],
  { neighbours, slot }: RetrievalInput,
  ports: ReconstructPorts,
): Candidate[] {
  const { shares, best, score } = weighPast(past, neighbours, ports);
  const chance = chanceOf('past', score, ports.calibration) * (slot.isOwn === null ? OWN_SHARE : 1);
  return past.map(({ turn, evidence }, i) => ({
    ...judged(turn.text, 'past_turn', chance * (shares[i]! / shares[best]!), ports),
    evidence,
  }));
}

const pastScore = ({ likeness, agreement }: PastText, share: number, habit: number): number =>
  Math.max(-SHARE_MOST, Math.min(SHARE_MOST, logOdds(share))) +
  LIKENESS_WEIGHT * likeness +
  HABIT_WEIGHT * habit +
  AGREEMENT_WEIGHT * agreement;

function judged(text: string, method: 'quote' | 'copy' | 'past_turn', uncorrected: number, ports: ReconstructPorts) {
  return { text, method, uncorrected, confidence: corrected(uncorrected, method, ports.calibration), tokens: [] };
}

export const evidenceOf = ({ messageId, kind, start, end, text }: Fragment): Evidence => ({
  messageId,
  kind,
  start,
  end,
  text,
});

const fitOptions = ({ model, rarity }: ReconstructPorts) => ({ model, ...(rarity === undefined ? {} : { rarity }) });

/** One candidate a text, the first of each, with the evidence of all. */
function distinct(candidates: readonly Candidate[]): Candidate[] {
  const byText = new Map<string, Candidate>();
  for (const candidate of candidates) {
    const key = sameText(candidate.text);
    const known = byText.get(key);
    byText.set(key, known ? { ...known, evidence: [...known.evidence, ...candidate.evidence] } : candidate);
  }
  return [...byText.values()];
}
