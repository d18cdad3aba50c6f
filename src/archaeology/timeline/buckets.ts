export const RESOLUTIONS = ['day', 'week', 'month'] as const;
export type Resolution = (typeof RESOLUTIONS)[number];

const DAY_MS = 86_400_000;
/** 1 January 1970 was a Thursday; weeks begin on Monday. */
const MONDAY = 4;

/** Start of the bucket that holds `at`, epoch ms. @param offset of local time from UTC, ms */
export function bucketStart(at: number, resolution: Resolution, offset: number): number {
  const local = at + offset;
  const day = Math.floor(local / DAY_MS);
  if (resolution === 'day') return day * DAY_MS - offset;
  if (resolution === 'week') return (Math.floor((day - MONDAY) / 7) * 7 + MONDAY) * DAY_MS - offset;
  const date = new Date(local);
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth(), 1) - offset;
}

/** Start of the bucket after the one that starts at `start`. */
export function nextBucket(start: number, resolution: Resolution, offset: number): number {
  if (resolution === 'day') return start + DAY_MS;
  if (resolution === 'week') return start + 7 * DAY_MS;
  const date = new Date(start + offset);
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 1) - offset;
}

/** Starts of all buckets that touch [from, to], in order, or null if there are more than `most`. */
export function bucketStarts(
  from: number,
  to: number,
  resolution: Resolution,
  offset: number,
  most: number,
): number[] | null {
  const starts: number[] = [];
  for (let at = bucketStart(from, resolution, offset); at <= to; at = nextBucket(at, resolution, offset)) {
    if (starts.length === most) return null;
    starts.push(at);
  }
  return starts;
}
