import { type Rhythm, rhythmOf } from '../rhythm/rhythm.ts';
import { BLOCK, type ConversationScan, LAGS } from './conversation-scan.ts';
import { CUE } from './cues.ts';
import type { GapSignal } from './gap-message.ts';

/** What the blend weighs, in the order of its columns, each with the signal that it speaks for. */
export const FEATURES = [
  // across a break between sessions
  ['across', 'silence'],
  ['silence', 'silence'],
  ['sameAcross', 'turn-order'],
  ['otherAcross', 'turn-order'],
  ['noGreeting', 'missing-opening'],
  ['greetsAcross', 'missing-opening'],
  ['repliesAcross', 'missing-opening'],
  ['notOpening', 'missing-opening'],
  ['notOpeningHere', 'missing-opening'],
  ['shortAfter', 'missing-opening'],
  ['noFarewell', 'missing-closing'],
  ['asksAcross', 'missing-closing'],
  ['notClosing', 'missing-closing'],
  ['notClosingHere', 'missing-closing'],
  ['shortBefore', 'missing-closing'],
  ['pairFitAcross', 'topic-jump'],
  ['blockFitAcross', 'topic-jump'],
  ['chainAcross', 'topic-jump'],
  ['neither', 'topic-jump'],
  ['strangeAcross', 'missing-opening'],
  // within a session
  ['sameSpeaker', 'turn-order'],
  ['sameSpeakerStrict', 'turn-order'],
  ['otherSpeaker', 'turn-order'],
  ['greetsWithin', 'missing-opening'],
  ['openingWithin', 'missing-opening'],
  ['closingWithin', 'missing-closing'],
  ['slowWithin', 'silence'],
  ['slowWithinHigh', 'silence'],
  ['fastWithin', 'silence'],
  ['untimed', 'silence'],
  ['pairFit', 'topic-jump'],
  ['nextFit', 'topic-jump'],
  ['skipFit', 'topic-jump'],
  ['blockFit', 'topic-jump'],
  ['chain', 'topic-jump'],
  ['deepJump', 'topic-jump'],
  ['jumpAndSlow', 'topic-jump'],
  ['jumpAndSame', 'topic-jump'],
  ['unanswered', 'unanswered-question'],
  ['unansweredFit', 'unanswered-question'],
  ['questionAfterQuestion', 'unanswered-question'],
  ['unasked', 'unasked-answer'],
  ['unaskedFit', 'unasked-answer'],
  // anywhere
  ['refersBack', 'reference'],
  ['talksOfPicture', 'reference'],
  ['noVector', 'topic-jump'],
] as const satisfies readonly (readonly [string, GapSignal])[];

export type FeatureName = (typeof FEATURES)[number][0];
export const WIDTH = FEATURES.length;
const COLUMN = Object.fromEntries(FEATURES.map(([name], i) => [name, i])) as Record<FeatureName, number>;

/** Mean and spread are trusted by this many boundaries against what chats have in common. */
const PRIOR_BOUNDARIES = 20;
const PRIOR_BREAKS = 5;
/** No surprise counts for more than this many nats. */
const MOST_NATS = 6;

/**
 * What is usual in this conversation at breaks and within sessions: shares, each shrunk to what is common, and means of
 * scores. Boundaries that are thought to be gaps count less, so that holes do not become habits.
 */
interface Habits {
  sameAcross: number;
  greets: number;
  replies: number;
  asks: number;
  leaves: number;
  opens: Score;
  closes: Score;
  pairFit: Score;
  blockFit: Score;
  chain: Score;
  same: number;
  sameAfterQuestion: number;
  sameReplies: number;
  questionAfterQuestion: number;
  greetsWithin: number;
}

/** A standard score against what is usual; 0 while nothing is known. */
type Score = (value: number) => number;

/** All boundaries of a scanned conversation, ready to be weighed. */
export interface Boundaries {
  /** boundary i lies between message i and message i + 1 */
  count: number;
  /** [boundary, feature] row-major; 0 is "says nothing" */
  features: Float32Array;
  habits: Habits;
  rhythm: Rhythm;
  /** chance of the silence, as `Rhythm.silenceProbability` */
  silence: Float64Array;
  isBreak: Uint8Array;
  sessions: SessionLengths;
}

/** Messages in the session up to a boundary, and from it on; mean: of all sessions. */
interface SessionLengths {
  before: Uint32Array;
  after: Uint32Array;
  mean: number;
}

/**
 * Reads what each boundary shows against the conversation's own habits. Linear; nothing is read of the text.
 * @param suspicion chance of a gap at each boundary, as far as it is known: what is likely a hole teaches no habit
 */
export function boundariesOf(scan: ConversationScan, suspicion: Float64Array | null): Boundaries {
  const count = Math.max(0, scan.length - 1);
  const rhythm = rhythmOf(scan.rhythm);
  const isBreak = Uint8Array.from({ length: count }, (_, i) => Number(elapsed(scan, i) >= rhythm.breakMs));
  const silence = Float64Array.from({ length: count }, (_, i) =>
    rhythm.silenceProbability(scan.times[i]!, scan.times[i + 1]!),
  );
  const trust = Float64Array.from({ length: count }, (_, i) => 1 - (suspicion?.[i] ?? 0));
  const habits = habitsOf(scan, isBreak, trust);
  const features = new Float32Array(count * WIDTH);
  const out: Boundaries = {
    count,
    features,
    habits,
    rhythm,
    silence,
    isBreak,
    sessions: sessionLengths(isBreak),
  };
  fillCohesion(scan, out, trust);
  for (let i = 0; i < count; i++) (isBreak[i] ? fillAcross : fillWithin)(scan, out, i);
  return out;
}

const elapsed = ({ times }: ConversationScan, i: number) => Math.max(0, times[i + 1]! - times[i]!);

function habitsOf(scan: ConversationScan, isBreak: Uint8Array, trust: Float64Array): Habits {
  const { speakers, flags } = scan;
  const has = (row: number, cue: number) => (flags.values[row]! & cue) !== 0;
  const isSame = (i: number) => speakers.values[i] === speakers.values[i + 1];
  /** Share of the boundaries of a kind that show it, with `prior` × `worth` boundaries of common experience. */
  const share = (isOfKind: (i: number) => boolean, shows: (i: number) => boolean, prior: number, worth: number) => {
    let [yes, all] = [prior * worth, worth];
    for (let i = 0; i < trust.length; i++) {
      if (!isOfKind(i)) continue;
      all += trust[i]!;
      if (shows(i)) yes += trust[i]!;
    }
    return yes / all;
  };
  const across = (i: number) => isBreak[i] === 1;
  const within = (i: number) => isBreak[i] === 0;
  const score = (read: (i: number) => number) => scoreOf(read, across, trust, PRIOR_BREAKS);
  return {
    sameAcross: share(across, isSame, 0.5, 2),
    greets: share(across, (i) => has(i + 1, CUE.greets), 0.6, 2),
    replies: share(across, (i) => has(i + 1, CUE.replies), 0.15, 3),
    asks: share(across, (i) => has(i, CUE.asksLast), 0.1, 3),
    leaves: share(across, (i) => has(i, CUE.leaves), 0.3, 3),
    opens: score((i) => scan.opens.values[i + 1]!),
    closes: score((i) => scan.closes.values[i]!),
    pairFit: score((i) => cosine(scan, i + 1, 1)),
    blockFit: score((i) => blockCosine(scan, i)),
    chain: score((i) => chainWeight(scan, i)),
    same: share(within, isSame, 0.25, 2),
    sameAfterQuestion: share((i) => within(i) && has(i, CUE.asksLast), isSame, 0.15, 3),
    sameReplies: share(
      (i) => within(i) && isSame(i),
      (i) => has(i + 1, CUE.replies),
      0.1,
      4,
    ),
    questionAfterQuestion: share(
      (i) => within(i) && has(i, CUE.asksLast) && !isSame(i),
      (i) => has(i + 1, CUE.asksLast),
      0.3,
      4,
    ),
    greetsWithin: share(within, (i) => has(i + 1, CUE.greets), 0.03, 10),
  };
}

function sessionLengths(isBreak: Uint8Array): SessionLengths {
  const count = isBreak.length;
  const [before, after] = [new Uint32Array(count), new Uint32Array(count)];
  let breaks = 0;
  for (let i = 0; i < count; i++) {
    before[i] = i === 0 || isBreak[i - 1] ? 1 : before[i - 1]! + 1;
    breaks += isBreak[i]!;
  }
  for (let i = count - 1; i >= 0; i--) after[i] = i === count - 1 || isBreak[i + 1] ? 1 : after[i + 1]! + 1;
  return { before, after, mean: (count + 1) / (breaks + 1) };
}

/** Cosines and word chains across each boundary within a session, as standard scores. */
function fillCohesion(scan: ConversationScan, { count, features, isBreak }: Boundaries, trust: Float64Array): void {
  const fits: [FeatureName, (i: number) => number][] = [
    ['pairFit', (i) => cosine(scan, i + 1, 1)],
    ['nextFit', (i) => mean(cosine(scan, i + 2, 2), cosine(scan, i + 3, 3))],
    ['skipFit', (i) => mean(cosine(scan, i + 1, 2), cosine(scan, i + 1, 3))],
    ['blockFit', (i) => blockCosine(scan, i)],
    ['chain', (i) => chainWeight(scan, i)],
  ];
  for (const [name, read] of fits) {
    const score = scoreOf(read, (i) => isBreak[i] === 0, trust, PRIOR_BOUNDARIES);
    const column = COLUMN[name];
    for (let i = 0; i < count; i++) if (!isBreak[i]) features[i * WIDTH + column] = score(read(i));
  }
}

function fillAcross(scan: ConversationScan, boundaries: Boundaries, i: number): void {
  const { features, habits, silence, sessions } = boundaries;
  const set = (name: FeatureName, value: number) => {
    features[i * WIDTH + COLUMN[name]] = value;
  };
  const [before, after] = [scan.flags.values[i]!, scan.flags.values[i + 1]!];
  const isSame = scan.speakers.values[i] === scan.speakers.values[i + 1];
  const greets = (after & CUE.greets) !== 0;
  set('across', 1);
  set('silence', nats(silence[i]!));
  set(isSame ? 'sameAcross' : 'otherAcross', nats(isSame ? habits.sameAcross : 1 - habits.sameAcross));
  set(greets ? 'greetsAcross' : 'noGreeting', nats(greets ? habits.greets : 1 - habits.greets));
  if (after & CUE.replies) set('repliesAcross', nats(habits.replies));
  if (before & CUE.asksLast) set('asksAcross', nats(habits.asks));
  if (!(before & CUE.leaves)) set('noFarewell', nats(1 - habits.leaves));
  const notOpening = -habits.opens(scan.opens.values[i + 1]!);
  const fit = habits.pairFit(cosine(scan, i + 1, 1));
  set('notOpening', -scan.opens.values[i + 1]!);
  set('notOpeningHere', notOpening);
  set('notClosing', -scan.closes.values[i]!);
  set('notClosingHere', -habits.closes(scan.closes.values[i]!));
  set('shortBefore', Math.max(0, Math.log(sessions.mean / sessions.before[i]!)));
  set('shortAfter', Math.max(0, Math.log(sessions.mean / sessions.after[i]!)));
  set('pairFitAcross', fit);
  set('blockFitAcross', habits.blockFit(blockCosine(scan, i)));
  set('chainAcross', habits.chain(chainWeight(scan, i)));
  set('neither', Math.min(notOpening, -fit));
  if (!greets) set('strangeAcross', Math.max(0, notOpening));
  fillReferences(scan, after, i, set);
}

function fillWithin(scan: ConversationScan, { features, habits, rhythm }: Boundaries, i: number): void {
  const at = i * WIDTH;
  const set = (name: FeatureName, value: number) => {
    features[at + COLUMN[name]] = value;
  };
  const score = (name: FeatureName) => features[at + COLUMN[name]]!;
  const [before, after] = [scan.flags.values[i]!, scan.flags.values[i + 1]!];
  const isSame = scan.speakers.values[i] === scan.speakers.values[i + 1];
  const gap = elapsed(scan, i);
  const hasVectors = !Number.isNaN(cosine(scan, i + 1, 1));
  const jump = -(hasVectors ? score('blockFit') + score('pairFit') : 2 * score('chain')) / 2;
  set('openingWithin', scan.opens.values[i + 1]!);
  set('closingWithin', scan.closes.values[i]!);
  set(isSame ? 'sameSpeaker' : 'otherSpeaker', nats(isSame ? habits.same : 1 - habits.same));
  if (isSame && habits.same < 0.1) set('sameSpeakerStrict', 1);
  if (after & CUE.greets) set('greetsWithin', nats(habits.greetsWithin));
  if (gap === 0) set('untimed', 1);
  else {
    const slow = nats(rhythm.withinSession(gap));
    set('slowWithin', slow);
    set('slowWithinHigh', Math.max(0, slow - 2));
    set('fastWithin', Math.exp(-gap / 30_000));
    set('jumpAndSlow', Math.max(0, jump) * slow);
  }
  set('deepJump', Math.max(0, jump - 1));
  if (isSame) set('jumpAndSame', jump);
  if (before & CUE.asksLast) {
    if (isSame) set('unanswered', nats(habits.sameAfterQuestion));
    set('unansweredFit', jump);
    if (after & CUE.asksLast && !isSame) set('questionAfterQuestion', nats(habits.questionAfterQuestion));
  } else if (after & CUE.replies) {
    if (isSame) set('unasked', nats(habits.sameReplies));
    set('unaskedFit', jump);
  }
  fillReferences(scan, after, i, set);
}

function fillReferences(
  scan: ConversationScan,
  after: number,
  i: number,
  set: (name: FeatureName, value: number) => void,
): void {
  if (after & CUE.refersBack) set('refersBack', 1);
  if (after & CUE.talksOfPicture) set('talksOfPicture', 1);
  if (Number.isNaN(cosine(scan, i + 1, 1))) set('noVector', 1);
}

/** Surprise of an event of this chance, in nats. */
const nats = (chance: number) => Math.min(MOST_NATS, -Math.log(Math.max(1e-9, chance)));

/** Of message `row` with the one `lag` before; NaN where either is not there. */
function cosine({ cosines, length }: ConversationScan, row: number, lag: number): number {
  return row < length && row >= lag ? cosines.values[row * LAGS + lag - 1]! : Number.NaN;
}

/** Mean over the pairs that stand on either side, at most `BLOCK` away. */
function blockCosine(scan: ConversationScan, i: number): number {
  let [sum, pairs] = [0, 0];
  for (let right = 1; right <= BLOCK; right++) {
    for (let left = 0; left < BLOCK; left++) {
      const value = cosine(scan, i + right, right + left);
      if (Number.isNaN(value)) continue;
      sum += value;
      pairs++;
    }
  }
  return pairs === 0 ? Number.NaN : sum / pairs;
}

const mean = (a: number, b: number) => (Number.isNaN(b) ? a : Number.isNaN(a) ? b : (a + b) / 2);

const chainWeight = ({ chains }: ConversationScan, i: number) => Math.sqrt(Math.max(0, chains.values[i]!));

/** Standard score against the boundaries of a kind, drawn to 0 while these are few; NaN says nothing. */
function scoreOf(
  read: (i: number) => number,
  isOfKind: (i: number) => boolean,
  trust: Float64Array,
  prior: number,
): Score {
  let [n, total, squares] = [0, 0, 0];
  for (let i = 0; i < trust.length; i++) {
    if (!isOfKind(i)) continue;
    const value = read(i);
    if (Number.isNaN(value)) continue;
    n += trust[i]!;
    total += trust[i]! * value;
    squares += trust[i]! * value * value;
  }
  if (n < 2) return () => 0;
  const centre = total / n;
  const deviation = Math.sqrt(Math.max(0, squares / n - centre * centre));
  if (deviation < 1e-6) return () => 0;
  const factor = n / (n + prior) / deviation;
  return (value) => (Number.isNaN(value) ? 0 : Math.max(-4, Math.min(4, (value - centre) * factor)));
}
