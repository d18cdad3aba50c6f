const DAY = 86_400_000;
const MONTHS = [
  ...['january', 'february', 'march', 'april', 'may', 'june'],
  ...['july', 'august', 'september', 'october', 'november', 'december'],
];
const WEEKDAYS = ['sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday'];
const MONTH = `(${MONTHS.map((month) => `${month}|${month.slice(0, 3)}\\.?`).join('|')}|sept\\.?)`;
const DAY_NUMBER = '(\\d{1,2})(?:st|nd|rd|th)?';
const YEAR = '((?:19|20)\\d\\d)';

const ISO_DATE = /\b((?:19|20)\d\d)-(\d\d)-(\d\d)\b/;
const DAY_MONTH = new RegExp(`\\b${DAY_NUMBER},?(?:\\s+of)?\\s+${MONTH}\\b(?:,?\\s+${YEAR}\\b)?`);
const MONTH_DAY = new RegExp(`\\b${MONTH}\\s+${DAY_NUMBER}(?!\\d)(?:,?\\s+${YEAR}\\b)?`);
const MONTH_YEAR = new RegExp(`\\b${MONTH},?\\s+(?:of\\s+)?${YEAR}\\b`);
const MONTH_ALONE = new RegExp(`\\b(${MONTHS.join('|')})\\b`);
/** "may" is a month only where its neighbour says so; "march" is left to chance, it is rare as a verb. */
const MAY_AS_MONTH = /\b(?:in|of|since|last|this|next|early|late|mid|during|by|until|before|after|on)\s+may\b/;
const YEAR_ALONE = new RegExp(`\\b(?:in|of|during|since|year)\\s+${YEAR}\\b`);
const AGO = /\b(\d{1,3}|a|an|one|two|three|four|five|six|seven|eight|nine|ten)\s+(day|week|month|year)s?\s+ago\b/;
const COUNTS = ['zero', 'one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine', 'ten'];
const LAST_UNIT = /\b(?:last|past|previous)\s+(week|month|year)\b/;
const WEEKDAY = new RegExp(`\\b(${WEEKDAYS.join('|')})s?\\b`);
const UNIT_DAYS: Record<string, number> = { day: 1, week: 7, month: 30.4, year: 365.25 };

/** A time that a query names. All in UTC. */
export type TimeMention =
  /** epoch ms, `until` excluded */
  | { kind: 'range'; from: number; until: number }
  /** every year anew: 8 May, or the whole of May where `day` is null; `month` counts from 0 */
  | { kind: 'yearly'; month: number; day: number | null }
  /** 0 is Sunday */
  | { kind: 'weekday'; weekday: number };

/**
 * The time that an English text names: "8 May 2023", "May 8th", "in May", "2023-05-08", "in 2022", "yesterday",
 * "two weeks ago", "last month", "on Friday". The most exact reading wins; null where there is none.
 *
 * @param referenceDate what "yesterday" counts from, epoch ms
 */
export function timeMention(text: string, referenceDate: number): TimeMention | null {
  const plain = text.toLowerCase();
  return calendarMention(plain) ?? relativeMention(plain, referenceDate);
}

function calendarMention(text: string): TimeMention | null {
  const iso = ISO_DATE.exec(text);
  if (iso) return dayRange(Number(iso[1]), Number(iso[2]) - 1, Number(iso[3]));
  const dayMonth = DAY_MONTH.exec(text);
  if (dayMonth) return ofDay(Number(dayMonth[1]), monthNumber(dayMonth[2]!), dayMonth[3]);
  const monthDay = MONTH_DAY.exec(text);
  if (monthDay) return ofDay(Number(monthDay[2]), monthNumber(monthDay[1]!), monthDay[3]);
  const monthYear = MONTH_YEAR.exec(text);
  if (monthYear) return monthRange(Number(monthYear[2]), monthNumber(monthYear[1]!));
  const alone = MONTH_ALONE.exec(text);
  if (alone && (alone[1] !== 'may' || MAY_AS_MONTH.test(text))) {
    return { kind: 'yearly', month: monthNumber(alone[1]!), day: null };
  }
  const year = YEAR_ALONE.exec(text);
  return year
    ? { kind: 'range', from: Date.UTC(Number(year[1]), 0, 1), until: Date.UTC(Number(year[1]) + 1, 0, 1) }
    : null;
}

function relativeMention(text: string, referenceDate: number): TimeMention | null {
  const midnight = Math.floor(referenceDate / DAY) * DAY;
  if (/\byesterday\b/.test(text)) return { kind: 'range', from: midnight - DAY, until: midnight };
  if (/\btoday\b/.test(text)) return { kind: 'range', from: midnight, until: midnight + DAY };
  const ago = AGO.exec(text);
  if (ago) {
    const named = COUNTS.indexOf(ago[1]!);
    const count = named > 0 ? named : Number(ago[1]) || 1;
    const days = UNIT_DAYS[ago[2]!]!;
    const from = midnight - Math.round(count * days) * DAY;
    // "two weeks ago" is as exact as its unit
    const slack = Math.floor(days / 2) * DAY;
    return { kind: 'range', from: from - slack, until: from + DAY + slack };
  }
  const last = LAST_UNIT.exec(text);
  if (last) return { kind: 'range', from: midnight - Math.round(2 * UNIT_DAYS[last[1]!]!) * DAY, until: midnight };
  const weekday = WEEKDAY.exec(text);
  return weekday ? { kind: 'weekday', weekday: WEEKDAYS.indexOf(weekday[1]!) } : null;
}

function ofDay(day: number, month: number, year: string | undefined): TimeMention | null {
  if (day < 1 || day > 31) return null;
  return year === undefined ? { kind: 'yearly', month, day } : dayRange(Number(year), month, day);
}

function dayRange(year: number, month: number, day: number): TimeMention {
  const from = Date.UTC(year, month, day);
  return { kind: 'range', from, until: from + DAY };
}

function monthRange(year: number, month: number): TimeMention {
  return { kind: 'range', from: Date.UTC(year, month, 1), until: Date.UTC(year, month + 1, 1) };
}

const monthNumber = (name: string) => MONTHS.findIndex((month) => month.startsWith(name.slice(0, 3)));

/** People tell of a day for days after it, rarely before: how fast the fit fades, in days, for a day and for more. */
const FADE_DAY = 4;
const FADE_LONGER = 10;
const BEFOREHAND = 2;
/** A weekday comes back every week, so it says little. */
const WEEKDAY_FIT = 0.3;

/** Past this it counts as no fit at all. */
const FARTHEST = 60;

/**
 * A function that tells how well a message sent at a time (epoch ms) fits the time named: 1 inside it, fading outside,
 * in [0, 1]. It remembers the year it last saw, so neighbours in time are cheap.
 */
export function timeFitter(mention: TimeMention): (sentAt: number) => number {
  if (mention.kind === 'range') return (sentAt) => rangeFit(mention.from, mention.until, sentAt);
  if (mention.kind === 'weekday') return (sentAt) => (weekdayOf(sentAt) === mention.weekday ? WEEKDAY_FIT : 0);
  let yearFrom = 0;
  let yearUntil = 0;
  let ranges: [from: number, until: number][] = [];
  return (sentAt) => {
    if (sentAt < yearFrom || sentAt >= yearUntil) {
      const year = new Date(sentAt).getUTCFullYear();
      yearFrom = Date.UTC(year, 0, 1);
      yearUntil = Date.UTC(year + 1, 0, 1);
      // in January, last December is nearer than the coming one
      ranges = [year - 1, year, year + 1].map((each) => yearlyRange(each, mention.month, mention.day));
    }
    let best = 0;
    for (const [from, until] of ranges) best = Math.max(best, rangeFit(from, until, sentAt));
    return best;
  };
}

function yearlyRange(year: number, month: number, day: number | null): [number, number] {
  const from = Date.UTC(year, month, day ?? 1);
  return [from, day === null ? Date.UTC(year, month + 1, 1) : from + DAY];
}

/** 1 January 1970 was a Thursday. */
const weekdayOf = (time: number) => (((Math.floor(time / DAY) + 4) % 7) + 7) % 7;

function rangeFit(from: number, until: number, sentAt: number): number {
  const days = sentAt < from ? ((from - sentAt) / DAY) * BEFOREHAND : sentAt < until ? 0 : (sentAt - until) / DAY;
  if (days > FARTHEST) return 0;
  return Math.exp(-days / (until - from > DAY ? FADE_LONGER : FADE_DAY));
}
