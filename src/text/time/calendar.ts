import { isOverNewYear } from './fit.ts';
import type { FoundTime, MonthDay, Side, TimeMention } from './mention.ts';
import { dayStart } from './zone.ts';

const MONTHS = [
  ...['january', 'february', 'march', 'april', 'may', 'june'],
  ...['july', 'august', 'september', 'october', 'november', 'december'],
];
const MONTH = `(?:${MONTHS.map((month) => `${month}|${month.slice(0, 3)}\\.?`).join('|')}|sept\\.?)`;
const DAY = '\\d{1,2}(?:st|nd|rd|th)?(?!\\d|:)';
const YEAR = '(?:19|20)\\d\\d';

/** The first reading that fits at a place wins; each is one alternative. */
const DATE = new RegExp(
  [
    `\\b(?<isoYear>${YEAR})[-/](?<isoMonth>\\d{1,2})[-/](?<isoDay>\\d{1,2})\\b`,
    `\\b(?<dmDay>${DAY}),?(?: of)? (?<dmMonth>${MONTH})(?![a-z])(?:,? (?<dmYear>${YEAR})\\b)?`,
    `\\b(?<mdMonth>${MONTH}) (?:the )?(?<mdDay>${DAY})(?:,? (?<mdYear>${YEAR})\\b)?`,
    `\\b(?<myMonth>${MONTH}),? (?:of )?(?<myYear>${YEAR})\\b`,
    `\\b(?<month>${MONTHS.join('|')})\\b`,
    `(?<=\\b(?:in|of|during|since|year|before|after|until|between|from|and|to|through) )(?<year>${YEAR})\\b`,
  ].join('|'),
  'g',
);
/** "may" is a month only where its neighbour says so; "march" is left to chance, it is rare as a verb. */
const MAY_AS_MONTH = /\b(?:in|of|since|last|this|next|early|late|mid|during|by|until|before|after|on|between|from) $/;
const TO = /^,? ?(?:to|through|thru|until|till|up to|-|–) ?(?:the )?$/;
const AND = /^,? and (?:the )?$/;
/** "May 8 to 12": the month is said once. */
const SAME_MONTH = new RegExp(
  `\\b(${MONTH}) (${DAY}) ?(?:and|to|through|thru|until|till|-|–) ?(?:the )?(${DAY})(?! ${MONTH})(?:,? (${YEAR})\\b)?`,
);
const SAME_MONTH_LAST = new RegExp(
  `\\b(${DAY}) ?(?:and|to|through|thru|until|till|-|–) ?(?:the )?(${DAY})(?: of)? (${MONTH})(?![a-z])(?:,? (${YEAR})\\b)?`,
);

/** A date as it was written; at least one field is there. `month` counts from 0. */
interface Written {
  year: number | null;
  month: number | null;
  day: number | null;
  start: number;
  end: number;
}

/** Dates and spans of dates. The most exact reading wins. @param text in lower case, numbers in digits */
export function calendarMention(text: string, zone: string): Omit<FoundTime, 'isEarlier'> | null {
  const within = sameMonth(text, zone);
  if (within) return within;
  const dates = writtenDates(text);
  for (const [i, first] of dates.entries()) {
    const second = dates[i + 1];
    if (second === undefined || !isSpan(text, first, second)) continue;
    const mention = spanOf(first, second, zone);
    if (mention !== null) return { mention, side: null, rest: without(text, first.start, second.end) };
  }
  const [best] = dates.toSorted((a, b) => exactness(b) - exactness(a));
  if (best === undefined) return null;
  const side = sideOf(text.slice(0, best.start));
  return { mention: ofOne(best, zone), side, rest: without(text, best.start, best.end) };
}

/** "8 May and 9 June" are two days, "between 8 May and 9 June" is a span. */
function isSpan(text: string, first: Written, second: Written): boolean {
  const link = text.slice(first.end, second.start);
  return TO.test(link) || (AND.test(link) && /\bbetween (?:the )?$/.test(text.slice(0, first.start)));
}

function writtenDates(text: string): Written[] {
  const dates: Written[] = [];
  for (const match of text.matchAll(DATE)) {
    const g = match.groups!;
    const name = g.dmMonth ?? g.mdMonth ?? g.myMonth ?? g.month;
    if (g.month === 'may' && dates.length === 0 && !MAY_AS_MONTH.test(text.slice(0, match.index))) continue;
    const year = g.isoYear ?? g.dmYear ?? g.mdYear ?? g.myYear ?? g.year;
    const day = g.isoDay ?? g.dmDay ?? g.mdDay;
    const month = g.isoMonth === undefined ? (name === undefined ? null : monthNumber(name)) : Number(g.isoMonth) - 1;
    const number = day === undefined ? null : Number.parseInt(day, 10);
    if (number !== null && (number < 1 || number > 31)) continue;
    if (month !== null && month > 11) continue;
    const end = match.index + match[0].length;
    dates.push({ year: year === undefined ? null : Number(year), month, day: number, start: match.index, end });
  }
  return dates;
}

function sameMonth(text: string, zone: string): Omit<FoundTime, 'isEarlier'> | null {
  const first = SAME_MONTH.exec(text);
  const last = first ? null : SAME_MONTH_LAST.exec(text);
  const match = first ?? last;
  if (!match) return null;
  const name = first ? match[1]! : match[3]!;
  const days = first ? [match[2]!, match[3]!] : [match[1]!, match[2]!];
  const [from, to] = days.map((day) => Number.parseInt(day, 10)) as [number, number];
  if (from < 1 || to > 31 || from > to) return null;
  const month = monthNumber(name);
  const year = match[4] === undefined ? null : Number(match[4]);
  const written = { year, month, start: match.index, end: match.index + match[0].length };
  const mention = spanOf({ ...written, day: from }, { ...written, day: to }, zone);
  return mention && { mention, side: null, rest: without(text, match.index, match.index + match[0].length) };
}

/** Null where the two do not go together, such as a year and a day. */
function spanOf(first: Written, second: Written, zone: string): TimeMention | null {
  const isYearly = first.month !== null && second.month !== null;
  // "from May 8 to June 9, 2023": the year is said once, for both unless a new one begins between them
  const turns = isYearly && isOverNewYear(monthDay(first), monthDay(second)) ? 1 : 0;
  const year = first.year ?? (second.year === null ? null : second.year - turns);
  if (year === null) return isYearly ? { kind: 'yearly', from: monthDay(first), to: monthDay(second) } : null;
  const [from] = bounds({ ...first, year }, zone);
  const [, until] = bounds({ ...second, year: second.year ?? year + turns }, zone);
  return from < until ? { kind: 'range', from, until, slack: 0 } : null;
}

function ofOne(date: Written, zone: string): TimeMention {
  const { year } = date;
  if (year === null) return { kind: 'yearly', from: monthDay(date), to: monthDay(date) };
  const [from, until] = bounds({ ...date, year }, zone);
  return { kind: 'range', from, until, slack: 0 };
}

/** @param before the text up to a time; "last" may stand before the name of a month */
export function sideOf(before: string): Side | null {
  const word = /\b(since|before|prior to|after) (?:the )?(?:last )?$/.exec(before)?.[1];
  if (word === undefined) return null;
  return word === 'prior to' ? 'before' : (word as Side);
}

/** First moment and the end, which is left out. */
function bounds(
  { year, month, day }: Pick<Written, 'month' | 'day'> & { year: number },
  zone: string,
): [number, number] {
  if (month === null) return [dayStart(year, 0, 1, zone), dayStart(year + 1, 0, 1, zone)];
  if (day === null) return [dayStart(year, month, 1, zone), dayStart(year, month + 1, 1, zone)];
  return [dayStart(year, month, day, zone), dayStart(year, month, day + 1, zone)];
}

const exactness = ({ year, month, day }: Written) =>
  (day === null ? 0 : 4) + (month === null ? 0 : 2) + (year === null ? 0 : 1);
const monthDay = ({ month, day }: Written): MonthDay => ({ month: month!, day });
const monthNumber = (name: string) => MONTHS.findIndex((month) => month.startsWith(name.slice(0, 3)));

/** The text with a stretch cut out. */
export const without = (text: string, start: number, end: number): string =>
  `${text.slice(0, start)} ${text.slice(end)}`;
