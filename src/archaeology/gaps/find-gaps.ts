import { sigmoid } from '../../statistics/calibration.ts';
import { GAP_MODELS, type GapModel, type Kind, logOddsOf, signalsAt } from './blend.ts';
import { type ConversationScan, LAGS } from './conversation-scan.ts';
import { CUE } from './cues.ts';
import { type Boundaries, boundariesOf } from './features.ts';
import type { Gap, GapReason, GapSignal } from './gap-message.ts';
import { missingCount } from './missing-count.ts';

/** Of boundaries this near to each other only the likeliest is a gap: one hole makes its neighbours look odd too. */
const APART = 2;
/** An app says of itself that a message was deleted; a person who quotes the words is rare. */
const MARK_PROBABILITY = 0.99;
/** What a change of the export file adds to the log odds, where the words leave it open. Set by hand. */
const SEAM_NATS = 1.5;
const SESSION_MS = 3_600_000;
/** Share of boundaries at which the same speaker goes on, up to which a chat takes strict turns. Holes cause some. */
const STRICT = 0.08;
/** Parts of the evidence below this are not worth telling. */
const LEAST_SHARE = 0.05;

/**
 * The gaps of one conversation, in order of time: where turn order, words, times and habits say that messages are
 * missing, and where the source itself says so (holes in its numbers, marks of deletion). Linear in the messages.
 * @param atLeast the least probability that is told; the learned threshold if left out
 */
export function findGaps(scan: ConversationScan, atLeast?: number, models = GAP_MODELS): Gap[] {
  if (scan.length < 2) return [];
  const model = models[kindOf(scan)];
  const least = atLeast ?? model.threshold;
  const boundaries = lookTwice(scan, model);
  const chances = chancesOf(scan, boundaries, model);
  const gaps: Gap[] = [];
  for (let i = 0; i < boundaries.count; i++) {
    const run = deletionRun(scan, i);
    if (run > 0) {
      const gap = deletionGap(scan, i, run);
      gaps.push(gap);
      i += gap.afterId === scan.ids[i] && !isMark(scan, i) ? run : run - 1;
      continue;
    }
    if (chances[i]! < least || !isPeak(chances, i)) continue;
    gaps.push(likelyGap(scan, boundaries, model, i, chances[i]!));
  }
  return gaps;
}

/** What this conversation can tell. */
export function kindOf({ times, speakers, cosines, length }: ConversationScan): Kind {
  let [apart, together, same, embedded] = [0, 0, 0, 0];
  for (let i = 1; i < length; i++) {
    const gap = Math.abs(times[i]! - times[i - 1]!);
    if (!Number.isNaN(cosines.values[i * LAGS]!)) embedded++;
    if (gap >= SESSION_MS) continue;
    if (gap === 0) together++;
    else apart++;
    if (speakers.values[i] === speakers.values[i - 1]) same++;
  }
  const turns = same <= STRICT * (apart + together) ? 'alternating' : 'sessions';
  return `${apart >= together ? 'turns' : turns}/${2 * embedded >= length - 1 ? 'vectors' : 'words'}`;
}

/** A first look with the habits of all, a second with those of what looked whole. */
export function lookTwice(scan: ConversationScan, { first }: Pick<GapModel, 'first'>): Boundaries {
  const suspicion = logOddsOf(first, boundariesOf(scan, null).features).map(sigmoid);
  return boundariesOf(scan, suspicion);
}

/** Calibrated chance of a gap at each boundary; a hole in the numbers counts beside what is learned. */
export function chancesOf(scan: ConversationScan, boundaries: Boundaries, model: GapModel): Float64Array {
  const { slope, offset } = model.calibration;
  const chances = logOddsOf(model.second, boundaries.features);
  for (let i = 0; i < chances.length; i++) {
    const seam = scan.seams.values[i + 1] === 1 ? SEAM_NATS : 0;
    const learned = sigmoid(slope * (chances[i]! + seam) + offset);
    const step = stepAt(scan, i);
    const whole = scan.sequence.wholeProbability(step);
    chances[i] = 1 - (1 - learned * (1 - whole)) * (1 - scan.sequence.holeProbability(step));
  }
  return chances;
}

/** Nothing near is likelier; of equals the first. */
export function isPeak(chances: Float64Array, i: number): boolean {
  for (let k = Math.max(0, i - APART); k <= Math.min(chances.length - 1, i + APART); k++) {
    if (chances[k]! > chances[i]! || (chances[k] === chances[i] && k < i)) return false;
  }
  return true;
}

function stepAt({ steps }: ConversationScan, i: number): number | null {
  const step = steps.values[i + 1]!;
  return Number.isNaN(step) ? null : step;
}

function likelyGap(scan: ConversationScan, boundaries: Boundaries, model: GapModel, i: number, chance: number): Gap {
  const strengths = signalsAt(model.second, boundaries.features, i);
  const step = stepAt(scan, i);
  const hole = scan.sequence.holeProbability(step);
  if (scan.seams.values[i + 1] === 1) strengths.set('seam', SEAM_NATS);
  if (hole > 0) strengths.set('sequence', -Math.log(1 - hole) + Math.log(boundaries.count + 1));
  const missing = hole > 0.5 ? exactly(step! - 1) : missingCount(model.count, scan, boundaries, i);
  return { ...between(scan, i, i + 1), probability: chance, missing, reasons: reasonsOf(strengths, scan, i) };
}

function reasonsOf(strengths: Map<GapSignal, number>, { ids }: ConversationScan, i: number): GapReason[] {
  const [after, before] = [ids[i]!, ids[i + 1]!];
  const shown: Partial<Record<GapSignal, string[]>> = {
    'missing-opening': [before],
    'missing-closing': [after],
    'unanswered-question': [after],
    'unasked-answer': [before],
    reference: [before],
  };
  const total = sum(strengths.values());
  const told = [...strengths].filter(([, nats]) => nats >= LEAST_SHARE * total);
  const all = sum(told.map(([, nats]) => nats));
  return told
    .map(([signal, nats]) => ({ signal, share: nats / all, messageIds: shown[signal] ?? [after, before] }))
    .sort((a, b) => b.share - a.share);
}

/** Marks of deletion from message i + 1 on; counted at the message before them, or at i = 0 from the first. */
function deletionRun(scan: ConversationScan, i: number): number {
  const start = i === 0 && isMark(scan, 0) ? 0 : i + 1;
  let end = start;
  while (isMark(scan, end)) end++;
  return end - start;
}

const isMark = ({ flags, length }: ConversationScan, row: number) =>
  row < length && (flags.values[row]! & CUE.deletionMark) !== 0;

function deletionGap(scan: ConversationScan, i: number, run: number): Gap {
  const { ids, length } = scan;
  const start = i === 0 && isMark(scan, 0) ? 0 : i + 1;
  const last = Math.min(length - 1, start + run);
  const marks = ids.slice(start, start + run);
  return {
    ...between(scan, start === 0 ? 0 : i, last),
    probability: MARK_PROBABILITY,
    missing: exactly(run),
    reasons: [{ signal: 'deletion-mark', share: 1, messageIds: marks.slice(0, 2) }],
  };
}

function between({ ids, times }: ConversationScan, after: number, before: number) {
  const [a, b] = [times[after]!, times[before]!];
  return { afterId: ids[after]!, beforeId: ids[before]!, from: Math.min(a, b), to: Math.max(a, b) };
}

const exactly = (count: number) => ({ expected: count, low: count, high: count });

function sum(values: Iterable<number>): number {
  let total = 0;
  for (const value of values) total += value;
  return total;
}
