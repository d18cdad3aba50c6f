const MINUTE = 60_000;
const DAY = 86_400_000;
/** Offsets change at whole quarters of an hour, in every zone and year a chat export can come from. */
const QUARTER = 15 * MINUTE;
const MAX_CACHED = 20_000;

/** Turns wall-clock times of one IANA zone into instants. */
export class LocalTime {
  private readonly format: Intl.DateTimeFormat | undefined;
  private readonly offsets = new Map<number, number>();

  /** @throws RangeError if the zone is unknown */
  constructor(timeZone: string) {
    const format = new Intl.DateTimeFormat('en-US', {
      timeZone,
      calendar: 'gregory',
      numberingSystem: 'latn',
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    });
    this.format = format.resolvedOptions().timeZone === 'UTC' ? undefined : format;
  }

  /**
   * @param wall the wall-clock time, as if it were UTC, in epoch ms
   * @returns the instant in epoch ms; of a time that the clock showed twice the first, and of one it skipped the one as
   * far after the jump (the rule "compatible" of RFC 5545)
   */
  instantOf(wall: number): number {
    if (this.format === undefined) return wall;
    const before = this.offsetAt(wall - DAY);
    const after = this.offsetAt(wall + DAY);
    if (before === after) return wall - before;
    const first = wall - Math.max(before, after);
    const second = wall - Math.min(before, after);
    for (const instant of [first, second]) if (instant + this.offsetAt(instant) === wall) return instant;
    return wall - before;
  }

  /** Milliseconds that the zone's clock is ahead of UTC. */
  private offsetAt(instant: number): number {
    const quarter = Math.floor(instant / QUARTER);
    const known = this.offsets.get(quarter);
    if (known !== undefined) return known;
    const start = quarter * QUARTER;
    const of: Record<string, number> = {};
    for (const { type, value } of this.format?.formatToParts(start) ?? []) of[type] = Number(value);
    const wall = Date.UTC(of.year!, of.month! - 1, of.day!, of.hour!, of.minute!, of.second!);
    if (this.offsets.size >= MAX_CACHED) this.offsets.clear();
    this.offsets.set(quarter, wall - start);
    return wall - start;
  }
}
