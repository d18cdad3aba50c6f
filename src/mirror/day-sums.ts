import type { VarintReader, VarintWriter } from './varint.ts';

export const DAY_MS = 86_400_000;
const WEEK_MS = 7 * DAY_MS;
/** The epoch was a Thursday; weeks begin on Monday. */
const MONDAY = -3 * DAY_MS;

/** Start of the UTC week (Monday) that holds `at`. Epoch ms. */
export const weekStart = (at: number): number => Math.floor((at - MONDAY) / WEEK_MS) * WEEK_MS + MONDAY;

/** Real numbers are summed as thousandths, so that what is taken back leaves exactly nothing. */
export const SCALE = 1000;
export const fixed = (value: number): number => Math.round(value * SCALE);

/**
 * Sums of whole numbers by UTC day. Additive and exact: a message that is taken back, in any order, leaves no trace, and
 * a day without messages is no row. The number of rows is bounded by the days a timestamp may name, not by messages.
 */
export class DaySums {
  /** day number since the epoch → sums; the first is the number of messages */
  readonly rows = new Map<number, Float64Array>();
  readonly width: number;

  /** @param width numbers a day, 1 to 50 */
  constructor(width: number) {
    this.width = width;
  }

  /** @param values whole numbers; the first is 1 for a message */
  add(at: number, values: ArrayLike<number>, sign: 1 | -1): void {
    const day = Math.floor(at / DAY_MS);
    let sums = this.rows.get(day);
    if (sums === undefined) {
      sums = new Float64Array(this.width);
      this.rows.set(day, sums);
    }
    for (let i = 0; i < this.width; i++) sums[i]! += sign * values[i]!;
    if (sums[0] === 0) this.rows.delete(day);
  }

  /** Days and their sums, oldest first. */
  inOrder(): [day: number, sums: Float64Array][] {
    return [...this.rows].sort(([a], [b]) => a - b);
  }

  write(writer: VarintWriter): void {
    writer.unsigned(this.rows.size);
    let before = 0;
    for (const [day, sums] of this.inOrder()) {
      writer.signed(day - before);
      before = day;
      // most sums of most days are 0
      let mask = 0;
      for (let i = 0; i < this.width; i++) if (sums[i] !== 0) mask += 2 ** i;
      writer.unsigned(mask);
      for (const sum of sums) if (sum !== 0) writer.signed(sum);
    }
  }

  read(reader: VarintReader): void {
    let day = 0;
    for (let left = reader.unsigned(); left > 0; left--) {
      day += reader.signed();
      let mask = reader.unsigned();
      const sums = new Float64Array(this.width);
      for (let i = 0; i < this.width; i++) {
        if (mask % 2 === 1) sums[i] = reader.signed();
        mask = Math.floor(mask / 2);
      }
      this.rows.set(day, sums);
    }
  }
}
