import type { DateOrder } from './importer.ts';
import type { Header } from './whatsapp-header.ts';

/** How one export writes its lines. */
export interface Profile {
  shape: string;
  order: DateOrder;
  /** nothing in the file tells day from month for sure */
  guessed: boolean;
}

/**
 * Learns the shape and the date order from the headers at the start of a file.
 *
 * The shape is the most frequent one; lines of another shape are text, such as a pasted piece of another chat. The order
 * is decided by, in turn: a year in front; the order under which fewer dates are impossible (a month above 12); under
 * which the chat runs back in time less often; under which it spans fewer days, since people who chat do so often; US
 * English writing (`3/6/18, 1:55 PM`); and else day before month. From the third rule on it is a guess.
 */
export function profileOf(headers: Header[], given?: DateOrder): Profile | undefined {
  const shape = mostFrequent(headers.map((header) => header.shape));
  if (shape === undefined) return undefined;
  const same = headers.filter((header) => header.shape === shape);
  if (same[0]!.yearFirst) return { shape, order: 'ymd', guessed: false };
  if (given !== undefined) return { shape, order: given, guessed: false };
  const dmy = evidence(same, 'dmy');
  const mdy = evidence(same, 'mdy');
  const ymd = evidence(same, 'ymd');
  // years of two digits in front are rare: only where both usual orders fail
  if (dmy.impossible > ymd.impossible && mdy.impossible > ymd.impossible)
    return { shape, order: 'ymd', guessed: false };
  if (dmy.impossible !== mdy.impossible) return chosen(shape, dmy.impossible - mdy.impossible, false);
  if (dmy.backward !== mdy.backward) return chosen(shape, dmy.backward - mdy.backward, false);
  if (dmy.span !== mdy.span) return chosen(shape, dmy.span - mdy.span, true);
  // days and months that are equal throughout read the same either way
  const clear = same.every((header) => header.date[0] === header.date[1]);
  return { shape, order: same.some((header) => header.american) ? 'mdy' : 'dmy', guessed: !clear };
}

const chosen = (shape: string, difference: number, guessed: boolean): Profile => ({
  shape,
  order: difference > 0 ? 'mdy' : 'dmy',
  guessed,
});

function evidence(headers: Header[], order: DateOrder) {
  let impossible = 0;
  let backward = 0;
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  let previous = Number.NEGATIVE_INFINITY;
  for (const header of headers) {
    const wall = wallTime(header, order);
    if (wall === undefined) {
      impossible++;
      continue;
    }
    // exports of several phones disagree by minutes, never by a day
    if (wall < previous - 86_400_000) backward++;
    previous = wall;
    low = Math.min(low, wall);
    high = Math.max(high, wall);
  }
  return { impossible, backward, span: high - low };
}

/** @returns the wall-clock time as if it were UTC, epoch ms; undefined if there is no such day */
export function wallTime(header: Header, order: DateOrder): number | undefined {
  const [a, b, c] = header.date;
  const [year, month, day] = order === 'ymd' ? [a, b, c] : order === 'mdy' ? [c, a, b] : [c, b, a];
  const full = fullYear(year);
  const wall = Date.UTC(full, month - 1, day, header.hour, header.minute, header.second);
  const date = new Date(wall);
  const exists = date.getUTCFullYear() === full && date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
  return exists ? wall : undefined;
}

/** WhatsApp began in 2009, so two digits mean 20xx; years above 2400 are Buddhist (Thai exports). */
function fullYear(year: number): number {
  if (year < 100) return 2000 + year;
  return year > 2400 ? year - 543 : year;
}

function mostFrequent(values: string[]): string | undefined {
  const counts = new Map<string, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  let best: string | undefined;
  for (const [value, count] of counts) if (best === undefined || count > counts.get(best)!) best = value;
  return best;
}
