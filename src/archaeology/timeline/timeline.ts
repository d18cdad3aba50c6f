import type { Outcome } from '../../shared/errors.ts';
import { movingTypeTokenRatio } from '../../text/moving-ttr.ts';
import { words } from '../../text/tokenize.ts';
import type { HistoryMessage, Pattern } from '../patterns/pattern.ts';
import { BREAK_MS, sessionsOf } from '../patterns/sessions.ts';
import { bucketStart, bucketStarts, type Resolution } from './buckets.ts';

/** Buckets of one timeline, at most. */
export const MAX_BUCKETS = 1_000;
const DIVERSITY_WINDOW = 50;
/** Words of a bucket that diversity is measured on, at most. */
const DIVERSITY_WORDS = 20_000;

/** A message as the timeline draws it. */
export interface TimelineMessage extends HistoryMessage {
  /** mood, -1 to 1; null or left out: not read */
  valence?: number | null;
}

/** Something that lies over the series: a gap, a change, a pattern. */
export interface Overlay {
  /** epoch ms */
  from: number;
  to: number;
}

export interface TimelineGap extends Overlay {
  probability: number;
}

/** One value a bucket in each series; null where a bucket has nothing to measure. */
export interface Timeline<Gap extends TimelineGap> {
  resolution: Resolution;
  /** epoch ms, in order; a bucket ends where the next begins */
  starts: number[];
  series: {
    /** of the person */
    messages: number[];
    /** of all others */
    othersMessages: number[];
    words: number[];
    /** conversations begun by anyone, and the person's share of them */
    conversations: number[];
    initiative: (number | null)[];
    /** median time to the person's replies, ms */
    latency: (number | null)[];
    /** share of different words among 50 in a row; null below 50 words */
    diversity: (number | null)[];
    /** mean of the messages that have one */
    valence: (number | null)[];
  };
  /** those that touch the interval, in order of time */
  gaps: Gap[];
  changes: { at: number; series: string; before: number; after: number; q: number | null; sentence: string }[];
}

interface Request<Gap extends TimelineGap> {
  resolution: Resolution;
  /** epoch ms; the first and last message unless given */
  from?: number | undefined;
  to?: number | undefined;
  /** of local time from UTC, minutes */
  offsetMinutes?: number;
  breakMs?: number;
  gaps?: readonly Gap[];
  patterns?: readonly Pattern[];
}

interface Bucket {
  own: number;
  others: number;
  words: string[];
  wordCount: number;
  begun: number;
  begunByOwn: number;
  waits: number[];
  valences: number[];
}

/**
 * All series of a history at one resolution, ready to be drawn. Refused when the interval is reversed or has more than
 * 1,000 buckets. Sessions are cut on the whole history, so that an interval does not begin conversations of its own.
 *
 * @param history in any order; of what lies before `from`, `breakMs` is enough
 */
export function timeline<Gap extends TimelineGap>(
  history: readonly TimelineMessage[],
  { resolution, from, to, offsetMinutes = 0, breakMs = BREAK_MS, gaps = [], patterns = [] }: Request<Gap>,
): Outcome<Timeline<Gap>> {
  const ordered = history.toSorted((a, b) => a.at - b.at);
  const first = from ?? ordered[0]?.at ?? 0;
  const last = to ?? Math.max(first - 1, ordered.at(-1)?.at ?? first - 1);
  if (from !== undefined && to !== undefined && to < from) {
    return { ok: false, code: 'invalid_input', detail: 'The interval ends before it begins.' };
  }
  const offset = offsetMinutes * 60_000;
  const starts = bucketStarts(first, last, resolution, offset, MAX_BUCKETS);
  if (starts === null) {
    const detail = `The interval has more than ${MAX_BUCKETS} buckets of one ${resolution}: ask for less of it or a coarser resolution.`;
    return { ok: false, code: 'invalid_input', detail };
  }
  const buckets = fill(ordered, {
    starts,
    first,
    last,
    breakMs,
    bucketOf: (at) => bucketStart(at, resolution, offset),
  });
  const touches = (each: Overlay) => each.from <= last && each.to >= first;
  return {
    ok: true,
    value: {
      resolution,
      starts,
      series: seriesOf(buckets),
      gaps: gaps.filter(touches).sort((a, b) => a.from - b.from),
      changes: changesOf(patterns).filter(({ at }) => at >= first && at <= last),
    },
  };
}

function fill(
  ordered: readonly TimelineMessage[],
  {
    starts,
    first,
    last,
    breakMs,
    bucketOf,
  }: { starts: number[]; first: number; last: number; breakMs: number; bucketOf: (at: number) => number },
): Bucket[] {
  const buckets = starts.map(() => empty());
  const places = new Map(starts.map((start, i) => [start, buckets[i]!]));
  const at = (time: number) => (time < first || time > last ? undefined : places.get(bucketOf(time)));
  for (const message of ordered) {
    const bucket = at(message.at);
    if (bucket !== undefined) note(bucket, message);
  }
  const { sessions, replies } = sessionsOf(ordered, breakMs);
  for (const session of sessions) {
    const bucket = at(session.at);
    if (bucket === undefined) continue;
    bucket.begun++;
    if (session.begunByOwn) bucket.begunByOwn++;
  }
  for (const reply of replies) at(reply.at)?.waits.push(reply.latency);
  return buckets;
}

function empty(): Bucket {
  return { own: 0, others: 0, words: [], wordCount: 0, begun: 0, begunByOwn: 0, waits: [], valences: [] };
}

function note(bucket: Bucket, { isOwn, content, valence }: TimelineMessage): void {
  if (!isOwn) {
    bucket.others++;
    return;
  }
  bucket.own++;
  const cut = words(content);
  bucket.wordCount += cut.length;
  if (bucket.words.length < DIVERSITY_WORDS) for (const word of cut) bucket.words.push(word);
  if (valence !== undefined && valence !== null) bucket.valences.push(valence);
}

function seriesOf(buckets: readonly Bucket[]): Timeline<TimelineGap>['series'] {
  return {
    messages: buckets.map(({ own }) => own),
    othersMessages: buckets.map(({ others }) => others),
    words: buckets.map(({ wordCount }) => wordCount),
    conversations: buckets.map(({ begun }) => begun),
    initiative: buckets.map(({ begun, begunByOwn }) => (begun === 0 ? null : begunByOwn / begun)),
    latency: buckets.map(({ waits }) => (waits.length === 0 ? null : median(waits))),
    diversity: buckets.map((bucket) =>
      bucket.words.length < DIVERSITY_WINDOW ? null : movingTypeTokenRatio(bucket.words, DIVERSITY_WINDOW),
    ),
    valence: buckets.map(({ valences }) => {
      return valences.length === 0 ? null : valences.reduce((sum, each) => sum + each, 0) / valences.length;
    }),
  };
}

function changesOf(patterns: readonly Pattern[]): Timeline<TimelineGap>['changes'] {
  return patterns
    .filter(({ kind }) => kind === 'change')
    .map(({ numbers, words: names, significance, sentence }) => ({
      at: numbers.at!,
      series: names[0]!,
      before: numbers.before!,
      after: numbers.after!,
      q: significance?.q ?? null,
      sentence,
    }))
    .sort((a, b) => a.at - b.at);
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}
