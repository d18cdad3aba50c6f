import type { MonthDay, TimeMention } from './mention.ts';
import { calendarDay, dayStart, weekdayAt } from './zone.ts';

const DAY = 86_400_000;
/** People tell of a day for days after it, rarely before: how fast the fit fades, in days, for a day and for more. */
const FADE_DAY = 4;
const FADE_LONGER = 10;
const BEFOREHAND = 2;
/** Past this it counts as no fit at all. */
const FARTHEST = 60;
/** A weekday comes back every week, so it says little. */
const WEEKDAY_FIT = 0.3;

type Range = [from: number, until: number];

/**
 * A function that tells how well a message sent at a time (epoch ms) fits the time named: 1 inside it, fading outside,
 * in [0, 1]. It remembers the stretch it last saw, so neighbours in time are cheap. Sessions fit no time by themselves.
 */
export function timeFitter(mention: TimeMention, zone: string): (sentAt: number) => number {
  if (mention.kind === 'range') return (sentAt) => rangeFit(mention.from, mention.until, sentAt);
  if (mention.kind === 'weekday') return weekdayFitter(mention.weekday, zone);
  if (mention.kind === 'sessions') return () => 0;
  let [yearFrom, yearUntil]: Range = [0, 0];
  let ranges: Range[] = [];
  return (sentAt) => {
    if (sentAt < yearFrom || sentAt >= yearUntil) {
      const { year } = calendarDay(sentAt, zone);
      [yearFrom, yearUntil] = [dayStart(year, 0, 1, zone), dayStart(year + 1, 0, 1, zone)];
      // in January, last December is nearer than the coming one
      ranges = [year - 1, year, year + 1]
        .map((each) => yearlyRange(mention.from, mention.to, each, zone))
        .filter(([from, until]) => from < until);
    }
    let best = 0;
    for (const [from, until] of ranges) best = Math.max(best, rangeFit(from, until, sentAt));
    return best;
  };
}

/** Whether a stretch that comes every year ends in the year after the one in which it starts. */
export const isOverNewYear = (from: MonthDay, to: MonthDay): boolean =>
  from.month > to.month || (from.month === to.month && (from.day ?? 1) > (to.day ?? 31));

/** The stretch that ends in the year; empty for a day that the year does not have, such as 29 February. */
export function yearlyRange(from: MonthDay, to: MonthDay, year: number, zone: string): Range {
  const start = dayStart(isOverNewYear(from, to) ? year - 1 : year, from.month, from.day ?? 1, zone);
  const monthEnd = dayStart(year, to.month + 1, 1, zone);
  return [start, to.day === null ? monthEnd : Math.min(dayStart(year, to.month, to.day + 1, zone), monthEnd)];
}

function weekdayFitter(wanted: number, zone: string): (sentAt: number) => number {
  let [from, until]: Range = [0, 0];
  let fit = 0;
  return (sentAt) => {
    if (sentAt < from || sentAt >= until) {
      const { year, month, day } = calendarDay(sentAt, zone);
      [from, until] = [dayStart(year, month, day, zone), dayStart(year, month, day + 1, zone)];
      fit = weekdayAt(sentAt, zone) === wanted ? WEEKDAY_FIT : 0;
    }
    return fit;
  };
}

function rangeFit(from: number, until: number, sentAt: number): number {
  const days = sentAt < from ? ((from - sentAt) / DAY) * BEFOREHAND : sentAt < until ? 0 : (sentAt - until) / DAY;
  if (days > FARTHEST) return 0;
  return Math.exp(-days / (until - from > DAY ? FADE_LONGER : FADE_DAY));
}
