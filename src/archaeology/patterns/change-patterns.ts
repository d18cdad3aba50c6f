import { type ChangePoint, changePoints } from '../../statistics/change-points.ts';
import { benjaminiHochberg } from '../../statistics/false-discovery.ts';
import { movingTypeTokenRatio } from '../../text/moving-ttr.ts';
import { words } from '../../text/tokenize.ts';
import { dayOf, duration, type HistoryMessage, type Pattern, percent, spread } from './pattern.ts';
import type { Reply, Session } from './sessions.ts';

const WEEK_MS = 7 * 86_400_000;
/** Longer histories are cut into equal stretches of several weeks. */
const MOST_STRETCHES = 520;
const LEAST_STRETCHES = 8;
const DIVERSITY_WINDOW = 25;

/** One figure a stretch; stretches without it are left out. */
interface Series {
  name: string;
  values: number[];
  weights: number[];
  /** stretch of each value */
  stretches: number[];
  say(value: number): string;
}

/**
 * When the level of a weekly figure changed: messages, words a message, reply latency, share of conversations begun and
 * diversity. The weeks count from the first message; the last, unfinished one is left out. All changes of all series are
 * one family. The test takes weeks of one level as coming in no order.
 *
 * @param own the person's messages in order of time
 * @param level false discovery rate
 */
export function changes(
  own: readonly HistoryMessage[],
  sessions: readonly Session[],
  replies: readonly Reply[],
  level: number,
): Pattern[] {
  const start = own[0]?.at ?? 0;
  const span = (own.at(-1)?.at ?? 0) - start;
  const width = WEEK_MS * Math.max(1, Math.ceil(span / WEEK_MS / MOST_STRETCHES));
  const count = Math.floor(span / width);
  if (count < LEAST_STRETCHES) return [];
  const stretchOf = (at: number) => Math.floor((at - start) / width);
  const buckets = Array.from({ length: count }, () => [] as HistoryMessage[]);
  for (const message of own) buckets[stretchOf(message.at)]?.push(message);
  const unit = width === WEEK_MS ? 'a week' : `in ${width / WEEK_MS} weeks`;
  const all = [...textSeries(buckets, unit), ...exchangeSeries(sessions, replies, count, stretchOf)];
  const found = all.flatMap((series) => shifts(series).map((shift) => ({ series, shift })));
  // a series that shows no change was tested as well
  const q = benjaminiHochberg(
    found.map(({ shift }) => shift.p),
    found.length + all.filter((series) => found.every((each) => each.series !== series)).length,
  );
  return found.flatMap(({ series, shift }, i) =>
    q[i]! > level ? [] : [describe(series, shift, q[i]!, { start, width, buckets })],
  );
}

function textSeries(buckets: readonly HistoryMessage[][], unit: string): Series[] {
  const cut = buckets.map((messages) => messages.map(({ content }) => words(content)));
  const lengths = cut.map((messages) => messages.reduce((sum, each) => sum + each.length, 0));
  const diverse = cut.map((messages) => movingTypeTokenRatio(messages.flat(), DIVERSITY_WINDOW));
  const spoken = (i: number) => buckets[i]!.length > 0;
  return [
    series(
      'messages',
      buckets.map(({ length }) => length),
      () => 1,
      () => true,
      (value) => `${value.toFixed(1)} messages ${unit}`,
    ),
    series(
      'words-a-message',
      lengths.map((sum, i) => sum / buckets[i]!.length),
      (i) => buckets[i]!.length,
      spoken,
      (value) => `${value.toFixed(1)} words a message`,
    ),
    series(
      'diversity',
      diverse,
      (i) => Math.max(1, lengths[i]! - DIVERSITY_WINDOW + 1),
      (i) => !Number.isNaN(diverse[i]!),
      (value) => `${(value * DIVERSITY_WINDOW).toFixed(1)} different words in any ${DIVERSITY_WINDOW}`,
    ),
  ];
}

function exchangeSeries(
  sessions: readonly Session[],
  replies: readonly Reply[],
  count: number,
  stretchOf: (at: number) => number,
): Series[] {
  const begun = Array.from({ length: count }, () => [] as number[]);
  const waits = Array.from({ length: count }, () => [] as number[]);
  for (const session of sessions) begun[stretchOf(session.at)]?.push(session.begunByOwn ? 1 : 0);
  for (const reply of replies) waits[stretchOf(reply.at)]?.push(Math.log(Math.max(1, reply.latency / 1000)));
  const mean = (values: readonly number[]) => values.reduce((sum, each) => sum + each, 0) / values.length;
  return [
    series(
      'reply-latency',
      waits.map(mean),
      (i) => waits[i]!.length,
      (i) => waits[i]!.length > 0,
      (value) => `a usual reply after ${duration(Math.exp(value) * 1000)}`,
    ),
    series(
      'initiative',
      begun.map(mean),
      (i) => begun[i]!.length,
      (i) => begun[i]!.length > 0,
      (value) => `${percent(value)} of conversations begun`,
    ),
  ];
}

function series(
  name: string,
  values: readonly number[],
  weight: (i: number) => number,
  isKnown: (i: number) => boolean,
  say: Series['say'],
): Series {
  const stretches = values.map((_, i) => i).filter(isKnown);
  return { name, say, stretches, values: stretches.map((i) => values[i]!), weights: stretches.map(weight) };
}

const shifts = ({ values, weights }: Series): ChangePoint[] =>
  values.length < LEAST_STRETCHES ? [] : changePoints(values, { weights });

function describe(
  { name, stretches, say }: Series,
  { at, before, after, size, p }: ChangePoint,
  q: number,
  { start, width, buckets }: { start: number; width: number; buckets: readonly HistoryMessage[][] },
): Pattern {
  const changed = start + stretches[at]! * width;
  const beside = buckets.slice(Math.max(0, stretches[at]! - 2), stretches[at]! + 2).flat();
  return {
    kind: 'change',
    from: start,
    to: start + buckets.length * width,
    numbers: { at: changed, before, after, size },
    words: [name],
    evidence: spread(beside.map(({ id }) => id)),
    significance: { test: 'permutation', p, q },
    sentence: `Around ${dayOf(changed)} the level went from ${say(before)} to ${say(after)}.`,
  };
}
