import type { Now, TimeMention } from './mention.ts';
import { type CalendarDay, calendarDay, dayStart, hourStart, weekdayAt } from './zone.ts';

const DAY = 86_400_000;
const WEEKDAYS = ['sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday'];
const WEEKDAY = `(${WEEKDAYS.join('|')})`;
const UNIT = '(day|week|month|year)s?';
const COUNT = '(\\d{1,4}|an?|a couple of|couple of|a few|few|several)';
/** "a few" stands for this many. */
const FEW = 3;

/** Days from today, in the asker's calendar. `until` is left out. */
type Days = [from: CalendarDay, until: CalendarDay];
type Reading = (match: RegExpExecArray, now: Now, today: CalendarDay) => TimeMention;

const HOURS: Record<string, [from: number, until: number]> = {
  morning: [0, 12],
  afternoon: [12, 18],
  evening: [17, 24],
};

/** In order: an exact reading stands before the vaguer one that would also fit. */
const READINGS: [pattern: RegExp, reading: Reading][] = [
  [/\bday before yesterday\b/, (_, now, today) => days(now, [plus(today, -2), plus(today, -1)])],
  [/\byesterday\b/, (_, now, today) => days(now, [plus(today, -1), today])],
  [/\blast night\b/, (_, now, today) => ofHours(now, plus(today, -1), 18, 30)],
  [/\btonight\b/, (_, now, today) => ofHours(now, today, 17, 24)],
  [
    /\b(?:this|earlier in the|earlier this) (morning|afternoon|evening)\b/,
    (match, now, today) => ofHours(now, today, ...HOURS[match[1]!]!),
  ],
  [/\btoday\b/, (_, now, today) => days(now, [today, plus(today, 1)])],
  [new RegExp(`\\b${COUNT} ${UNIT} (?:ago|back|earlier)\\b`), ago],
  [new RegExp(`\\b(?:last|past|previous) ${COUNT} ${UNIT}\\b`), (match, ...at) => rolling(match[1]!, match[2]!, ...at)],
  [
    new RegExp(
      `\\b(?:(?:over|in|during|within|for|throughout)(?: the| this)?|the|this) (?:last|past|previous) ${UNIT}\\b`,
    ),
    (match, ...at) => rolling('1', match[1]!, ...at),
  ],
  [new RegExp(`\\bpast ${UNIT}\\b`), (match, ...at) => rolling('1', match[1]!, ...at)],
  [/\b(last|previous|this|past) weekend\b/, (match, now, today) => weekend(match[1] !== 'this', now, today)],
  [/\b(?:last|previous) (week|month|year)\b/, (match, now, today) => days(now, unitDays(match[1]!, -1, now, today))],
  [/\bthis (week|month|year)\b/, (match, now, today) => days(now, unitDays(match[1]!, 0, now, today))],
  [new RegExp(`\\b(?:last|past|previous) ${WEEKDAY}\\b`), lastWeekday],
  [new RegExp(`\\b${WEEKDAY}s?\\b`), (match) => ({ kind: 'weekday', weekday: WEEKDAYS.indexOf(match[1]!) })],
];

/**
 * "yesterday", "2 weeks ago", "over the last 3 days", "last Friday", "this month", "on Friday". A day, month or year ago
 * is one of the calendar; a week ago is a day with three to either side. "The last week" are the days up to now, "last
 * week" is the one from Monday to Sunday before this one.
 *
 * @param text in lower case, numbers in digits
 */
export function relativeMention(text: string, now: Now): { mention: TimeMention; start: number; end: number } | null {
  const today = calendarDay(now.time, now.zone);
  for (const [pattern, reading] of READINGS) {
    const match = pattern.exec(text);
    if (match === null) continue;
    return { mention: reading(match, now, today), start: match.index, end: match.index + match[0].length };
  }
  return null;
}

function ago(match: RegExpExecArray, now: Now, today: CalendarDay): TimeMention {
  const count = countOf(match[1]!);
  const unit = match[2]!;
  if (unit === 'month' || unit === 'year') return days(now, unitDays(unit, -count, now, today));
  const day = plus(today, -count * (unit === 'week' ? 7 : 1));
  if (match[1]!.endsWith('few') || match[1] === 'several') return days(now, [plus(day, -2), plus(day, 2)]);
  // who counts days leaves out the odd hours, and who says "two weeks" means about that
  if (unit === 'day') return days(now, [day, plus(day, 1)], DAY);
  return days(now, [plus(day, -3), plus(day, 4)], 4 * DAY);
}

/** The last days up to now, today among them. */
function rolling(count: string, unit: string, now: Now, { year, month, day }: CalendarDay): TimeMention {
  const n = countOf(count);
  const from: Record<string, CalendarDay> = {
    day: { year, month, day: day - n },
    week: { year, month, day: day - 7 * n },
    month: inMonth(year, month - n, day),
    year: inMonth(year - n, month, day),
  };
  return days(now, [from[unit]!, { year, month, day: day + 1 }]);
}

/** That day of the month, or its last one where it is shorter: a month before 31 March is 28 February. */
function inMonth(year: number, month: number, day: number): CalendarDay {
  const last = new Date(Date.UTC(year, month + 1, 0)).getUTCDate();
  return { year, month, day: Math.min(day, last) };
}

/** The calendar's week (from Monday), month or year that lies `offset` units from this one. */
function unitDays(unit: string, offset: number, now: Now, { year, month, day }: CalendarDay): Days {
  if (unit === 'year')
    return [
      { year: year + offset, month: 0, day: 1 },
      { year: year + offset + 1, month: 0, day: 1 },
    ];
  if (unit === 'month')
    return [
      { year, month: month + offset, day: 1 },
      { year, month: month + offset + 1, day: 1 },
    ];
  const monday = { year, month, day: day - daysSinceMonday(now) + 7 * offset };
  return [monday, plus(monday, 7)];
}

function weekend(isLast: boolean, now: Now, today: CalendarDay): TimeMention {
  const saturday = plus(today, 5 - daysSinceMonday(now) - (isLast ? 7 : 0));
  return days(now, [saturday, plus(saturday, 2)]);
}

/** The day of that name before today. */
function lastWeekday(match: RegExpExecArray, now: Now, today: CalendarDay): TimeMention {
  const back = (weekdayAt(now.time, now.zone) - WEEKDAYS.indexOf(match[1]!) + 7) % 7 || 7;
  return days(now, [plus(today, -back), plus(today, 1 - back)]);
}

function days({ zone }: Now, [from, until]: Days, slack = 0): TimeMention {
  return { kind: 'range', from: startOf(from, zone), until: startOf(until, zone), slack };
}

/** By the clock on the wall: on a day of 23 or 25 hours an evening is not so many hours after midnight. */
function ofHours({ zone }: Now, day: CalendarDay, from: number, until: number): TimeMention {
  return { kind: 'range', from: hourStart(day, from, zone), until: hourStart(day, until, zone), slack: 0 };
}

const startOf = ({ year, month, day }: CalendarDay, zone: string) => dayStart(year, month, day, zone);
/** May leave the month: `dayStart` carries over. */
const plus = (date: CalendarDay, count: number): CalendarDay => ({ ...date, day: date.day + count });
const daysSinceMonday = ({ time, zone }: Now) => (weekdayAt(time, zone) + 6) % 7;

function countOf(text: string): number {
  if (text.includes('couple')) return 2;
  if (text.endsWith('few') || text === 'several') return FEW;
  return Number.parseInt(text, 10) || 1;
}
