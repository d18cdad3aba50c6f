const DAY = 86_400_000;
/** A clock reading needs a formatter; they are costly to make. Past this many zones the memo starts afresh. */
const ZONE_MEMO = 50;
const formatters = new Map<string, Intl.DateTimeFormat>();

/** A day of the calendar. `month` counts from 0. */
export interface CalendarDay {
  year: number;
  month: number;
  day: number;
}

/** Whether the runtime knows the IANA zone, such as `Europe/Lisbon`. */
export function isTimeZone(zone: string): boolean {
  try {
    formatterOf(zone);
    return true;
  } catch {
    return false; // RangeError: the only way to ask
  }
}

/** The day on the calendar of the zone. @param time epoch ms */
export function calendarDay(time: number, zone: string): CalendarDay {
  const wall = new Date(time + offsetAt(time, zone));
  return { year: wall.getUTCFullYear(), month: wall.getUTCMonth(), day: wall.getUTCDate() };
}

/** 0 is Sunday. */
export function weekdayAt(time: number, zone: string): number {
  return new Date(time + offsetAt(time, zone)).getUTCDay();
}

/**
 * First moment of a day in the zone, epoch ms: midnight, or the end of the gap where a clock change skips midnight.
 * Months and days out of range carry over, as in `Date.UTC`.
 */
export const dayStart = (year: number, month: number, day: number, zone: string): number =>
  hourStart({ year, month, day }, 0, zone);

/**
 * First moment at which the clocks of the zone show that full hour, or a later one where a clock change skips it, epoch
 * ms. What is out of range carries over.
 */
export function hourStart({ year, month, day }: CalendarDay, hour: number, zone: string): number {
  const wall = Date.UTC(year, month, day, hour);
  if (zone === 'UTC') return wall;
  // the offset changes at most once within a day to either side
  const candidates = [wall - offsetAt(wall - DAY, zone), wall - offsetAt(wall + DAY, zone)];
  const valid = candidates.filter((time) => time + offsetAt(time, zone) >= wall);
  return Math.min(...(valid.length > 0 ? valid : candidates));
}

/** How far the wall clock is ahead of UTC, in ms. */
function offsetAt(time: number, zone: string): number {
  if (zone === 'UTC') return 0;
  const at = Object.fromEntries(
    formatterOf(zone)
      .formatToParts(time)
      .map(({ type, value }) => [type, Number(value)]),
  );
  const wall = Date.UTC(at.year!, at.month! - 1, at.day!, at.hour!, at.minute!, at.second!);
  return wall - Math.floor(time / 1_000) * 1_000;
}

function formatterOf(zone: string): Intl.DateTimeFormat {
  let formatter = formatters.get(zone);
  if (formatter === undefined) {
    const field = 'numeric';
    formatter = new Intl.DateTimeFormat('en-US', {
      timeZone: zone,
      ...{ year: field, month: field, day: field, hour: field, minute: field, second: field },
      hourCycle: 'h23',
    });
    if (formatters.size >= ZONE_MEMO) formatters.clear();
    formatters.set(zone, formatter);
  }
  return formatter;
}
