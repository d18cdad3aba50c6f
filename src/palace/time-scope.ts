import { timeFitter, yearlyRange } from '../text/time/fit.ts';
import type { FoundTime, Now, Side, TimeMention } from '../text/time/mention.ts';
import { calendarDay, dayStart, weekdayAt } from '../text/time/zone.ts';
import type { Interner } from './interner.ts';
import type { MessageTable } from './message-table.ts';
import type { Neighbours } from './neighbours.ts';
import { NOTES } from './note.ts';

/** A conversation whose newest message is younger is still under way. */
const UNDER_WAY = 30 * 60_000;

type Stretch = [from: number, until: number];

/** What the time of messages is read from. */
export interface Timeline {
  table: MessageTable;
  neighbours: Neighbours;
  conversations: Interner;
}

/**
 * Fills `out[row]` with how well each message fits the time, in [0, 1].
 *
 * @param isFilter the question asks for nothing but the time: whatever is inside counts in full, all else not at all
 * @returns whether it is a filter: a time in which nothing was said leaves the fit to say what is near
 */
export function fillTime(
  { mention, isEarlier, side }: FoundTime,
  isFilter: boolean,
  now: Now,
  timeline: Timeline,
  out: Float64Array,
): boolean {
  out.fill(0);
  if (mention.kind === 'sessions') {
    return markSessions(mention, timeline, out) && isFilter;
  }
  if (isFilter) {
    for (const stretch of occurrences(mention, now, timeline.table)) {
      if (!markRange(...reach(stretch, side), timeline.table, out)) continue;
      if (isEarlier) leaveOutRunning(now.time, timeline.table, out);
      return true;
    }
  }
  const nearness = timeFitter(mention, now.zone);
  const { table } = timeline;
  for (let row = 0; row < table.end; row++) if (table.has(row)) out[row] = nearness(table.sentAt[row]!);
  return false;
}

/** The stretches that the mention may mean, the likeliest first: the last "May" is meant before the one a year earlier. */
function* occurrences(
  mention: Exclude<TimeMention, { kind: 'sessions' }>,
  { time, zone }: Now,
  table: MessageTable,
): Generator<Stretch> {
  if (mention.kind === 'range') {
    yield [mention.from, mention.until];
    if (mention.slack > 0) yield* nearest(mention.from, mention.until, mention.slack, zone, table);
    return;
  }
  const oldest = oldestTime(table);
  const { year, month, day } = calendarDay(time, zone);
  if (mention.kind === 'weekday') {
    const back = (weekdayAt(time, zone) - mention.weekday + 7) % 7;
    for (let at = day - back; dayStart(year, month, at + 1, zone) > oldest; at -= 7) {
      yield [dayStart(year, month, at, zone), dayStart(year, month, at + 1, zone)];
    }
    return;
  }
  for (let each = year + 1; ; each--) {
    const [from, until] = yearlyRange(mention.from, mention.to, each, zone);
    if (until <= oldest) return;
    if (from <= time) yield [from, until];
  }
}

function reach([from, until]: Stretch, side: Side | null): Stretch {
  if (side === 'before') return [Number.NEGATIVE_INFINITY, from];
  if (side === 'since') return [from, Number.POSITIVE_INFINITY];
  return side === 'after' ? [until, Number.POSITIVE_INFINITY] : [from, until];
}

/** The whole day of the message that lies nearest to the stretch, if within the slack. */
function* nearest(from: number, until: number, slack: number, zone: string, table: MessageTable): Generator<Stretch> {
  let best = Number.POSITIVE_INFINITY;
  let bestTime = 0;
  for (let row = 0; row < table.end; row++) {
    if (!table.has(row)) continue;
    const sentAt = table.sentAt[row]!;
    const distance = sentAt < from ? from - sentAt : sentAt - until;
    if (distance >= best) continue;
    best = distance;
    bestTime = sentAt;
  }
  if (best > slack) return;
  const { year, month, day } = calendarDay(bestTime, zone);
  yield [dayStart(year, month, day, zone), dayStart(year, month, day + 1, zone)];
}

function markRange(from: number, until: number, table: MessageTable, out: Float64Array): boolean {
  let any = false;
  for (let row = 0; row < table.end; row++) {
    const sentAt = table.sentAt[row]!;
    if (!table.has(row) || sentAt < from || sentAt >= until) continue;
    out[row] = 1;
    any = true;
  }
  return any;
}

/** Takes the conversation that is under way out again, unless there is no other. */
function leaveOutRunning(now: number, table: MessageTable, out: Float64Array): void {
  let newest = -1;
  for (let row = 0; row < table.end; row++) {
    if (!table.has(row) || table.sentAt[row]! > now) continue;
    if (newest < 0 || table.sentAt[row]! > table.sentAt[newest]!) newest = row;
  }
  if (newest < 0 || now - table.sentAt[newest]! > UNDER_WAY) return;
  const running = table.conversation[newest]!;
  const isOther = (row: number) => out[row] === 1 && table.conversation[row] !== running;
  let others = 0;
  for (let row = 0; row < table.end; row++) if (isOther(row)) others++;
  if (others === 0) return;
  for (let row = 0; row < table.end; row++) if (!isOther(row)) out[row] = 0;
}

/** Conversations in order of their first message, notes left out, as nobody was talked to; a negative place counts from the newest. */
function markSessions(
  { from, to }: Extract<TimeMention, { kind: 'sessions' }>,
  { table, neighbours, conversations }: Timeline,
  out: Float64Array,
): boolean {
  const first = (rows: readonly number[]) => rows[0]!;
  const notes = conversations.idOf(NOTES);
  const sessions = neighbours
    .all()
    .filter((rows) => table.conversation[first(rows)] !== notes)
    .toSorted((a, b) => table.sentAt[first(a)]! - table.sentAt[first(b)]! || first(a) - first(b));
  const place = (n: number) => (n > 0 ? n - 1 : sessions.length + n);
  let any = false;
  for (const rows of sessions.slice(Math.max(0, place(from)), Math.max(0, place(to) + 1))) {
    for (const row of rows) out[row] = 1;
    any = true;
  }
  return any;
}

function oldestTime(table: MessageTable): number {
  let oldest = Number.POSITIVE_INFINITY;
  for (let row = 0; row < table.end; row++) if (table.has(row)) oldest = Math.min(oldest, table.sentAt[row]!);
  return oldest;
}
