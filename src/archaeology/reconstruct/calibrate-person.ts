import { tokenize } from '../../text/tokenize.ts';
import { evidenceScore } from './composition.ts';
import { fitNear, type PersonCalibration, SHIPPED_CALIBRATION } from './confidence.ts';
import { type Piece, piecesOf } from './pieces.ts';
import type { Place, ReconstructPorts } from './ports.ts';
import { prospectOf, turnsAfter, turnsBefore } from './prospect.ts';
import { pastTexts, weighPast } from './retrieval.ts';
import { saysTheSame } from './says-the-same.ts';

/** Turns that are hidden in one run: the work has a bound however long the history is. */
export const HIDDEN_TURNS = 60;
/** Share of the content words of a composition that the hidden turn must hold. */
const SAME_CONTENT = 0.5;

/** A turn of the person that is there, at the place where it stands. */
export interface KnownTurn {
  id: string;
  /** its neighbours, without it; `missing` is one */
  place: Place;
  text: string;
  vector: Float32Array | null;
}

export interface CalibrationPorts {
  /** at most `limit` of the person's turns, spread over the history, always the same ones for the same history */
  knownTurns(limit: number): readonly KnownTurn[];
  /**
   * Runs `look` on ports that have never seen this turn: neither the turns in like contexts nor the style model, the
   * ranges, the counts of what was said or the messages elsewhere hold it.
   */
  hide<T>(id: string, look: (ports: ReconstructPorts) => T): T;
}

/** What the rules score a hidden turn's place with, and whether the text holds. null: nothing to score. */
export interface HiddenTrial {
  past: { score: number; held: boolean } | null;
  composition: { score: number; held: boolean } | null;
}

/**
 * How sure to be of what is rebuilt for this person: hides turns of theirs, looks what would be proposed and compares.
 * Starts from the shipped calibration, from which few cases move it little. Bounded, deterministic; store the result.
 *
 * @param earlier whose verdicts are kept
 */
export function calibratePerson(
  ports: CalibrationPorts,
  earlier: PersonCalibration = SHIPPED_CALIBRATION,
): PersonCalibration {
  const trials = ports
    .knownTurns(HIDDEN_TURNS)
    .map((turn) => ports.hide(turn.id, (hidden) => hiddenTrial(turn, hidden)));
  return calibrationFrom(trials, earlier);
}

/** What hidden turns say, where they are looked at one by one. */
export function calibrationFrom(trials: readonly HiddenTrial[], earlier: PersonCalibration): PersonCalibration {
  const fittedTo = (product: keyof HiddenTrial) => {
    const cases = trials.flatMap((trial) => trial[product] ?? []);
    const scores = cases.map(({ score }) => score);
    return {
      n: cases.length,
      factors: fitNear(
        SHIPPED_CALIBRATION[product],
        scores,
        cases.map(({ held }) => held),
      ),
    };
  };
  const [past, composition] = [fittedTo('past'), fittedTo('composition')];
  return {
    ...earlier,
    version: SHIPPED_CALIBRATION.version,
    past: past.factors,
    composition: composition.factors,
    hidden: { past: past.n, composition: composition.n },
  };
}

/** One hidden turn, as the rules see its place. `ports` must not have seen it. */
export function hiddenTrial({ place, text, vector }: KnownTurn, ports: ReconstructPorts): HiddenTrial {
  const neighbours = { before: turnsBefore(place), after: turnsAfter(place) };
  const past = pastTexts(neighbours, ports);
  const { best, score } = weighPast(past, neighbours, ports);
  const found = past[best]?.turn;
  return {
    past: found ? { score, held: saysTheSame(found, { text, vector }) } : null,
    composition: compositionTrial(place, text, ports),
  };
}

function compositionTrial(place: Place, text: string, ports: ReconstructPorts): HiddenTrial['composition'] {
  const options = { maxMessages: 1, products: ['composition'] as const, given: null };
  const [slot] = prospectOf(
    { ...place, missing: null },
    { otherCopies: [], elsewhere: ports.elsewhere },
    options,
  ).slots;
  const pieces = slot && slot.isOwn !== false ? piecesOf(slot.weighed, () => 0, ports.ranges.words[1]) : [];
  return pieces.length === 0 ? null : { score: evidenceScore(pieces), held: isSaid(pieces, text) };
}

/** Whether a text holds at least half of the content words of the pieces. */
export function isSaid(pieces: readonly Piece[], text: string): boolean {
  const terms = new Set(pieces.flatMap((piece) => tokenize(piece.text)));
  const said = new Set(tokenize(text));
  return [...terms].filter((term) => said.has(term)).length >= SAME_CONTENT * terms.size;
}
